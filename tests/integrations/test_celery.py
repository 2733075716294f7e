"""Celery: the context travels with the task through a real broker to a real worker; what is not listed stays behind."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from flagsdk.integrations.context import use_context
from tests.integrations.audience import write_flags
from tests.sdk.documents import flag
from tests.support.celery_worker import CeleryWorker
from tests.support.servers import RedisServer
from tests.support.timing import eventually

SEVEN = {"targetingKey": "7", "plan": "pro", "email": "seven@example.org"}
WAIT_SECONDS = 60


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    redis = RedisServer()
    redis.start()
    named = {
        "TEST_FLAGS": str(write_flags(tmp_path_factory.mktemp("celery") / "flags.json")),
        "TEST_REDIS": redis.url,
    }
    os.environ |= named
    yield named
    for name in named:
        del os.environ[name]
    redis.close()


@pytest.fixture(scope="module")
def tasks(environment: dict[str, str]) -> Iterator[ModuleType]:
    """Import the application as a producer does."""
    from tests.integrations import celeryapp  # noqa: PLC0415 - reads the environment

    yield celeryapp
    celeryapp.flags.close()
    celeryapp.app.close()
    del sys.modules["tests.integrations.celeryapp"]


@pytest.fixture(scope="module")
def worker(environment: dict[str, str], tasks: ModuleType) -> Iterator[CeleryWorker]:
    made = CeleryWorker("tests.integrations.celeryapp")
    made.start(environment)
    yield made
    code, printed = made.stop(), made.output()
    made.close()
    assert code == 0
    assert printed.count("Traceback") == printed.count("ValueError: on purpose")


def result(sent: Any) -> Any:
    return sent.get(timeout=WAIT_SECONDS)


@pytest.mark.servers
@pytest.mark.usefixtures("worker")
class TestContext:
    def test_the_targeting_key_and_the_listed_attributes_travel_and_nothing_else(self, tasks: ModuleType) -> None:
        with use_context(SEVEN):
            sent = tasks.ask.delay()

        answer = result(sent)

        assert (answer["vip"], answer["context"]) == (True, {"targetingKey": "7", "plan": "pro"})

    def test_a_task_that_was_sent_without_a_context_has_none(self, tasks: ModuleType) -> None:
        """Both processes have run tasks with one before."""
        with use_context(SEVEN):
            before = [tasks.ask.delay() for _ in range(6)] + [tasks.fail.delay() for _ in range(4)]
        assert {result(sent)["vip"] for sent in before[:6]} == {True}

        after = [result(sent) for sent in [tasks.ask.delay() for _ in range(6)]]

        assert [answer["context"] for answer in after] == [{}] * 6

    def test_a_second_try_and_the_next_of_a_chain_go_on_with_the_context(self, tasks: ModuleType) -> None:
        with use_context(SEVEN):
            again = tasks.ask_at_the_second_try.delay()
            chained = (tasks.ask.s() | tasks.ask.s()).delay()

        assert result(again)["context"] == {"targetingKey": "7", "plan": "pro"}
        assert result(chained)["context"] == {"targetingKey": "7", "plan": "pro"}

    def test_a_task_that_a_task_sends_has_the_context_that_is_in_force_there(self, tasks: ModuleType) -> None:
        with use_context(SEVEN):
            first = tasks.ask_another.delay()

        answer = result(tasks.app.AsyncResult(result(first)))

        assert answer["context"] == {"targetingKey": "7", "plan": "free"}

    def test_what_another_producer_sends_beyond_the_list_is_left_out(self, tasks: ModuleType) -> None:
        sent = tasks.ask.apply_async(headers={"flagsdk_context": SEVEN | {"admin": True}})
        nonsense = tasks.ask.apply_async(headers={"flagsdk_context": "7"})

        assert result(sent)["context"] == {"targetingKey": "7", "plan": "pro"}
        assert result(nonsense)["context"] == {}

    def test_a_change_reaches_both_processes_of_the_worker(
        self, tasks: ModuleType, environment: dict[str, str]
    ) -> None:
        seen: dict[int, bool] = {}

        def everywhere(value: bool) -> bool:  # noqa: FBT001 - the value of the flag
            answers = [result(sent) for sent in [tasks.ask.delay() for _ in range(4)]]
            seen.update((answer["pid"], answer["vip"]) for answer in answers)
            return len(seen) == 2 and set(seen.values()) == {value}

        write_flags(Path(environment["TEST_FLAGS"]), flag("vip"), revision=2)
        eventually(lambda: everywhere(True))  # noqa: FBT003 - likewise
        write_flags(Path(environment["TEST_FLAGS"]), revision=3)
        eventually(lambda: everywhere(False))  # noqa: FBT003 - likewise


@pytest.mark.servers
def test_a_task_that_runs_in_place_keeps_its_callers_context(tasks: ModuleType) -> None:
    with use_context(SEVEN):
        answer = tasks.ask.apply().get()

    assert (answer["vip"], answer["context"]) == (True, SEVEN)
