"""Who wants to know: of a change of state, of any change, of every evaluation."""

import asyncio

import pytest

from flagsdk import AsyncFlagClient, Context, Decision, FlagClient, Status
from flagsdk.sources import SourceFault
from tests.sdk.documents import FIRST, OFF, ON, change, flag, texts, traffic, whole
from tests.sdk.scripted import Scripted
from tests.support.timing import eventually, within


def test_changes_of_state_are_told_in_their_order(source: Scripted) -> None:
    heard: list[Status] = []
    client = FlagClient(source, stale_seconds=0.3)
    client.on_status(heard.append)

    eventually(lambda: [status.state for status in heard] == ["ready", "stale"])
    source.heard.put([])
    eventually(lambda: len(heard) == 3)
    client.close()

    assert [status.state for status in heard[2:]] == ["ready", "closed"]


def test_whoever_wants_to_know_no_longer_is_not_told(client: FlagClient) -> None:
    heard: list[Status] = []
    client.on_status(heard.append)()

    client.close()

    assert heard == []


def test_a_callback_that_raises_disturbs_nobody(source: Scripted) -> None:
    def broken(status: Status) -> None:
        raise RuntimeError("mine")

    heard: list[Status] = []
    with FlagClient(source) as client:
        client.on_status(broken)
        client.on_status(heard.append)
    assert [status.state for status in heard] == ["closed"]
    assert client.status.faults == 1


def test_any_change_can_be_listened_to(client: FlagClient, source: Scripted) -> None:
    heard: list[frozenset[str]] = []
    client.on_change(None, heard.append)
    step, after = change(FIRST, texts(flag("b")))
    further, _ = change(after, {"flag/a": None})

    source.heard.put([step])
    source.heard.put([further])
    eventually(lambda: len(heard) == 2)

    assert heard == [frozenset({"b"}), frozenset({"a"})]


def test_every_evaluation_can_be_listened_to() -> None:
    heard: list[tuple[str, object, Decision]] = []
    user = Context("user-1")
    with FlagClient(Scripted(whole(texts(flag("a"), traffic("t"))))) as client:
        client.is_enabled("a", user)
        ended = client.on_evaluation(lambda key, context, decision: heard.append((key, context, decision)))
        client.is_enabled("a", user)
        client.get_string("a", user, "mine")
        client.cohort("t", user)
        client.get_boolean_details("unknown", "user-2")
        ended()
        client.is_enabled("a", user)

    assert [(key, decision.value) for key, _, decision in heard] == [
        ("a", True),
        ("a", "mine"),
        ("t", heard[2][2].value),
        ("unknown", False),
    ]
    assert [context for _, context, _ in heard] == [user, user, user, {"targetingKey": "user-2"}]


def test_a_listener_to_evaluations_that_raises_disturbs_nobody(client: FlagClient) -> None:
    def broken(key: str, context: object, decision: Decision) -> None:
        raise RuntimeError("mine")

    client.on_evaluation(broken)

    assert client.is_enabled("a") is True
    assert client.status.faults == 1


def test_an_async_program_waits_and_closes_without_blocking_its_loop() -> None:
    async def main() -> tuple[bool, int]:
        ticks = 0

        async def tick() -> None:
            nonlocal ticks
            while True:
                await asyncio.sleep(0.01)
                ticks += 1

        ticking = asyncio.create_task(tick())
        client = AsyncFlagClient(Scripted(SourceFault("away")))
        ready = await client.wait_ready(0.3)
        await client.close()
        ticking.cancel()
        return ready, ticks

    ready, ticks = asyncio.run(main())

    assert ready is False
    assert ticks > 5


def test_an_async_client_reads_like_any_other(source: Scripted) -> None:
    async def main() -> bool:
        async with AsyncFlagClient(source) as client:
            return client.is_enabled("a")

    assert asyncio.run(main()) is True


@pytest.mark.parametrize("asked", [600.0, 1e9])
def test_a_source_that_asks_for_a_long_pause_holds_up_neither_callbacks_nor_the_end(asked: float) -> None:
    heard: list[Status] = []
    source = Scripted(FIRST)
    client = FlagClient(source, stale_seconds=0.5)
    client.on_status(heard.append)
    client.wait_ready()
    source.heard.put(SourceFault("busy", asked))

    eventually(lambda: [status.state for status in heard] == ["ready", "stale"])
    with within(4):
        client.close()


@pytest.mark.parametrize("ask", ["on_status", "on_evaluation"])
def test_a_callback_that_was_added_twice_is_removed_once(client: FlagClient, ask: str) -> None:
    heard: list[object] = []

    def hear(*told: object) -> None:
        heard.append(told)

    remove = getattr(client, ask)(hear)
    getattr(client, ask)(hear)
    remove()
    remove()
    client.is_enabled("a")
    client.close()

    assert len(heard) == 1


def test_a_callback_that_ends_the_program_does_not_end_following(client: FlagClient, source: Scripted) -> None:
    """`sys.exit` ends a thread, and here it would be the one that keeps flags current."""

    def leave(*told: object) -> None:
        raise SystemExit

    client.on_change("a", leave)
    client.on_status(leave)
    step, after = change(FIRST, texts(OFF))
    source.heard.put([step])
    eventually(lambda: client.status.revision == 2)

    source.heard.put([change(after, texts(ON))[0]])

    eventually(lambda: client.status.revision == 3)


def test_a_source_whose_fault_cannot_be_told_is_asked_again(client: FlagClient, source: Scripted) -> None:
    class Unspeakable(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no words")

    source.heard.put(Unspeakable())
    eventually(lambda: client.status.faults)
    source.heard.put([change(FIRST, texts(OFF))[0]])

    eventually(lambda: client.status.revision == 2)
