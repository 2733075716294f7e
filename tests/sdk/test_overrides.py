"""Overrides: for one scope, one client, and nobody else."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

import pytest

from flagsdk import Decision, FlagClient
from flagsdk.core.decision import Reason
from tests.sdk.documents import flag, texts, traffic, whole
from tests.sdk.scripted import Scripted

DOCUMENTS = texts(
    *(flag(kind, kind) for kind in ("boolean", "string", "integer", "float", "object")),
    flag("new-checkout"),
    flag("a.b"),
    flag("a-b"),
    traffic("checkout", default={"serve": "stable"}),
)


@pytest.fixture
def client() -> Iterator[FlagClient]:
    with FlagClient(Scripted(whole(DOCUMENTS))) as made:
        yield made


def test_a_scope_serves_other_values_and_then_no_longer(client: FlagClient) -> None:
    values: dict[str, Any] = {"boolean": False, "string": "mine", "integer": 1, "float": 2, "object": {"x": 1}}

    with client.override(values, checkout="canary"):
        served = {kind: getattr(client, f"get_{kind}")(kind) for kind in values}
        cohort, everything = client.cohort("checkout"), client.evaluate_all().plain()

    assert served == values
    assert cohort == "canary"
    assert {kind: everything[kind] for kind in values} == values
    assert client.get_boolean("boolean") is True
    assert client.cohort("checkout") == "stable"


def test_an_overridden_decision_says_so(client: FlagClient) -> None:
    with client.override(boolean=False):
        decision = client.get_boolean_details("boolean")

    assert decision == Decision(value=False, variant="override", reason=Reason.STATIC, revision=1)


def test_scopes_nest(client: FlagClient) -> None:
    with client.override({"string": "outer", "integer": 1}), client.override(string="inner"):
        assert (client.get_string("string"), client.get_integer("integer")) == ("inner", 1)


def test_a_keyword_stands_for_hyphens_and_dots(client: FlagClient) -> None:
    with client.override(new_checkout=False):
        assert client.is_enabled("new-checkout") is False
    with pytest.raises(KeyError, match=r"may be any of a-b, a\.b"):
        client.override(a_b=True)


def test_a_misspelt_key_is_refused_and_the_nearest_named(client: FlagClient) -> None:
    with pytest.raises(KeyError, match="there is no flag or traffic split 'new-chekout'; did you mean 'new-checkout'"):
        client.override({"new-chekout": True})


@pytest.mark.parametrize(("key", "value"), [("boolean", 1), ("string", None), ("integer", True), ("float", "1")])
def test_a_value_of_another_type_is_refused(client: FlagClient, key: str, value: Any) -> None:
    with pytest.raises(TypeError, match=key):
        client.override({key: value})


def test_it_decorates_functions_of_both_kinds(client: FlagClient) -> None:
    @client.override(boolean=False)
    def plain() -> bool:
        return client.is_enabled("boolean")

    @client.override(boolean=False)
    async def awaited() -> bool:
        await asyncio.sleep(0)
        return client.is_enabled("boolean")

    assert plain() is False
    assert asyncio.run(awaited()) is False
    assert client.is_enabled("boolean") is True
    assert plain.__name__ == "plain"


def test_threads_that_run_side_by_side_do_not_meet(client: FlagClient) -> None:
    barrier = threading.Barrier(8)

    def read(number: int) -> int:
        with client.override(integer=number):
            barrier.wait(30)
            return client.get_integer("integer")

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(read, range(8))) == list(range(8))
    assert client.get_integer("integer") == 7


def test_tasks_that_run_side_by_side_do_not_meet(client: FlagClient) -> None:
    async def read(number: int) -> int:
        with client.override(integer=number):
            await asyncio.sleep(0.01)
            return client.get_integer("integer")

    async def main() -> list[int]:
        return await asyncio.gather(*(read(number) for number in range(8)))

    assert asyncio.run(main()) == list(range(8))


def test_a_thread_sees_it_only_with_its_context(client: FlagClient) -> None:
    def in_thread(call: Callable[[], bool]) -> bool:
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(call).result()

    with client.override(boolean=False):
        context = copy_context()
        seen = (
            in_thread(lambda: context.run(client.is_enabled, "boolean")),
            in_thread(lambda: client.is_enabled("boolean")),
        )

    assert seen == (False, True)


def test_other_clients_are_not_concerned(client: FlagClient) -> None:
    other = FlagClient.for_testing(boolean=True)

    with client.override(boolean=False):
        assert other.is_enabled("boolean") is True


def test_what_is_overridden_is_no_use_of_the_flag(client: FlagClient) -> None:
    with client.override(boolean=False):
        client.is_enabled("boolean")

    assert sum(client.usage().values()) == 0


def test_after_the_last_scope_the_short_way_is_open_again(client: FlagClient) -> None:
    client.is_enabled("boolean")
    with client.override(boolean=False):
        assert "boolean" not in client._flags
        client.is_enabled("boolean")

    assert client.is_enabled("boolean") is True
    assert "boolean" in client._flags


def test_a_client_for_tests_needs_nothing() -> None:
    threads = threading.active_count()
    client = FlagClient.for_testing({"new-checkout": True}, theme="dark", limit=3)

    assert client.is_enabled("new-checkout") is True
    assert (client.get_string("theme"), client.get_integer("limit")) == ("dark", 3)
    assert client.status.state == "ready"
    assert threading.active_count() == threads
    with pytest.raises(KeyError, match="no flag"):
        client.override(thme="light")


def test_a_client_for_tests_without_values_takes_any_key() -> None:
    client = FlagClient.for_testing()

    with client.override({"new-checkout": True, "checkout": "canary"}):
        assert client.is_enabled("new-checkout") is True
        assert client.cohort("checkout") == "canary"
        assert client.evaluate_all()["new-checkout"].value is True
    assert client.is_enabled("new-checkout") is False


def test_what_is_set_holds_in_every_thread_until_it_is_reset() -> None:
    client = FlagClient.for_testing(theme="dark")
    client.set(theme="light")

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(client.get_string, "theme").result() == "light"
    with client.override(theme="scoped"):
        assert client.get_string("theme") == "scoped"
    client.reset()
    assert client.get_string("theme") == "dark"


def test_one_scope_is_entered_by_two_tasks_at_once() -> None:
    client = FlagClient.for_testing(theme="light")
    dark = client.override(theme="dark")

    async def page(entered: asyncio.Event, leave: asyncio.Event) -> str:
        with dark:
            entered.set()
            await leave.wait()
            return client.get_string("theme")

    async def pages() -> list[str]:
        events = [asyncio.Event() for _ in range(4)]
        first = asyncio.create_task(page(events[0], events[1]))
        second = asyncio.create_task(page(events[2], events[3]))
        await events[0].wait()
        await events[2].wait()
        events[1].set()
        shown = [await first]
        events[3].set()
        return [*shown, await second]

    assert asyncio.run(pages()) == ["dark", "dark"]
    assert client.get_string("theme") == "light"


def test_scopes_that_are_left_out_of_order_leave_nothing_behind() -> None:
    client = FlagClient.for_testing(theme="light", banner=False)
    dark, shown = client.override(theme="dark"), client.override(banner=True)

    dark.__enter__()
    shown.__enter__()
    dark.__exit__()
    between = (client.get_string("theme"), client.get_boolean("banner"))
    shown.__exit__()

    assert between == ("light", True)
    assert (client.get_string("theme"), client.get_boolean("banner")) == ("light", False)


def test_a_generator_cannot_be_decorated() -> None:
    """Its body runs when the scope has long been left."""
    client = FlagClient.for_testing(theme="light")

    with pytest.raises(TypeError, match="generator"):

        @client.override(theme="dark")
        def pages() -> Iterator[str]:
            yield client.get_string("theme")


def test_what_is_overridden_in_a_bulk_is_not_counted() -> None:
    client = FlagClient.for_testing(theme="light", banner=False)

    with client.override(theme="dark"):
        client.evaluate_all()

    assert {use.key: count for use, count in client.usage().items()} == {"banner": 1}
