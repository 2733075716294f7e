"""Celery's prefork pool: the client is made and used in the main process, and lives on in both children."""

from collections.abc import Iterator
from typing import Any

import pytest
from celery import Celery

from tests.processes.world import World, follows, gathered
from tests.support.celery_worker import CeleryWorker
from tests.support.servers import RedisServer
from tests.support.timing import within


@pytest.fixture
def broker() -> Iterator[str]:
    """Start another Redis than the one with the flags: its connections are counted."""
    server = RedisServer()
    try:
        server.start()
        yield server.url
    finally:
        server.close()


@pytest.fixture
def worker(world: World, broker: str) -> Iterator[CeleryWorker]:
    made = CeleryWorker("tests.processes.tasks")
    made.start(world.environment | {"TEST_BROKER": broker})
    yield made
    made.close()


@pytest.fixture
def producer(broker: str) -> Iterator[Celery]:
    """Send tasks by their names: the module of the worker is not imported here."""
    app = Celery("tests", broker=broker, backend=broker)
    yield app
    app.close()


def test_children_answer_at_once_and_follow_by_themselves(world: World, worker: CeleryWorker, producer: Celery) -> None:
    answers: list[dict[str, Any]] = []

    def look() -> dict[str, Any]:
        if not answers:  # several at once, or the pool gives all of them to the same child
            sent = [producer.send_task("tests.processes.tasks.look") for _ in range(4)]
            answers.extend(each.get(timeout=60) for each in sent)
        return answers.pop()

    seen = gathered(look, 2)
    assert {answer["value"] for answer in seen.values()} == {True}
    assert worker.pid not in seen

    world.turn(False)  # noqa: FBT003 - the value of the flag

    follows(look, set(seen), False)  # noqa: FBT003 - likewise
    world.check_connections({worker.pid, *seen})
    with within(5):
        assert worker.stop() == 0
    assert "Traceback" not in worker.output()
