"""What PostgreSQL and Redis see: statements and commands, counted by the servers themselves."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import psycopg

from flagsdk import FlagClient
from tests.support.servers import PostgresServer, RedisServer
from tests.support.service import Service
from tests.support.timing import eventually

SECONDS, CHANGES, SDKS = 20.0, 40, 10
WEIGHTS = "environments/production/flags/new-checkout/weights"
STATEMENTS = "SELECT coalesce(sum(calls), 0) FROM pg_stat_statements WHERE query NOT LIKE '%pg_stat_statements%'"
COMMITS = "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()"
READING = frozenset({"xread", "hgetall", "hmget", "hget", "ping"})


@dataclass(frozen=True, slots=True)
class Seen:
    """Counts so far: of statements and transactions in PostgreSQL, of commands in Redis."""

    statements: int
    transactions: int
    commands: Counter[str]

    def since(self, before: "Seen") -> "Seen":
        """Give what came since then."""
        return Seen(
            self.statements - before.statements, self.transactions - before.transactions,
            self.commands - before.commands,
        )  # fmt: skip


class Servers:
    """PostgreSQL that counts statements, Redis, and replicas on both."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self.postgres, self.redis = PostgresServer(), RedisServer()
        for server in (self.postgres, self.redis):
            stack.callback(server.close)
            server.start()
        self._ask("ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'")
        self.postgres.stop()
        self.postgres.start()
        self._ask("CREATE EXTENSION pg_stat_statements")

    def replica(self) -> Service:
        """Start another one."""
        settings = {"DATABASE_URL": self.postgres.url, "REDIS_URL": self.redis.url, "SAMPLE_DATA": "true"}
        service = Service({**settings, "LOG_LEVEL": "warning"})
        self._stack.callback(service.close)
        service.start()
        return service

    def seen(self) -> Seen:
        """Count so far; what this costs is not counted among the statements."""
        with self.redis.client() as client:
            stats = client.info("commandstats")
        commands = Counter({name.removeprefix("cmdstat_"): each["calls"] for name, each in stats.items()})
        del commands["info"]
        return Seen(self._number(STATEMENTS), self._number(COMMITS), commands)

    def idle(self) -> Seen:
        """Count while nobody asks for anything."""
        before = self.seen()
        time.sleep(SECONDS)
        return self.seen().since(before)

    def changing(self, service: Service) -> Seen:
        """Count while a flag is changed at a steady rate, in as much time as `idle` takes."""
        before, end = self.seen(), time.monotonic() + SECONDS
        for number in range(CHANGES):
            service.call("POST", WEIGHTS, {"weights": {"on": number, "off": 100_000 - number}})
            time.sleep(max(0.0, SECONDS / CHANGES - 0.05))
        time.sleep(max(0.0, end - time.monotonic()))
        return self.seen().since(before)

    def _ask(self, statement: str) -> None:
        with psycopg.connect(self.postgres.url, autocommit=True) as connection:
            connection.execute(statement.encode())

    def _number(self, query: str) -> int:
        with psycopg.connect(self.postgres.url) as connection:
            row = connection.execute(query.encode()).fetchone()
        return int(row[0]) if row else 0


def main() -> None:
    """Print the table."""
    with ExitStack() as stack:
        servers = Servers(stack)
        first = servers.replica()
        time.sleep(5)
        rows = {"one replica, idle": servers.idle(), "one replica, 2 changes a second": servers.changing(first)}
        with _sdks(servers.redis.url):
            rows[f"one replica, idle, {SDKS} SDKs on Redis"] = servers.idle()
            rows[f"one replica, 2 changes a second, {SDKS} SDKs"] = servers.changing(first)
        servers.replica()
        time.sleep(5)
        rows["two replicas, idle"] = servers.idle()
        rows["two replicas, 2 changes a second"] = servers.changing(first)
    for line in _table(rows):
        print(line)
    for line in _told(list(rows.values())):
        print(line)


@contextmanager
def _sdks(url: str) -> Iterator[None]:
    with ExitStack() as stack:
        clients = [stack.enter_context(FlagClient(redis=url, environment="production")) for _ in range(SDKS)]
        for client in clients:
            eventually(client.wait_ready, "an SDK with its flags")
        time.sleep(3)
        yield


def _table(rows: dict[str, Seen]) -> Iterator[str]:
    yield f"{'in a second':<46}{'statements':>11}{'transactions':>13}{'Redis commands':>15}"
    for name, seen in rows.items():
        total = seen.commands.total() / SECONDS
        yield f"{name:<46}{seen.statements / SECONDS:>11.2f}{seen.transactions / SECONDS:>13.2f}{total:>15.2f}"


def _told(rows: Sequence[Seen]) -> Iterator[str]:
    idle, busy, followed, followed_busy, two, two_busy = rows
    changes = float(CHANGES)
    yield (
        f"a change: {(busy.statements - idle.statements) / changes:.1f} statements in "
        f"{(busy.transactions - idle.transactions) / changes:.1f} transactions, "
        f"{(busy.commands.total() - idle.commands.total()) / changes:.1f} Redis commands"
    )
    more = (two_busy.statements - busy.statements - two.statements + idle.statements) / changes
    yield (
        f"a further replica: {(two.statements - idle.statements) / SECONDS:.2f} statements a second, "
        f"{more:.1f} more for each change; "
        f"{(two.commands.total() - idle.commands.total()) / SECONDS:.2f} Redis commands a second"
    )
    reads = sum(followed.commands[name] - idle.commands[name] for name in READING) / SECONDS / SDKS
    further = sum(followed_busy.commands[name] - busy.commands[name] for name in READING) / SDKS
    yield (
        f"an SDK on Redis: {reads:.2f} reading commands a second while nothing changes, "
        f"{(further - reads * SECONDS) / changes:.2f} more for each change"
    )
    for name, seen in (("idle", idle), ("changing", busy), (f"changing with {SDKS} SDKs", followed_busy)):
        found = ", ".join(f"{command} {count / SECONDS:.2f}" for command, count in seen.commands.most_common(12))
        yield f"Redis commands a second, {name}: {found}"


if __name__ == "__main__":
    main()
