"""When a client reports: soon after a change, about every minute, and ever more seldom to a service that refuses."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from flagsdk.core.snapshot import Snapshot
from flagsdk.delivery import Answer
from flagsdk.reporting import HOUR_SECONDS, KEEP_SECONDS, MOST_BACKOFF_SECONDS, RECEIPT_SECONDS, Reporter
from flagsdk.usage import Usage
from flagsdk.wire import admit
from flagsdk.wire.usage import MAX_USES, Report, parse_report
from tests.sdk.documents import flag, half, texts, whole
from tests.sdk.test_outbox import use

TAKEN, BUSY, SILENT = Answer(202), Answer(503, fault="the service answered 503"), Answer(0, fault="ReadTimeoutError")


class Posted:
    """Implements the port: keeps what arrives, answers as told. Not every answer arrives."""

    name = "test"

    def __init__(self) -> None:
        self.answer = TAKEN
        self.tried: list[Report] = []
        self.bodies: list[bytes] = []
        self.takes: Callable[[], None] = lambda: None

    def post(self, body: bytes) -> Answer:
        self.takes()
        self.bodies.append(body)
        self.tried.append(parse_report(body))
        return self.answer


class World:
    """A reporter, the usage that it reports, and clocks that only move when told."""

    def __init__(self, chance: float = 0.5, **options: Any) -> None:
        self.now, self.wall, self.chance = 1_000.0, 1_800_000_000.0, chance
        self.posted, self.usage = Posted(), Usage()
        self.snapshot = admit(whole(texts(flag("a"), flag("h", default=half()))))
        self.usage.follow(self.snapshot)
        self.reporter = Reporter(
            self.usage,
            self.posted,
            clock=lambda: self.now,
            wall=lambda: self.wall,
            chance=lambda: self.chance,
            **options,
        )

    def install(self, snapshot: Snapshot | None = None, at: int = 0) -> None:
        self.reporter.installed(snapshot or self.snapshot, at)

    def go(self, seconds: float, step: float = 2.0) -> None:
        """Let time pass, with the ticks of the background thread."""
        end = self.now + seconds
        while self.now < end:
            self.now += step
            self.wall += step
            self.reporter.tick()

    def go_on(self, seconds: float) -> None:
        self.now += seconds

    def reported(self) -> int:
        return sum(row.uses for report in self.posted.tried for row in report.uses)


@pytest.fixture
def world() -> World:
    made = World()
    made.install()
    made.go(2)
    made.posted.tried.clear()
    return made


def test_a_new_client_tells_what_it_holds_and_not_how_long_that_took() -> None:
    world = World(application="shop")
    world.install(at=int(world.wall * 1000) - 1)

    assert 0 < world.reporter.tick() <= RECEIPT_SECONDS
    world.now += RECEIPT_SECONDS
    world.reporter.tick()

    [report] = world.posted.tried
    assert (report.revision, report.epoch, report.environment, report.applied_after_ms) == (1, "e1", "production", None)
    assert (report.application, report.sequence, report.uses) == ("shop", 1, [])
    assert report.sdk.startswith("flagsdk-python/")


def test_nothing_is_sent_before_the_first_snapshot() -> None:
    world = World()

    world.go(300)

    assert world.posted.tried == []


def test_a_new_revision_is_confirmed_within_the_jitter_with_its_delay(world: World) -> None:
    world.go(2)
    world.posted.tried.clear()
    world.install(world.snapshot.apply(2, texts(flag("a", enabled=False))), at=int(world.wall * 1000) - 120)

    asked = world.reporter.tick()
    world.now += asked
    world.reporter.tick()

    [report] = world.posted.tried
    assert asked <= RECEIPT_SECONDS
    assert (report.revision, report.applied_after_ms) == (2, 120)


def test_a_clock_that_is_behind_makes_no_negative_delay(world: World) -> None:
    world.install(at=int(world.wall * 1000) + 5_000)
    world.go(2)

    assert world.posted.tried[0].applied_after_ms == 0


def test_uses_are_told_about_every_minute_and_once(world: World) -> None:
    use(world.snapshot, "a", 5)
    world.go(40)
    assert world.reported() == 0

    world.go(22)
    use(world.snapshot, "a", 2)
    world.go(180)

    assert world.reported() == 7
    assert 3 <= len(world.posted.tried) <= 5
    assert world.reporter.standing.reported == 7


def test_a_client_without_uses_still_says_that_it_lives(world: World) -> None:
    world.go(200)

    assert len(world.posted.tried) == 3


def test_a_report_that_may_have_arrived_is_repeated_as_it_was(world: World) -> None:
    use(world.snapshot, "a", 5)
    world.posted.answer = SILENT
    world.go(62)
    use(world.snapshot, "a", 3)
    world.go(300)
    world.posted.answer = TAKEN
    world.go(300)

    by_number: dict[int, set[bytes]] = {}
    for body in world.posted.bodies:
        by_number.setdefault(json.loads(body)["sequence"], set()).add(body)
    assert all(len(bodies) == 1 for bodies in by_number.values())
    once = {report.sequence: report for report in world.posted.tried}
    assert sum(row.uses for report in once.values() for row in report.uses) == 8


def test_a_slow_service_is_asked_for_one_thing_at_a_time() -> None:
    """What is left goes with the next tick, so that changes are heard of between."""
    world = World()
    world.snapshot = admit(whole(texts(*(flag(f"f{number}") for number in range(3 * MAX_USES)))))
    world.usage.follow(world.snapshot)
    world.install()
    for key in world.snapshot.keys("flag"):
        use(world.snapshot, key)
    world.posted.takes = lambda: world.go_on(3.0)

    sent = []
    for _ in range(60):
        before = len(world.posted.tried)
        world.now += 2
        world.reporter.tick()
        sent.append(len(world.posted.tried) - before)

    assert max(sent) == 1
    assert world.reported() == 3 * MAX_USES


def test_failures_are_answered_with_patience(world: World) -> None:
    world.posted.answer = BUSY
    world.go(3_000)

    assert 3_000 / MOST_BACKOFF_SECONDS <= len(world.posted.tried) <= 70
    assert world.reporter.standing.fault == "the service answered 503"
    assert world.reporter.standing.faults == len(world.posted.tried)


@pytest.mark.parametrize("draw", [0.0, 1.0])
def test_the_wait_after_a_failure_is_drawn_from_nothing_to_its_bound(draw: float) -> None:
    world = World(chance=draw)
    world.posted.answer = BUSY
    world.install()
    world.now += 100

    waits = []
    for _ in range(12):
        waits.append(world.reporter.tick())
        world.now += waits[-1]

    assert waits[:3] == pytest.approx([0.2] * 3 if draw == 0 else [2.0, 4.0, 8.0])
    assert max(waits) == pytest.approx(0.2 if draw == 0 else MOST_BACKOFF_SECONDS)


def test_what_the_service_asks_for_is_honoured(world: World) -> None:
    world.posted.answer = Answer(429, retry_after=200.0)
    world.go(70)
    asked = len(world.posted.tried)

    world.go(190)

    assert (asked, len(world.posted.tried)) == (1, 1)


def test_no_request_makes_a_client_wait_for_ever(world: World) -> None:
    world.posted.answer = Answer(429, retry_after=1e12)
    world.go(70)

    assert world.reporter.tick() <= 900 * 1.5


def test_a_change_does_not_shorten_the_wait_after_a_failure(world: World) -> None:
    world.posted.answer = Answer(503, retry_after=60.0)
    world.go(70)
    tried = len(world.posted.tried)

    world.install(world.snapshot.apply(2, {}))
    world.go(50)

    assert len(world.posted.tried) == tried


def test_what_nobody_took_for_an_hour_is_dropped_and_said(world: World) -> None:
    use(world.snapshot, "a", 5)
    world.posted.answer = BUSY
    world.go(KEEP_SECONDS + 400)
    assert world.reporter.standing.dropped == 5

    use(world.snapshot, "a", 2)
    world.posted.answer = TAKEN
    world.posted.tried.clear()
    world.go(400)

    assert world.reported() == 2
    assert sum(report.dropped for report in world.posted.tried) == 5
    assert world.reporter.standing.fault == ""


def test_a_report_that_nobody_will_ever_take_is_dropped_and_the_next_one_goes(world: World) -> None:
    use(world.snapshot, "a", 5)
    world.posted.answer = Answer(400)
    world.go(64)
    world.posted.answer = TAKEN
    use(world.snapshot, "a", 1)
    world.posted.tried.clear()
    world.go(300)

    assert (world.reported(), world.reporter.standing.dropped) == (1, 5)


def test_the_last_report_is_made_at_the_end(world: World) -> None:
    use(world.snapshot, "a", 5)

    world.reporter.close()

    assert world.reported() == 5


def test_the_last_report_is_made_once(world: World) -> None:
    world.reporter.close()
    tried = len(world.posted.tried)

    use(world.snapshot, "a", 5)
    world.reporter.close()

    assert len(world.posted.tried) == tried


@pytest.mark.parametrize(("seconds", "batches"), [(5.0, 2), (3.5, 1), (1.9, 0)])
def test_the_last_report_takes_no_longer_than_there_is_time(seconds: float, batches: int) -> None:
    """Each batch takes 1.6 s here; none is begun that could end too late."""
    world = World()
    world.snapshot = admit(whole(texts(*(flag(f"f{number}") for number in range(5 * MAX_USES)))))
    world.usage.follow(world.snapshot)
    world.install()
    for key in world.snapshot.keys("flag"):
        use(world.snapshot, key)
    world.posted.takes = lambda: world.go_on(1.6)

    world.reporter.close(seconds)

    assert len(world.posted.tried) == batches


def test_no_last_report_is_made_to_a_service_that_is_away(world: World) -> None:
    world.posted.answer = BUSY
    world.go(62)
    tried = len(world.posted.tried)

    world.reporter.close()

    assert len(world.posted.tried) == tried


def test_units_are_told_anew_each_hour(world: World) -> None:
    def told() -> int:
        return sum(len(row.sample.hashes) for report in world.posted.tried for row in report.units)

    use(world.snapshot, "h")
    world.go(2)
    for _ in range(int(1.5 * HOUR_SECONDS / 60)):
        use(world.snapshot, "h", 20)
        world.go(60)

    assert told() in (40, 60)  # two or three hours, as the wall clock has it


def test_a_forked_child_is_a_client_of_its_own(world: World) -> None:
    use(world.snapshot, "a", 5)
    parent = world.reporter.standing.client

    world.usage.after_fork()
    world.reporter.after_fork()
    use(world.snapshot, "a", 2)
    world.go(100)

    assert world.reported() == 2
    assert {report.client for report in world.posted.tried} == {world.reporter.standing.client} != {parent}
    assert world.posted.tried[0].sequence == 1


def test_a_delivery_that_raises_ends_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(body: bytes) -> Answer:
        raise MemoryError

    monkeypatch.setattr(world.posted, "post", failing)
    world.go(62)

    assert world.reporter.standing.fault == "MemoryError"


def test_a_snapshot_without_a_name_is_not_reported() -> None:
    world = World()
    world.install(admit(whole(texts(flag("a")), environment="e" * 101)))

    world.go(300)

    assert world.posted.tried == []


def _options(**members: Any) -> Callable[[], Reporter]:
    return lambda: Reporter(Usage(), Posted(), **members)


@pytest.mark.parametrize("name", ["x" * 101, "two\nlines", "\ud800"])
def test_a_name_that_cannot_be_told_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="application"):
        _options(application=name)()
