"""Several sources: the best that answers is followed, the others stand by, and nobody flaps between them."""

from collections.abc import Iterator
from itertools import pairwise

import pytest

from flagsdk import FlagClient
from flagsdk.ladder import FIRST_LOOK_SECONDS, LONGEST_LOOK_SECONDS, Ladder
from flagsdk.sources import MOST_REST_SECONDS, SourceFault
from flagsdk.wire import Corrupt, Missing
from tests.sdk.documents import FIRST, OFF, ON, change, texts, whole
from tests.sdk.scripted import Scripted
from tests.support.timing import eventually


def named(name: str, present: object) -> Scripted:
    source = Scripted(present)  # type: ignore[arg-type]  # a snapshot or a fault
    source.name = name
    return source


class Clock:
    """Monotonic seconds that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ladder(clock: Clock) -> Ladder:
    return Ladder([named(name, FIRST) for name in "abc"], clock=clock, chance=lambda: 1.0)


def names(sources: Iterator[object]) -> list[str]:
    return [getattr(source, "name") for source in sources]  # noqa: B009 - of a protocol that is not shown here


def test_the_best_is_followed_first(ladder: Ladder) -> None:
    assert ladder.current.name == "a"
    assert names(ladder.rungs()) == ["a", "b", "c"]
    assert names(ladder.better()) == []


def test_better_ones_are_looked_at_ever_more_rarely_while_they_are_away(ladder: Ladder, clock: Clock) -> None:
    ladder.settle(list(ladder.rungs())[2])
    looks = []
    for _ in range(300):
        clock.now += 1
        if names(ladder.better()):
            looks.append(clock.now - 1000)

    gaps = [after - before for before, after in pairwise(looks)]
    assert looks[0] == FIRST_LOOK_SECONDS
    assert gaps == sorted(gaps)
    assert gaps[-1] == LONGEST_LOOK_SECONDS


def test_a_better_one_that_comes_and_goes_is_left_alone_for_longer(ladder: Ladder, clock: Clock) -> None:
    best, second, _ = ladder.rungs()
    pauses = []
    for _ in range(5):
        ladder.settle(second)
        left = clock.now
        while not names(ladder.better()):
            clock.now += 1
        pauses.append(clock.now - left)
        ladder.settle(best)
        clock.now += 1

    assert pauses == sorted(pauses)
    assert pauses[-1] >= 4 * pauses[0]


def test_one_that_worked_for_long_is_soon_looked_at_again(ladder: Ladder, clock: Clock) -> None:
    best, second, _ = ladder.rungs()
    for _ in range(5):
        ladder.settle(second)
        clock.now += 2 * LONGEST_LOOK_SECONDS
        list(ladder.better())
        ladder.settle(best)
    clock.now += LONGEST_LOOK_SECONDS + 1
    ladder.settle(second)

    clock.now += FIRST_LOOK_SECONDS

    assert names(ladder.better()) == ["a"]


def test_who_asks_for_rest_gets_it(ladder: Ladder, clock: Clock) -> None:
    best = next(iter(ladder.rungs()))
    ladder.rest(best, 10)

    assert names(ladder.rungs()) == ["b", "c"]
    clock.now += 15
    assert names(ladder.rungs()) == ["a", "b", "c"]


@pytest.mark.parametrize("asked", [86_400.0, float("inf")])
def test_nobody_is_left_alone_for_longer_than_minutes(ladder: Ladder, clock: Clock, asked: float) -> None:
    ladder.rest(next(iter(ladder.rungs())), asked)

    clock.now += 1.5 * MOST_REST_SECONDS

    assert names(ladder.rungs()) == ["a", "b", "c"]


def test_when_all_rest_the_first_to_wake_says_how_long(ladder: Ladder) -> None:
    for source, seconds in zip(list(ladder.rungs()), (30, 10, 20), strict=True):
        ladder.rest(source, seconds)

    with pytest.raises(SourceFault) as fault:
        list(ladder.rungs())
    assert fault.value.retry_after == 15


@pytest.mark.parametrize("fault", [SourceFault("away"), Missing("flushed"), Corrupt("flipped"), OSError("no")], ids=str)
def test_at_the_start_the_next_one_serves_when_the_best_does_not(fault: Exception) -> None:
    best, second = named("best", fault), named("second", FIRST)

    with FlagClient(best, second) as client:
        assert client.is_enabled("a") is True
        assert (client.status.source, client.status.fault) == ("second", "")


def test_a_snapshot_that_is_refused_is_no_reason_to_stop_looking() -> None:
    with FlagClient(named("best", whole({"flag/a": "{"}, 7)), named("second", FIRST)) as client:
        assert client.status.source == "second"
        assert client.is_enabled("a") is True


def test_when_none_answers_all_are_named() -> None:
    with FlagClient(named("x", SourceFault("away")), named("y", Missing("bare")), start_seconds=0) as client:
        eventually(lambda: client.status.fault)

        assert client.status.fault == "SourceFault: x: SourceFault: away; y: Missing: bare"


def test_one_that_blinks_is_kept() -> None:
    best, second = named("best", FIRST), named("second", FIRST)
    with FlagClient(best, second) as client:
        best.heard.put(SourceFault("reset"))
        best.heard.put([])
        eventually(lambda: client.status.faults == 1 and not client.status.fault)

        assert client.status.source == "best"
        assert second.loads == len(second.follows) == 0


def test_when_the_best_is_gone_the_next_leads_on_without_giving_the_whole() -> None:
    best, second = named("best", FIRST), named("second", FIRST)
    step, _ = change(FIRST, texts(OFF))
    with FlagClient(best, second) as client:
        best.present = SourceFault("gone")
        for _ in range(20):
            best.heard.put(SourceFault("gone"))
        second.heard.put([step])

        eventually(lambda: client.status.source == "second")
        assert client.is_enabled("a") is False
        assert second.loads == 0


def test_one_that_is_silent_is_not_waited_for_twice() -> None:
    """The next source is asked before the silent one is asked again."""
    best, second = named("best", FIRST), named("second", FIRST)
    with FlagClient(best, second) as client:
        asked = len(best.follows)
        second.heard.put([])

        best.silence(1.2)

        eventually(lambda: client.status.source == "second")
        assert len(best.follows) <= asked + 1


def test_when_the_best_is_back_it_is_followed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flagsdk.ladder.FIRST_LOOK_SECONDS", 0.1)
    best, second = named("best", SourceFault("away")), named("second", FIRST)
    with FlagClient(best, second) as client:
        assert client.status.source == "second"
        step, best.present = change(FIRST, texts(OFF))
        best.heard.put([step])

        while client.status.source != "best":
            second.heard.put([])
            eventually(second.heard.empty)

        assert client.is_enabled("a") is False


def test_a_better_one_that_lags_behind_is_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else answers would go back: it holds a lower revision of the same epoch."""
    monkeypatch.setattr("flagsdk.ladder.FIRST_LOOK_SECONDS", 0.05)
    best, second = named("best", SourceFault("away")), named("second", whole(texts(OFF), 9))
    with FlagClient(best, second) as client:
        best.present = whole(texts(ON), 8)
        for _ in range(50):
            best.heard.put(SourceFault("not there"))
        for _ in range(10):
            second.heard.put([])
            eventually(second.heard.empty)

        assert (client.status.source, client.status.revision) == ("second", 9)
        assert client.is_enabled("a") is False
