"""The client follows its source, keeps the last good snapshot whatever happens, and ends in bounded time."""

import asyncio
import threading
import time
from enum import Enum

from flagsdk import Context, FlagClient
from flagsdk.sources import SourceFault
from flagsdk.usage import Use
from flagsdk.wire import canonical
from tests.sdk.documents import FIRST, OFF, ON, change, flag, half, texts
from tests.sdk.scripted import Scripted
from tests.support.timing import eventually, within


def test_nothing_happens_before_the_first_use(source: Scripted) -> None:
    threads = threading.active_count()
    client = FlagClient(source)

    time.sleep(0.02)

    assert threading.active_count() == threads
    assert source.loads == 0
    assert (client.ready, client.status.state) == (False, "starting")
    client.close()


def test_the_first_read_answers_at_once_and_starts_the_client(source: Scripted) -> None:
    source.present = SourceFault("not yet")
    client = FlagClient(source)

    assert client.is_enabled("a") is False
    source.present = FIRST
    eventually(lambda: client.ready)
    assert client.is_enabled("a") is True
    client.close()


def test_many_threads_start_one_thread(source: Scripted) -> None:
    client = FlagClient(source)
    before = threading.active_count()
    readers = [threading.Thread(target=client.is_enabled, args=("a",)) for _ in range(20)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()

    eventually(lambda: client.ready)
    assert source.loads == 1
    assert threading.active_count() == before + 1
    client.close()


def test_a_read_does_not_wait_while_the_client_starts(source: Scripted) -> None:
    """It may be one in a handler of a signal, in the middle of the start: it would wait for itself."""
    client = FlagClient(source)
    answers: list[bool] = []
    with client._starting:
        reading = threading.Thread(target=lambda: answers.append(client.is_enabled("a")), daemon=True)
        reading.start()
        reading.join(30)

        assert answers == [False]

    client.close()


def test_waiting_for_readiness_is_bounded() -> None:
    client = FlagClient(Scripted(SourceFault("away")))

    with within(1):
        assert client.wait_ready(0.1) is False
    client.close()


def test_the_status_says_what_is_held_and_how_old_it_is(source: Scripted) -> None:
    client = FlagClient(source, stale_seconds=3)
    assert client.status.age_seconds == float("inf")
    client.wait_ready()

    status = client.status
    assert (status.state, status.source, status.environment) == ("ready", "scripted", "production")
    assert (status.epoch, status.revision, status.fault) == ("e1", 1, "")
    eventually(lambda: client.status.state == "stale")
    source.heard.put([])
    eventually(lambda: client.status.state == "ready")
    client.close()
    assert client.status.state == "closed"


def test_closing_is_quick_and_can_be_repeated(client: FlagClient, source: Scripted) -> None:
    threads = threading.active_count()

    with within(1):
        client.close()
        client.close()

    assert threading.active_count() == threads - 1
    assert client.is_enabled("a") is True


def test_a_client_that_never_started_closes(source: Scripted) -> None:
    client = FlagClient(source)

    client.close()

    assert source.closed.is_set()
    assert client.is_enabled("a") is False
    assert client.wait_ready(0) is False
    assert source.loads == 0


def test_a_client_serves_async_programs() -> None:
    async def main() -> bool:
        async with FlagClient(Scripted(FIRST)) as client:
            return client.is_enabled("a")

    assert asyncio.run(main()) is True


def test_listeners_hear_of_their_flags_and_of_what_those_rest_on(client: FlagClient, source: Scripted) -> None:
    """A change of a segment or of a parent reaches the flag; other flags' changes do not."""
    rule = {"id": "r", "when": {"segment": "s"}, "serve": "on"}
    heard: list[frozenset[str]] = []
    nested = {"key": "s", "included": [], "when": {"segment": "deep"}}
    documents = texts(
        flag("child", prerequisites=[{"flag": "parent", "variants": ["on"]}], rules=[rule]),
        flag("parent"),
        flag("other"),
        nested,
        {"key": "deep", "included": ["x"]},
    )
    step, after = change(FIRST, documents)
    client.on_change(["child", "absent"], heard.append)
    source.heard.put([step])
    eventually(lambda: heard)
    present = after

    for edited in (flag("other", enabled=False), flag("parent", enabled=False), {"key": "deep", "included": ["y"]}):
        step, present = change(present, texts(edited))
        source.heard.put([step])
    eventually(lambda: client.status.revision == present.revision)

    assert heard == [frozenset({"child"})] * 3


def test_a_listener_that_raises_disturbs_nobody(client: FlagClient, source: Scripted) -> None:
    heard: list[frozenset[str]] = []

    def broken(changed: frozenset[str]) -> None:
        raise RuntimeError("mine")

    client.on_change(["a"], broken)
    remove = client.on_change(["a"], heard.append)
    step, after = change(FIRST, texts(OFF))
    source.heard.put([step])
    eventually(lambda: heard)
    remove()
    step, _ = change(after, texts(ON))
    source.heard.put([step])
    eventually(lambda: client.status.revision == 3)

    assert heard == [frozenset({"a"})]
    assert client.is_enabled("a") is True
    assert client.status.faults == 2


def test_uses_survive_the_snapshots_they_were_counted_in(client: FlagClient, source: Scripted) -> None:
    """By the revision from which that form of the flag was served; unchanged flags keep theirs."""
    step, after = change(FIRST, texts(flag("b")))
    source.heard.put([step])
    eventually(lambda: client.status.revision == 2)
    for _ in range(3):
        client.is_enabled("a")
        client.is_enabled("b")
    step, after = change(after, texts(OFF))
    source.heard.put([step])
    eventually(lambda: client.status.revision == 3)
    for _ in range(2):
        client.is_enabled("a")
        client.is_enabled("b")
    for number in range(3):
        step, after = change(after, {"flag/c": canonical(flag("c", name=str(number)))})
        source.heard.put([step])
    eventually(lambda: client.status.revision == after.revision)

    usage = client.usage()

    assert usage[Use("flag", "a", "on", 2)] + usage[Use("flag", "a", "on", 1)] == 3
    assert usage[Use("flag", "a", "off", 3)] == 2
    assert usage[Use("flag", "b", "on", 2)] == 5
    assert sum(usage.values()) == 10


def test_no_use_is_lost_among_threads(client: FlagClient, source: Scripted) -> None:
    """Counting takes no lock, while snapshots come and go underneath."""
    users = [Context(f"user-{number}") for number in range(100)]
    rounds, readers = 200, 4

    def read() -> None:
        for _ in range(rounds):
            for user in users:
                client.is_enabled("a", user)

    threads = [threading.Thread(target=read) for _ in range(readers)]
    for thread in threads:
        thread.start()
    present = FIRST
    while any(thread.is_alive() for thread in threads):
        step, present = change(present, texts(flag("a", name=str(present.revision), default=half())))
        source.heard.put([step])
        time.sleep(0.01)
    for thread in threads:
        thread.join()

    lost = rounds * readers * len(users) - sum(client.usage().values())
    assert 0 <= lost <= present.revision  # at most a thread on its way while its flag was replaced twice


def test_one_key_to_listen_to_is_no_collection_of_letters(client: FlagClient, source: Scripted) -> None:
    step, after = change(FIRST, texts(flag("key")))
    heard: list[frozenset[str]] = []
    client.on_change("key", heard.append)

    source.heard.put([step, change(after, texts(flag("k")))[0]])

    eventually(lambda: client.status.revision == 3)
    assert heard == [frozenset({"key"})]


def test_nobody_waits_for_a_client_that_is_closed() -> None:
    client = FlagClient(Scripted(SourceFault("away")))
    closing = threading.Timer(0.05, client.close)
    closing.start()

    with within(30):
        assert client.wait_ready(60) is False
        assert client.wait_ready(60) is False
    closing.join()


def test_a_key_that_is_no_text_has_no_flag_whatever_it_looks_like(client: FlagClient, source: Scripted) -> None:
    """Else its answer would outlive the flag: a change names the text."""
    step, after = change(FIRST, texts(flag("None"), flag("1")))
    source.heard.put([step])
    eventually(lambda: client.status.revision == 2)
    assert client.is_enabled("1") is True

    assert client.get_boolean(None, default="mine") == "mine"  # type: ignore[call-overload]  # what is tested
    assert client.get_boolean(1, default="mine") == "mine"  # type: ignore[call-overload]  # likewise

    assert all(type(use.key) is str for use in client.usage())
    assert after.revision == 2


class Key(str, Enum):  # noqa: UP042 - the way that is tested
    """Keys as programs like to name them; in a text, this one goes by another name."""

    A = "a"

    def __format__(self, form: str) -> str:
        return "Key.A"


def test_a_key_of_an_enumeration_is_its_text(source: Scripted) -> None:
    with FlagClient(source) as client:
        assert client.is_enabled(Key.A) is True
        assert client.usage() == {Use("flag", "a", "on", 1): 1}
