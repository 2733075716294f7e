"""A rollout as a chart shows it: weights, shares, evidence and rates at each moment, and what is marked."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from flagsvc.domain.analysis.measurement import Arm, Measurement
from flagsvc.domain.analysis.spec import Metric
from flagsvc.domain.rollouts.events import Event, Measured, Primed, Routed, Shared, Tick
from flagsvc.domain.rollouts.timeline import Present, Tale, bounds_of
from tests.rollouts.worlds import ERRORS, START, World, approval, canary, judged, nothing, step, window


def chart(world: World, most: int = 1000, **observed: int) -> dict[str, Any]:
    tale = Tale(world.plan)
    tale.tell(world.entries())
    return tale.timeline(Present(world.state, world.now, observed), most)


def under_way(**members: Any) -> World:
    """Bring a rollout to where its first step, 5 %, is in force at its only target."""
    world = World(canary(names=("edge",), analysis=judged(), **members))
    world.tell(Tick(at=world.now))
    past = tuple(window(START - 900 + 15 * number, bad=10.0) for number in range(60))
    world.tell(Primed(at=world.now, measurements=past))
    world.tell(Tick(at=world.now))
    world.tell(Routed(at=world.now, target="edge", standing="applied"))
    world.tell(Tick(at=world.now))
    assert world.state.phase == "baking"
    return world


def measure(world: World, bad: float, **members: Any) -> None:
    assert world.state.evidence is not None
    start = world.state.evidence.cursors["errors"]
    world.now = start + 15.0
    world.tell(Measured(at=world.now, measurements=(window(start, bad),), **members))


def kinds(found: dict[str, Any]) -> list[str]:
    return [marker["kind"] for marker in found["markers"]]


def test_a_rollout_that_was_only_made_is_one_moment_and_now() -> None:
    world = World(canary())
    world.now += 60

    points = chart(world)["points"]

    assert [(point["phase"], point["step"], point["metrics"]) for point in points] == [("scheduled", None, [])] * 2
    assert [point["at"] for point in points] == ["2027-01-15T08:00:00.000000Z", "2027-01-15T08:01:00.000000Z"]
    assert points[0]["targets"]["edge"] == {"weight": None, "observed": None}


def test_weights_and_steps_are_told_as_they_were_then() -> None:
    world = under_way()
    world.order("promote")

    points = chart(world)["points"]

    weights = [(point["step"], point["targets"]["edge"]["weight"]) for point in points]
    assert list(dict.fromkeys(weights)) == [(None, None), (1, 5_000), (2, 50_000)]


def test_a_window_has_its_own_rates_beside_those_of_all_windows() -> None:
    world = under_way()
    measure(world, bad=10.0)
    measure(world, bad=30.0)

    metric = chart(world)["points"][-2]["metrics"][0]

    assert metric["window"] == {
        "start": "2027-01-15T08:00:15.000000Z",
        "end": "2027-01-15T08:00:30.000000Z",
        "baseline": 0.01,
        "candidate": 0.03,
        "baselineEvents": 1000.0,
        "candidateEvents": 1000.0,
    }
    assert (metric["baseline"], metric["candidate"]) == (0.01, 0.02)


def test_windows_of_points_that_are_left_out_count_into_the_next_one() -> None:
    world = under_way()
    for bad in range(1, 61):
        measure(world, bad=float(bad % 7))

    found = chart(world, most=10)

    windows = [metric["window"] for point in found["points"] for metric in point["metrics"] if metric["window"]]
    assert len(found["points"]) == 10
    assert sum(each["candidateEvents"] for each in windows) == 60_000
    bad = sum(each["candidate"] * each["candidateEvents"] for each in windows)
    assert bad == pytest.approx(sum(number % 7 for number in range(1, 61)))
    assert all(earlier["end"] <= later["start"] for earlier, later in pairwise(windows))


def test_what_a_source_did_not_tell_is_no_window() -> None:
    world = under_way()
    assert world.state.evidence is not None
    world.now += 15
    world.tell(Measured(at=world.now, measurements=(nothing(START),)))

    point = chart(world)["points"][-2]

    assert point["metrics"][0]["window"] is None
    assert "could not be read" in point["metrics"][0]["detail"]


def test_shares_are_those_that_were_counted_at_that_weight() -> None:
    world = under_way(steps=(step(5_000, "edge"), step(50_000, "edge")))
    measure(world, bad=10.0, observed={"edge": 4_900})
    measure(world, bad=10.0, observed={"edge": 5_100})
    world.order("promote")

    points = chart(world, edge=49_000)["points"]

    shares = [point["targets"]["edge"]["observed"] for point in points]
    assert list(dict.fromkeys(shares)) == [None, 4_900, 5_100, 49_000]
    assert shares[-2] is None  # moved, and not counted again


def test_a_share_that_a_gate_asked_for_is_told_too() -> None:
    world = under_way(steps=(step(5_000, "edge", gates=(replace(approval("share"), kind="share"),)),))
    world.tell(Shared(at=world.now, target="edge", verdict="unknown", detail="12 requests", observed=8_333))

    assert chart(world)["points"][-2]["targets"]["edge"]["observed"] == 8_333


def test_what_people_did_is_marked_with_their_name_and_words() -> None:
    world = under_way()
    for order in ("pause", "resume", "promote"):
        world.now += 5
        world.order(order, reason="lunch")

    found = chart(world)

    assert kinds(found) == ["start", "step", "pause", "resume", "promote", "step"]
    assert [marker["by"] for marker in found["markers"]] == [None, None, *["somebody"] * 4]
    assert found["markers"][2]["text"] == "the rollout is paused: somebody: lunch"


def test_a_bad_candidate_leaves_a_verdict_a_rollback_and_an_end() -> None:
    world = under_way()
    while world.state.phase == "baking":
        measure(world, bad=120.0)
    world.tell(Routed(at=world.now, target="edge", standing="applied"))
    world.tell(Tick(at=world.now))

    found = chart(world)

    assert kinds(found)[-3:] == ["verdict", "rollback", "end"]
    last, alarm = found["points"][-1], found["bounds"]["alarm"]
    assert (last["phase"], last["verdict"]) == ("rolled-back", "unhealthy")
    assert last["e"] > alarm
    assert all(point["e"] < alarm for point in found["points"] if point["phase"] == "baking")


def test_an_abort_is_no_rollback() -> None:
    world = under_way()
    world.order("abort")

    assert kinds(chart(world))[-1] == "abort"


def test_bounds_are_drawn_where_the_test_decides() -> None:
    orders = Metric(name="orders", kind="mean", source="own", guard=0.1)
    cost = Metric(name="cost", kind="ratio", source="own", guard=0.1, better="lower")
    heat = Metric(name="heat", kind="value", source="own", maximum=70.0)
    bounds = bounds_of(replace(judged(), metrics=(ERRORS, orders, cost, heat), alpha=0.02, beta=0.1))

    assert bounds is not None
    assert (bounds["alarm"], bounds["proof"]) == (50, 10)
    assert bounds["guards"] == {"errors": 2.0, "orders": 0.9, "cost": 1.1}
    assert bounds["limits"] == {"heat": {"minimum": None, "maximum": 70.0}}
    assert bounds_of(None) is None


def test_means_and_values_have_windows_of_their_own_kind() -> None:
    orders = Metric(name="orders", kind="mean", source="own")
    heat = Metric(name="heat", kind="value", source="own", maximum=70.0)
    world = under_way()
    world.plan = replace(world.plan, analysis=replace(judged(), metrics=(orders, heat)))
    world.now += 30
    arm = Arm(events=100.0, total=250.0, squares=900.0)
    measurements = (
        Measurement(metric="orders", start=START, end=START + 15, baseline=arm, candidate=replace(arm, total=200.0)),
        Measurement(metric="heat", start=START, end=START + 15, candidate=Arm(value=61.5)),
        Measurement(metric="heat", start=START + 15, end=START + 30, candidate=Arm(value=63.0)),
    )
    world.tell(Measured(at=world.now, measurements=measurements))

    metrics = {each["metric"]: each["window"] for each in chart(world)["points"][-2]["metrics"]}

    assert (metrics["orders"]["baseline"], metrics["orders"]["candidate"]) == (2.5, 2.0)
    assert (metrics["heat"]["baseline"], metrics["heat"]["candidate"]) == (None, 63.0)


def test_what_changes_nothing_on_a_chart_is_no_point() -> None:
    world = under_way()
    before = len(chart(world)["points"])
    waiting: list[Event] = [Routed(at=world.now, target="edge", standing="waiting", detail=str(n)) for n in range(9)]
    for event in waiting:
        world.tell(event)

    assert len(chart(world)["points"]) == before
