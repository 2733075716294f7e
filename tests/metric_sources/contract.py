"""What every metric source must do, whatever it reads: one suite, one small world per kind.

A test module of a kind subclasses `SourceContract` (its name begins with Test) and gives the fixture `world`.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Literal, Protocol

import pytest

from flagsvc.domain.analysis.measurement import Arm, Measurement
from flagsvc.domain.analysis.spec import Metric
from flagsvc.metric_sources import Source
from tests.support.link import MUTE, REFUSE, Link
from tests.support.timing import eventually, within

Scene = Literal["usual", "clean", "quiet", "alone"]
"""usual: both arms as BASELINE and CANDIDATE. clean: the candidate never had a bad event. quiet: it had no events at
all. alone: the baseline had none."""
BASELINE = Arm(events=900, bad=9)
CANDIDATE = Arm(events=100, bad=5)


class World(Protocol):
    """A real thing (or the most faithful stand-in) that knows the scenes, a source that reads it, and a link between.

    `start`, `middle`, `end`: a window with the counts above, and a time in it that may end one.
    """

    source: Source
    link: Link
    start: float
    middle: float
    end: float

    def query(self, scene: Scene) -> Mapping[str, Any]:
        """Give the query of an errors metric for a scene, arms and all."""


def errors(query: Mapping[str, Any]) -> Metric:
    """Make an errors metric of a query."""
    return Metric(name="errors", kind="errors", source="here", query=query)


def is_nothing(measurement: Measurement) -> bool:
    """Whether it says that nothing is known, why, and nothing else."""
    silent = measurement.baseline is None and measurement.candidate is None
    return silent and measurement.missing != "" and 0 < len(measurement.detail) <= 500


class SourceContract:
    """The laws."""

    def test_the_counts_of_both_arms_are_exact(self, world: World) -> None:
        read = world.source.measure(errors(world.query("usual")), world.start, world.end)

        assert read == Measurement(
            metric="errors", start=world.start, end=world.end, baseline=BASELINE, candidate=CANDIDATE
        )

    def test_a_window_is_the_sum_of_its_parts(self, world: World) -> None:
        metric = errors(world.query("usual"))

        parts = [
            world.source.measure(metric, *span) for span in ((world.start, world.middle), (world.middle, world.end))
        ]

        for side in ("baseline", "candidate"):
            arms = [getattr(part, side) for part in parts]
            whole = {"baseline": BASELINE, "candidate": CANDIDATE}[side]
            assert all(arm.events for arm in arms)
            assert (sum(arm.events for arm in arms), sum(arm.bad for arm in arms)) == (whole.events, whole.bad)

    def test_no_bad_event_ever_is_data(self, world: World) -> None:
        read = world.source.measure(errors(world.query("clean")), world.start, world.end)

        assert (read.missing, read.baseline, read.candidate) == ("", BASELINE, replace(CANDIDATE, bad=0))

    @pytest.mark.parametrize(("scene", "arm"), [("quiet", "candidate"), ("alone", "baseline")])
    def test_no_events_of_an_arm_are_no_data_of_either_and_it_says_whose(
        self, world: World, scene: Scene, arm: str
    ) -> None:
        read = world.source.measure(errors(world.query(scene)), world.start, world.end)

        assert is_nothing(read)
        assert read.missing == "no-data"
        assert read.detail.startswith(f"{arm}: ")

    def test_the_past_is_that_of_the_baseline_alone(self, world: World) -> None:
        read = world.source.history(errors(world.query("quiet")), world.start, world.end)

        assert read.missing == ""
        assert read.baseline is not None
        assert read.baseline.events == pytest.approx(BASELINE.events, rel=0.25)
        assert read.baseline.bad == pytest.approx(BASELINE.bad, rel=0.25)
        assert read.candidate is None

    def test_a_query_that_finds_nothing_of_the_baseline_is_told_before_a_rollout(self, world: World) -> None:
        read = world.source.history(errors(world.query("alone")), world.start, world.end)

        assert is_nothing(read)
        assert read.missing == "no-data"
        assert read.detail.startswith("baseline: ")

    def test_a_dead_one_is_unreachable_and_heals(self, world: World) -> None:
        metric = errors(world.query("usual"))

        with broken(world):
            read = world.source.measure(metric, world.start, world.end)

        assert is_nothing(read)
        assert read.missing == "unreachable"
        eventually(lambda: world.source.measure(metric, world.start, world.end).missing == "", "healed")

    @pytest.mark.usefixtures("impatient")
    def test_a_silent_one_is_unreachable_before_long(self, world: World) -> None:
        metric = errors(world.query("usual"))
        world.link.set(MUTE)
        world.link.cut()

        with within(5):
            read = world.source.measure(metric, world.start, world.end)

        assert is_nothing(read)
        assert read.missing == "unreachable"

    def test_a_good_query_has_no_fault(self, world: World) -> None:
        assert list(world.source.check(errors(world.query("usual")))) == []

    def test_a_query_is_checked_without_asking_anybody(self, world: World) -> None:
        with broken(world):
            assert list(world.source.check(errors(world.query("usual")))) == []

    @pytest.mark.parametrize("member", ["events", "bad"])
    def test_a_member_that_is_missing_is_a_fault_and_never_a_zero(self, world: World, member: str) -> None:
        metric = errors({name: content for name, content in world.query("usual").items() if name != member})

        faults = world.source.check(metric)

        assert [fault.partition(":")[0] for fault in faults] == [member]
        assert is_nothing(world.source.measure(metric, world.start, world.end))
        assert is_nothing(world.source.history(metric, world.start, world.end))

    def test_a_member_that_nobody_knows_is_a_fault_with_what_may_be_meant(self, world: World) -> None:
        (fault,) = world.source.check(errors({**world.query("usual"), "evnts": "x"}))

        assert fault.startswith("there is no member 'evnts' (do you mean 'events'?) for errors; members: events, bad")

    @pytest.mark.parametrize(
        ("arms", "words"),
        [
            (None, 'arms: expected {"baseline": …, "candidate": …}'),
            ({"baseline": "a"}, 'arms: expected {"baseline": …, "candidate": …}'),
            ({"baseline": "a", "candidate": "a"}, "arms: baseline and candidate are the same"),
            ({"baseline": "a", "candidate": "b\n"}, "arms.candidate.cohort: expected a text"),
            ({"baseline": "a", "candidate": {"pool": "b"}}, "arms: both sides need the same variables"),
            ({"baseline": {"x-y": "a"}, "candidate": {"x-y": "b"}}, "arms.baseline: 'x-y' is no name"),
        ],
    )
    def test_arms_that_cannot_be_told_apart_are_a_fault(self, world: World, arms: Any, words: str) -> None:
        metric = errors({**world.query("usual"), "arms": arms})

        faults = list(world.source.check(metric))

        assert faults[0].startswith(words)
        assert is_nothing(world.source.measure(metric, world.start, world.end))

    @pytest.mark.parametrize("window", [(5.0, 5.0), (9.0, 5.0), (-5.0, 5.0), (5.0, float("inf")), (float("nan"), 5.0)])
    def test_what_is_no_window_is_nothing(self, world: World, window: tuple[float, float]) -> None:
        read = world.source.measure(errors(world.query("usual")), *window)

        assert is_nothing(read)

    def test_it_can_be_tried_and_says_what_it_heard(self, world: World) -> None:
        assert world.source.probe()

    def test_it_says_when_a_window_is_whole(self, world: World) -> None:
        assert 0 < world.source.settled_seconds() <= 300


@contextmanager
def broken(world: World) -> Iterator[None]:
    """Take the link away for the duration."""
    world.link.set(REFUSE)
    try:
        yield
    finally:
        world.link.heal()
