"""The background thread: what it applies, what it refuses, and how it bears a source that misbehaves."""

import logging
import random
import time

import pytest

from flagsdk import FlagClient
from flagsdk.backoff import Backoff
from flagsdk.follower import Follower
from flagsdk.ladder import Ladder
from flagsdk.reserve import Reserve
from flagsdk.sources import Resync, SourceFault
from flagsdk.wire import Corrupt, Missing
from tests.sdk.documents import FIRST, OFF, ON, change, flag, texts, whole
from tests.sdk.scripted import Scripted
from tests.support.timing import eventually


def test_changes_are_applied_as_they_come(client: FlagClient, source: Scripted) -> None:
    step, after = change(FIRST, texts(OFF))
    further, _ = change(after, {"flag/a": None})

    source.heard.put([step])
    eventually(lambda: client.status.revision == 2)
    assert client.is_enabled("a") is False
    source.heard.put([further])
    eventually(lambda: client.status.revision == 3)

    assert client.get_boolean("a", default=True) is True
    assert source.loads == 1


@pytest.mark.parametrize("answer", [Resync("behind"), "gap"], ids=["resync", "gap"])
def test_a_gap_leads_to_the_whole(client: FlagClient, source: Scripted, answer: Resync | str) -> None:
    _, after = change(FIRST, texts(OFF))
    further, source.present = change(after, texts(flag("b")))

    source.heard.put([further] if answer == "gap" else answer)  # type: ignore[arg-type]  # not the string
    eventually(lambda: client.status.revision == 3)

    assert client.is_enabled("b") is True
    assert source.loads == 2


@pytest.mark.parametrize(
    "bad",
    [
        SourceFault("away"),
        Missing("flushed"),
        Corrupt("flipped"),
        OSError("surprise"),
        whole({}, 0),
        whole(texts(OFF), 1, environment="staging"),
        whole({"flag/a": "{"}, 2),
    ],
    ids=["away", "missing", "corrupt", "fault", "lower revision", "other environment", "unreadable"],
)
def test_the_last_good_snapshot_stays(client: FlagClient, source: Scripted, bad: object) -> None:
    """And everything is well again as soon as the source is."""
    source.present = bad  # type: ignore[assignment]  # any fault
    source.heard.put(Resync("look"))
    eventually(lambda: client.status.fault)

    assert client.is_enabled("a") is True
    assert client.status.revision == 1
    source.present = whole(texts(OFF), 5)
    eventually(lambda: client.status.revision == 5)
    assert client.is_enabled("a") is False
    assert client.status.faults >= 1
    source.heard.put([])
    eventually(lambda: not client.status.fault)


def test_a_new_epoch_may_go_back(client: FlagClient, source: Scripted) -> None:
    step, _ = change(FIRST, texts(OFF))
    source.heard.put([step])
    eventually(lambda: client.status.revision == 2)

    source.present = whole(texts(ON), 1, "e2")
    source.heard.put(Resync("epoch"))
    eventually(lambda: client.status.epoch == "e2")

    assert client.status.revision == 1
    assert client.is_enabled("a") is True


def test_a_source_that_contradicts_itself_is_not_hammered(client: FlagClient, source: Scripted) -> None:
    """The first re-read comes at once, further ones ever more slowly."""
    for _ in range(200):
        source.heard.put(Resync("again"))

    time.sleep(0.5)

    assert 2 <= source.loads < 60


def test_a_source_that_comes_late_is_found() -> None:
    source = Scripted(SourceFault("away"))
    client = FlagClient(source)
    assert client.wait_ready(0.1) is False

    source.present = FIRST

    assert client.wait_ready(60) is True
    assert client.is_enabled("a") is True
    client.close()


def test_a_fault_is_logged_once_and_not_on_every_attempt(caplog: pytest.LogCaptureFixture) -> None:
    source = Scripted(SourceFault("away"))
    with caplog.at_level(logging.WARNING, "flagsdk"):
        client = FlagClient(source)
        client.wait_ready(0)
        eventually(lambda: source.loads > 3)
        client.close()

    assert [record.message for record in caplog.records] == [
        "flagsdk: scripted: SourceFault: away; serving what is held"
    ]


@pytest.mark.parametrize("asked", [1e12, float("inf")])
def test_no_delay_that_is_asked_for_ends_the_thread(asked: float) -> None:
    """A wait longer than a thread can wait would raise, outside of all that outlives a fault."""
    source = Scripted(SourceFault("busy", asked))
    follower = Follower(Ladder([source]), lambda snapshot, changed: None, lambda: None, Reserve())
    follower.start()
    eventually(lambda: follower.standing.faults)

    time.sleep(0.1)
    assert follower.alive
    follower.close()
    assert not follower.alive


def test_a_source_that_comes_and_goes_is_neither_hammered_nor_told_of_each_time(
    client: FlagClient, source: Scripted, caplog: pytest.LogCaptureFixture
) -> None:
    """As a proxy does that ends every stream after its first bytes."""
    source.patience = 0.2
    for _ in range(400):
        source.heard.put(SourceFault("away"))
        source.heard.put([])

    with caplog.at_level(logging.WARNING, "flagsdk"):
        time.sleep(1)

    assert 3 <= client.status.faults < 40
    assert [record.message for record in caplog.records] == [
        "flagsdk: scripted: SourceFault: away; serving what is held",
        "flagsdk: scripted answers again",
    ]


def test_a_log_that_raises_does_not_end_the_thread() -> None:
    def broken(record: logging.LogRecord) -> bool:
        raise RuntimeError("mine")

    source = Scripted(SourceFault("away"))
    logger = logging.getLogger("flagsdk")
    logger.addFilter(broken)
    try:
        with FlagClient(source, start_seconds=0.1) as client:
            source.present = FIRST
            assert client.wait_ready(2) is True
            source.heard.put([])
            eventually(lambda: client.status.state == "ready" and not client.status.fault)
    finally:
        logger.removeFilter(broken)


def test_the_program_s_own_generator_of_chance_is_left_alone_and_decides_nothing() -> None:
    """Workers that are seeded alike would come back from an outage all at once."""
    waits: list[float] = []
    random.seed(1)
    state = random.getstate()
    for _ in range(2):
        random.seed(1)
        backoff = Backoff()
        backoff.failures = 10
        waits.append(backoff.delay(300))
    random.seed(1)

    assert waits[0] != waits[1]
    assert random.getstate() == state
