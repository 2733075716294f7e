"""A whole service on PostgreSQL and Redis under a mixed load, and what its process holds meanwhile."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import astuple, dataclass
from itertools import count
from pathlib import Path

import httpx2
import psycopg
from prometheus_client.parser import text_string_to_metric_families

from flagsdk import Context, FlagClient
from tests.support.plain import PLAIN
from tests.support.servers import PostgresServer, RedisServer
from tests.support.service import ADMIN_TOKEN, SAMPLE_TOKEN, Service
from tests.support.timing import eventually

OFREP = "/ofrep/v1/evaluate/flags"
FLAG = "/api/v1/environments/production/flags/new-checkout/weights"
DECIDE = "/traffic/v1/production/checkout/decide"
BACKENDS = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
SDKS = 3
LIVES = 10.0
"""Seconds after which one SDK is closed and another one opened: streams come and go."""

EVALUATION = {"Authorization": f"Bearer {SAMPLE_TOKEN}"}
ADMIN = {"Authorization": f"Bearer {ADMIN_TOKEN}"}


@dataclass(frozen=True, slots=True)
class Held:
    """What the service's process held at a moment; `connections` are those that PostgreSQL counts."""

    seconds: float
    rss_mib: float
    descriptors: int
    threads: int
    tasks: int
    connections: int

    def __str__(self) -> str:
        """Write it as a row of a table."""
        seconds, rss, *counts = astuple(self)
        return f"{seconds:7.0f} s {rss:8.2f} MiB" + "".join(f"{number:8d}" for number in counts)


@dataclass(frozen=True, slots=True)
class Task:
    """Something that is done `per_second` times a second, as far as it can be."""

    per_second: float
    act: Callable[[], object]


class Load:
    """Requests of every kind at steady rates, each kind in a thread of its own; what fails is kept in `failed`."""

    def __init__(self, url: str, redis: str, sdk_token: str, rate: float) -> None:
        self.failed: list[str] = []
        self.done: dict[str, int] = {}
        self._numbers = count()
        self._client = httpx2.Client(base_url=url, trust_env=False, verify=PLAIN, timeout=30)
        self._options = {"url": url, "token": sdk_token}
        self._clients = [FlagClient(**self._options) for _ in range(SDKS)]  # type: ignore[arg-type]  # all are texts
        self._clients.append(FlagClient(redis=redis, environment="production"))
        self._ended = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(name, task)) for name, task in self._tasks(rate).items()
        ]

    def start(self) -> None:
        """Begin; returns when every SDK has its flags."""
        for client in self._clients:
            eventually(client.wait_ready, "an SDK with its flags")
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """End everything."""
        self._ended.set()
        for thread in self._threads:
            thread.join()
        for client in self._clients:
            client.close()
        self._client.close()

    def _tasks(self, rate: float) -> Mapping[str, Task]:
        return {
            "OFREP single": Task(15 * rate, lambda: self._ask("POST", f"{OFREP}/new-checkout", EVALUATION)),
            "OFREP bulk": Task(2 * rate, lambda: self._ask("POST", OFREP, EVALUATION)),
            "traffic decide": Task(15 * rate, lambda: self._ask("GET", DECIDE, {"X-User-Id": self._unit()})),
            "admin read": Task(rate, lambda: self._ask("GET", "/api/v1/flags", ADMIN)),
            "admin write": Task(rate, self._write),
            "SDK decision": Task(20 * rate, self._decide),
            "SDK replaced": Task(1 / LIVES, self._replace),
        }

    def _run(self, name: str, task: Task) -> None:
        due = time.monotonic()
        while not self._ended.is_set():
            try:
                task.act()
            except Exception as error:  # noqa: BLE001 - counted: a soak must end with none
                self.failed.append(f"{name}: {error!r}")
            self.done[name] = self.done.get(name, 0) + 1
            due = max(due + 1 / task.per_second, time.monotonic() - 1)
            self._ended.wait(max(0.0, due - time.monotonic()))

    def _ask(self, method: str, path: str, headers: Mapping[str, str], body: object = None) -> None:
        asked = body or ({"context": {"targetingKey": self._unit()}} if method == "POST" else None)
        response = self._client.request(method, path, headers=dict(headers), json=asked)
        response.raise_for_status()

    def _write(self) -> None:
        share = next(self._numbers) % 100_000
        self._ask("POST", FLAG, ADMIN, {"weights": {"on": share, "off": 100_000 - share}})

    def _decide(self) -> None:
        for client in self._clients:
            decision = client.get_boolean_details("new-checkout", Context(self._unit()), default=False)
            if decision.error:
                raise AssertionError(decision.error)

    def _replace(self) -> None:
        fresh = FlagClient(**self._options)  # type: ignore[arg-type]  # all are texts
        if not fresh.wait_ready(30):
            raise TimeoutError("a new SDK got no flags within 30 s")
        self._clients[0], old = fresh, self._clients[0]
        old.close()

    def _unit(self) -> str:
        return f"user-{next(self._numbers)}"


class Soaked:
    """The service, its load, and what was held so far."""

    def __init__(self, service: Service, load: Load, database: str) -> None:
        self.load = load
        self.held: list[Held] = []
        self._service = service
        self._database = database
        self._began = time.monotonic()

    def look(self) -> Held:
        """Look at the process once, and keep it."""
        process = Path(f"/proc/{self._service.pid}")
        held = Held(
            time.monotonic() - self._began,
            _number(process / "smaps_rollup", "Rss:") / 1024,
            len(list((process / "fd").iterdir())),
            _number(process / "status", "Threads:"),
            self._tasks(),
            self._connections(),
        )
        self.held.append(held)
        return held

    def _tasks(self) -> int:
        text = httpx2.get(f"{self._service.url}/metrics", trust_env=False, verify=PLAIN, timeout=30).text
        families = {family.name: family for family in text_string_to_metric_families(text)}
        return int(families["flagsvc_tasks"].samples[0].value)

    def _connections(self) -> int:
        with psycopg.connect(self._database) as connection:
            row = connection.execute(BACKENDS).fetchone()
        return int(row[0]) if row else 0


@contextmanager
def soaking(rate: float = 1.0) -> Iterator[Soaked]:
    """Start PostgreSQL, Redis, the service on them and its load; ends all of them."""
    with ExitStack() as stack:
        postgres, redis = PostgresServer(), RedisServer()
        for server in (postgres, redis):
            stack.callback(server.close)
            server.start()
        settings = {"DATABASE_URL": postgres.url, "REDIS_URL": redis.url, "SAMPLE_DATA": "true"}
        service = Service({**settings, "LOG_LEVEL": "warning"})
        stack.callback(service.close)
        service.start()
        made = service.call("POST", "tokens", {"kind": "sdk", "environment": "production", "name": "soak"})
        load = Load(service.url, redis.url, made["document"]["token"], rate)
        stack.callback(load.close)
        load.start()
        yield Soaked(service, load, postgres.url)


def _number(file: Path, name: str) -> int:
    """Read a number of a line of proc(5), such as `Threads: 12` or `Rss: 1200 kB`."""
    return next(int(line.split()[1]) for line in file.read_text().splitlines() if line.startswith(name))
