"""Everything is down: Redis, service and database; an application asks its flags, and is started again and again."""

import json
import random
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from flagsdk.core.explain import explained
from flagsdk.core.snapshot import Snapshot
from flagsvc.store import open_store
from tests.faults.application import Application, Question, Report
from tests.support.process import work_folder
from tests.support.servers import PostgresServer, RedisServer
from tests.support.service import Service
from tests.support.timing import eventually

ENVIRONMENT = "production"
UNITS = 200
WEIGHTS = f"environments/{ENVIRONMENT}/flags/new-checkout/weights"


@dataclass
class Outcome:
    """What the lives of the application saw: the last report of each, and those that a cold start began."""

    lives: list[Report] = field(default_factory=list)

    @property
    def calls(self) -> int:
        """Evaluations answered, in all."""
        return sum(life.calls for life in self.lives)

    @property
    def wrong(self) -> int:
        """Answers other than those of the one revision there was, in all."""
        return sum(life.wrong for life in self.lives)

    @property
    def raised(self) -> int:
        """Exceptions, in all."""
        return sum(life.raised for life in self.lives)


@dataclass(frozen=True)
class Stage:
    """All that runs, and the application that asks it, by Redis first and by the service else."""

    postgres: PostgresServer
    redis: RedisServer
    service: Service
    application: Application

    def fall(self) -> None:
        """Kill everything but the application."""
        for server in (self.service, self.redis, self.postgres):
            server.kill()

    def rise(self) -> int:
        """Bring everything back, and change a flag; gives the revision."""
        for server in (self.postgres, self.redis, self.service):
            server.start()
        answer = self.service.call("POST", WEIGHTS, {"weights": {"on": 1_000, "off": 99_000}})
        return int(answer["revision"])

    def revision(self) -> int:
        """Tell what the application held when it last reported."""
        reports = self.application.reports
        return (reports[-1].revision or 0) if reports else 0


@contextmanager
def stage(per_second: int) -> Iterator[Stage]:
    """Start everything, and the application last; it has its copy on disk when this begins."""
    with ExitStack() as stack:
        postgres, redis = PostgresServer(), RedisServer()
        for server in (postgres, redis):
            stack.callback(server.close)
            server.start()
        service = Service({"DATABASE_URL": postgres.url, "REDIS_URL": redis.url, "SAMPLE_DATA": "true"})
        stack.callback(service.close)
        service.start()
        wanted = {"kind": "sdk", "environment": ENVIRONMENT, "name": "application"}
        token = service.call("POST", "tokens", wanted)["document"]["token"]
        copies = work_folder("copies")
        options = {
            "sources": [redis.url, service.url],
            "environment": ENVIRONMENT,
            "token": token,
            "cache_dir": str(copies),
        }
        application = Application(options, questions(postgres.url), per_second)
        stack.callback(application.close)
        application.start()
        eventually(lambda: list(Path(copies).glob("*.flags")), "the copy on disk")
        yield Stage(postgres, redis, service, application)


def endure(stage: Stage, seconds: float, restarts: int) -> Outcome:
    """Let the outage last, with that many cold starts spread over it: after a kill and an orderly end in turns."""
    outcome = Outcome()
    for number in range(restarts + 1):
        time.sleep(seconds / (restarts + 1))
        if number == restarts:
            break
        if number % 2:
            stage.application.stop(signal.SIGTERM)
        else:
            stage.application.kill()
        outcome.lives.append(stage.application.reports[-1])
        stage.application.start()
    return outcome


def questions(url: str) -> Sequence[Question]:
    """Work out what the flags and splits of the environment are for some units, by the plain walk."""
    store = open_store(url, chance=random.random)
    with store.reading() as view:
        whole = view.whole(ENVIRONMENT)
    store.close()
    assert whole is not None
    snapshot = Snapshot.load(whole.environment, whole.epoch, whole.revision, whole.documents)
    asked = [(kind, key) for kind, _, key in (name.partition("/") for name in whole.documents) if kind != "segment"]
    return [
        Question(
            _type_of(whole.documents, kind, key),
            key,
            unit,
            explained(snapshot, key, {"targetingKey": unit}, kind).value,
        )
        for unit in (f"user-{number}" for number in range(UNITS))
        for kind, key in asked
    ]


def _type_of(documents: "dict[str, str] | object", kind: str, key: str) -> str:
    assert isinstance(documents, dict)
    return "split" if kind == "split" else str(json.loads(documents[f"{kind}/{key}"])["type"])
