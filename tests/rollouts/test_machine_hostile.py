"""The machine against unlucky hours: late answers, pauses longer than deadlines, places that others take on the way."""

from typing import Any

import pytest

from flagsvc.domain.rollouts.events import Answered, Interfered, Refused, Routed, Shared, Tick
from flagsvc.domain.rollouts.gates import moment_of_asking
from flagsvc.domain.rollouts.plan import Check, Gate, Hook
from tests.rollouts.test_machine import baking, follow, tick
from tests.rollouts.worlds import World, approval, canary, judged, step

HOOK = Hook(url="http://hooks.example/", every_seconds=5.0, deadline_seconds=100.0)


def answer(world: World, what: str, outcome: Any, asked: str = "") -> None:
    world.tell(Answered(at=world.now, what=what, outcome=outcome, detail="so", asked=asked))


@pytest.mark.parametrize(("policy", "phase"), [("rollback", "aborted"), ("pause", "paused")])
def test_what_does_not_fit_in_the_very_first_step_is_a_failure_like_any_other(policy: Any, phase: str) -> None:
    world = World(canary(on_failure=policy))
    world.tell(Tick(at=world.now))

    world.tell(Refused(at=world.now, target="edge", detail="no room"))

    assert (world.state.phase, world.state.cause) == (phase, "edge: no room")
    assert world.moves == []


def test_a_revert_before_the_beginning_ends_what_has_not_begun() -> None:
    world = World(canary())

    world.tell(Interfered(at=world.now, targets=("edge",), detail="was reverted by ada", released=True))

    assert (world.state.phase, world.restores) == ("aborted", [])


def test_what_somebody_takes_after_it_was_put_back_is_not_waited_for() -> None:
    world = baking(canary(names=("edge",)))
    world.order("abort")

    world.tell(Interfered(at=world.now, targets=("edge",), detail="was reverted by ada", released=True))
    tick(world)

    assert world.state.phase == "rolled-back"


def test_what_was_put_back_and_is_lost_again_is_put_back_once_more() -> None:
    world = baking(canary(names=("edge",)))
    world.order("abort")

    world.tell(Interfered(at=world.now, targets=("edge",), detail="its routers refused"))
    tick(world, 1.0)
    soon = list(world.restores)
    tick(world, 5.0)

    assert (soon, world.restores) == (["edge"], ["edge", "edge"])
    assert world.state.phase == "rolling-back"


@pytest.mark.parametrize("policy", ["pause", "rollback"])
def test_a_gate_is_not_late_for_a_pause(policy: Any) -> None:
    gate = approval(deadline_seconds=600.0)
    world = baking(canary(names=("edge",), steps=(step(5_000, "edge", gates=(gate,)),), on_failure=policy))
    world.order("pause")
    tick(world, 86_400.0)

    world.order("resume")
    tick(world, 599.0)
    in_time = world.state.phase
    tick(world, 2.0)

    assert in_time == "baking"
    assert world.state.phase != "baking"


def test_what_was_paused_for_a_late_gate_can_be_resumed() -> None:
    gate = approval(deadline_seconds=600.0)
    world = baking(canary(names=("edge",), steps=(step(5_000, "edge", gates=(gate,)),), on_failure="pause"))
    tick(world, 601.0)
    before = world.state.phase

    world.order("resume")
    tick(world, 1.0)

    assert (before, world.state.phase) == ("paused", "baking")


def test_routers_and_hooks_are_not_late_for_a_pause() -> None:
    world = World(canary(names=("edge",), steps=(step(5_000, "edge", hook=HOOK),)))
    tick(world)
    tick(world)
    world.order("pause")
    tick(world, 86_400.0)
    world.order("resume")
    tick(world, 1.0)
    routed = world.state.phase
    follow(world)
    world.order("pause")
    tick(world, 86_400.0)
    world.order("resume")
    tick(world, 1.0)

    assert (routed, world.state.phase) == ("moving", "moving")


def test_a_hook_that_failed_is_asked_anew_after_a_resumption_and_under_a_new_id() -> None:
    world = World(canary(names=("edge",), steps=(step(5_000, "edge", hook=HOOK),), on_failure="pause"))
    follow(world)
    answer(world, "hook", "failed")
    tick(world)

    world.order("resume")
    tick(world)

    assert world.state.phase == "moving"
    assert world.state.hook is not None
    assert (world.state.hook.standing, world.state.attempt) == ("open", 2)


def test_an_answer_to_an_older_step_answers_nothing() -> None:
    smoke = Gate(name="smoke", kind="smoke", checks=(Check(url="http://app.example/"),))
    steps = (step(5_000, "edge", hold=0.0, gates=(smoke,)), step(50_000, "edge", gates=(smoke,)))
    world = baking(canary(names=("edge",), steps=steps))
    first = moment_of_asking(world.state)
    world.order("promote")
    follow(world)

    answer(world, "gate:smoke", "passed", first)
    late = world.state.gates["smoke"].standing
    answer(world, "gate:smoke", "passed", moment_of_asking(world.state))

    assert (late, world.state.gates["smoke"].standing) == ("open", "passed")


def test_an_answer_to_the_try_before_a_retry_answers_nothing() -> None:
    world = World(canary(names=("edge",), steps=(step(5_000, "edge", hook=HOOK),)))
    follow(world)
    old = moment_of_asking(world.state)
    world.order("pause")
    world.order("retry")
    follow(world)

    answer(world, "hook", "passed", old)
    tick(world)

    assert world.state.phase == "moving"


def test_an_undo_that_is_answered_twice_is_one_undo() -> None:
    steps = (step(5_000, "edge", undo=HOOK), step(50_000, "edge", undo=HOOK))
    world = baking(canary(names=("edge",), steps=steps), steps=2)
    world.order("abort")
    follow(world)
    asked = moment_of_asking(world.state)

    answer(world, "undo", "passed", asked)
    tick(world)
    answer(world, "undo", "passed", asked)

    assert world.state.undone == 1


def test_an_answer_counts_through_a_pause() -> None:
    world = World(canary(names=("edge",), steps=(step(5_000, "edge", hook=HOOK),)))
    follow(world)
    asked = moment_of_asking(world.state)
    world.order("pause")

    answer(world, "hook", "passed", asked)
    world.order("resume")
    tick(world)

    assert world.state.phase == "baking"


@pytest.mark.parametrize("order", ["pass", "fail"])
def test_what_somebody_said_of_a_share_stands(order: Any) -> None:
    share = Gate(name="share", kind="share")
    world = baking(canary(names=("edge",), steps=(step(5_000, "edge", gates=(share,)),)))
    world.order(order, "share")
    said = world.state.gates["share"]

    world.tell(Shared(at=world.now, target="edge", verdict="off", detail="40 % seen"))

    assert world.state.gates["share"] == said


def test_promote_full_leaves_out_no_step_that_would_be_undone() -> None:
    steps = (step(5_000, "edge"), step(50_000, "edge", undo=HOOK), step(100_000, "edge"))
    world = baking(canary(names=("edge",), steps=steps))

    decision = world.order("promote-full")

    assert "hook" in decision.refusal
    assert world.state.step == 0


def test_routed_for_what_is_not_under_way_changes_nothing() -> None:
    world = baking(canary())
    before = world.state

    world.tell(Routed(at=world.now, target="edge", standing="failed", detail="late"))

    assert world.state == before


def test_counts_that_go_on_write_little_and_say_nothing_again() -> None:
    share = Gate(name="share", kind="share")
    world = baking(canary(names=("edge",), steps=(step(5_000, "edge", gates=(share,)),)))
    before = len(world.log)

    for number in range(60):
        world.now += 0.5
        world.tell(Shared(at=world.now, target="edge", verdict="off", detail=f"9 % seen ({number} requests)"))

    assert len(world.log) - before <= 3
    assert world.said().count("share-off") == 1


def test_routers_that_fail_during_a_pause_are_heard_and_lead_nowhere() -> None:
    world = World(canary(names=("edge",)))
    tick(world)
    tick(world)
    world.order("pause")

    world.tell(Routed(at=world.now, target="edge", standing="failed", detail="403"))

    assert (world.state.phase, world.state.target("edge").detail) == ("paused", "403")


def test_what_was_waited_for_on_the_way_there_is_forgotten_on_the_way_back() -> None:
    world = baking(canary())
    world.order("promote")
    world.tell(Routed(at=world.now, target="edge", standing="waiting", detail="waits for one"))

    world.order("abort")

    assert world.restores == ["flag"]
    assert world.state.target("edge").detail == ""


def test_evidence_goes_on_from_step_to_step() -> None:
    world = baking(canary(names=("edge",), analysis=judged()))
    first = world.state.evidence
    world.order("promote")
    follow(world)

    assert first is not None
    assert world.state.evidence is not None
    assert (first.starts, world.state.evidence.starts) == (1, 2)
