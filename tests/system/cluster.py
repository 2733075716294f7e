"""The whole system as it would run: PostgreSQL, Redis, two replicas, nginx over two back ends, SDKs on both sources."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from flagsdk import FlagClient
from tests.support.edge import Edge
from tests.support.pipeline import ask_all, request
from tests.support.servers import PostgresServer, RedisServer
from tests.support.service import Service
from tests.support.timing import eventually

ENVIRONMENT, SPLIT, FLAG = "production", "checkout", "new-checkout"
COHORT_KEY = "a-key-of-the-tests-for-signed-cohorts"
DEADLINE_SECONDS = 60.0


@dataclass(frozen=True)
class Cluster:
    """Everything that runs; tests move a percentage in it, and wait until the change is everywhere."""

    postgres: PostgresServer
    redis: RedisServer
    replicas: tuple[Service, Service]
    edge: Edge
    by_redis: FlagClient
    by_http: FlagClient
    sdk_token: str

    def weigh_split(self, canary: int) -> dict[str, Any]:
        """Give the canary back end `canary`/100 000 of the traffic, by the first replica; returns the answer."""
        return self._written(f"splits/{SPLIT}/weights", {"weights": {"canary": canary, "stable": 100_000 - canary}})

    def weigh_flag(self, on: int) -> dict[str, Any]:
        """Switch the flag on for `on`/100 000 of the users, by the second replica; returns the answer."""
        return self._written(f"flags/{FLAG}/weights", {"weights": {"on": on, "off": 100_000 - on}}, replica=1)

    def revert_split(self, revision: int) -> dict[str, Any]:
        """Bring back the split as it was at a revision."""
        return self._written(f"splits/{SPLIT}/revert", {"revision": revision})

    def settled(self, revision: int) -> None:
        """Wait until both replicas and both SDKs hold the revision (or a later one)."""
        for replica in self.replicas:
            eventually(partial(replica_holds, replica, revision), f"a replica at {revision}")
        for client in (self.by_redis, self.by_http):
            eventually(partial(client_holds, client, revision), f"an SDK at {revision}")

    def _written(self, path: str, body: Mapping[str, Any], replica: int = 0) -> dict[str, Any]:
        answer: dict[str, Any] = self.replicas[replica].call("POST", f"environments/{ENVIRONMENT}/{path}", body)
        self.settled(answer["revision"])
        return answer


@contextmanager
def running() -> Iterator[Cluster]:
    """Start everything, in the order in which it depends on one another; end it in the other order."""
    with ExitStack() as stack:
        postgres, redis = PostgresServer(), RedisServer()
        for server in (postgres, redis):
            stack.callback(server.close)
            server.start()
        settings = {
            "DATABASE_URL": postgres.url,
            "REDIS_URL": redis.url,
            "SAMPLE_DATA": "true",
            "COHORT_KEY": COHORT_KEY,
        }
        replicas = (Service(settings), Service(settings))
        for replica in replicas:
            stack.callback(replica.close)
            replica.start()
        wanted = {"kind": "sdk", "environment": ENVIRONMENT, "name": "tests"}
        token = replicas[0].call("POST", "tokens", wanted)["document"]["token"]
        edge = stack.enter_context(Edge([replica.port for replica in replicas], patient=True))
        by_redis = stack.enter_context(FlagClient(redis.url, environment=ENVIRONMENT))
        by_http = stack.enter_context(FlagClient(replicas[1].url, environment=ENVIRONMENT, token=token))
        yield Cluster(postgres, redis, replicas, edge, by_redis, by_http, token)


def held_revision(replica: Service) -> int:
    """Read the revision by which a replica decides, as its own answers say it."""
    (answer,) = ask_all(replica.port, [request(f"/traffic/v1/{ENVIRONMENT}/{SPLIT}/decide", {})])
    return int(answer.headers["x-flagsvc-revision"].rpartition(".")[2])


def replica_holds(replica: Service, revision: int) -> bool:
    """Whether a replica decides by the revision, or a later one."""
    return held_revision(replica) >= revision


def client_holds(client: FlagClient, revision: int) -> bool:
    """Whether an SDK does."""
    return (client.status.revision or 0) >= revision
