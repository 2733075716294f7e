"""The context in force: per thread and task, never shared by accident, gone after the block."""

import asyncio
import threading
from contextvars import copy_context
from typing import Any

import pytest

from flagsdk import Context
from flagsdk.integrations.context import current_context, merged, use_context


def test_outside_of_everything_the_context_is_empty() -> None:
    assert current_context() == Context()
    assert merged("ann") == Context("ann")


def test_a_block_has_its_context_and_the_one_before_comes_back() -> None:
    with use_context(Context("ann", plan="pro")):
        with use_context("bob") as inner:
            assert inner == current_context() == Context("bob")
        assert current_context() == Context("ann", plan="pro")

    assert current_context() == Context()


def test_the_one_before_comes_back_after_a_fault_too() -> None:
    with pytest.raises(ZeroDivisionError), use_context("ann"):
        _ = 1 // 0

    assert current_context() == Context()


def test_merging_adds_and_replaces_attribute_by_attribute() -> None:
    with use_context(Context("ann", plan="pro", country="DE")):
        assert merged({"plan": "free"}) == Context("ann", plan="free", country="DE")
        assert merged() == current_context()


def test_whoever_changes_what_he_was_given_changes_nothing_else() -> None:
    given = {"targetingKey": "ann"}
    with use_context(given):
        given["targetingKey"] = "bob"
        current_context()["plan"] = "pro"
        merged()["plan"] = "pro"

        assert current_context() == Context("ann")
    current_context()["plan"] = "pro"
    assert current_context() == Context()


@pytest.mark.parametrize("wrong", [7, b"ann", [("targetingKey", "ann")], object()])
def test_what_is_no_context_is_refused(wrong: Any) -> None:
    with pytest.raises(TypeError, match="a context is a mapping"), use_context(wrong):
        pass


def test_tasks_that_run_side_by_side_each_have_their_own() -> None:
    async def visit(name: str) -> str:
        with use_context(name):
            await asyncio.sleep(0)
            in_thread = await asyncio.to_thread(current_context)
            return f"{current_context()['targetingKey']} {in_thread['targetingKey']}"

    async def all_of_them() -> list[str]:
        return await asyncio.gather(*(visit(f"user-{number}") for number in range(50)))

    assert asyncio.run(all_of_them()) == [f"user-{number} user-{number}" for number in range(50)]


def test_a_thread_of_ones_own_starts_empty_unless_it_runs_in_a_copy() -> None:
    seen: list[Context] = []
    with use_context("ann"):
        copied = copy_context()
        for target in (
            lambda: seen.append(current_context()),
            lambda: copied.run(lambda: seen.append(current_context())),
        ):
            thread = threading.Thread(target=target)
            thread.start()
            thread.join()

    assert seen == [Context(), Context("ann")]
