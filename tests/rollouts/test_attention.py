"""When somebody has to look at a rollout, and what is said about it."""

from dataclasses import replace
from typing import Any

import pytest

from flagsvc.domain.rollouts.attention import attention_of, open_gates
from flagsvc.domain.rollouts.plan import Plan
from flagsvc.domain.rollouts.state import RolloutState
from tests.rollouts.test_machine import baking, measure
from tests.rollouts.worlds import approval, canary, judged, step

UNKNOWN = 300.0


def _judged() -> Plan:
    return canary(analysis=judged(unknown_seconds=UNKNOWN, on_unknown="hold"))


def _gated(kind: Any) -> Plan:
    plan = canary()
    gate = replace(approval("gate", title="Four eyes"), kind=kind)
    return replace(plan, steps=(step(5_000, "edge", gates=(gate,)), *plan.steps[1:]))


def _said(plan: Plan, state: RolloutState, after: float = 0.0, *, by_hand: bool = False) -> str:
    return attention_of(plan, state, state.known_at + after, by_hand=by_hand)


def test_a_rollout_that_goes_its_way_needs_nobody() -> None:
    world = baking(canary())

    assert _said(world.plan, world.state) == ""


def test_the_way_back_needs_a_look() -> None:
    world = baking(canary())

    assert _said(world.plan, replace(world.state, phase="rolling-back", cause="errors")) == "Going back: errors."


@pytest.mark.parametrize(("by_hand", "said"), [(False, "Paused: the hook failed."), (True, "")])
def test_a_pause_needs_a_look_unless_a_person_wanted_it(by_hand: bool, said: str) -> None:  # noqa: FBT001
    world = baking(canary())
    state = replace(world.state, phase="paused", resume_to="baking", cause="the hook failed")

    assert _said(world.plan, state, by_hand=by_hand) == said


def test_a_candidate_that_is_unhealthy_needs_a_look_even_in_a_pause_that_a_person_wanted() -> None:
    world = baking(_judged())
    measure(world, 500.0, budget=False, windows=20)
    state = replace(world.state, phase="paused", resume_to="baking")

    assert state.verdict.kind == "unhealthy"
    assert _said(world.plan, state, by_hand=True).startswith("The candidate is unhealthy: ")


@pytest.mark.parametrize(("after", "needed"), [(UNKNOWN - 1, False), (UNKNOWN, True)])
def test_silence_needs_a_look_once_it_is_longer_than_the_plan_allows(after: float, needed: bool) -> None:  # noqa: FBT001
    world = baking(_judged())
    measure(world, None)

    said = _said(world.plan, world.state, after)

    assert bool(said) is needed
    assert said.startswith("Nothing is known of the candidate for 5 minutes: " if needed else "")


def test_data_that_does_not_decide_is_no_silence() -> None:
    world = baking(_judged())
    measure(world, 10.0)

    assert world.state.verdict.informed
    assert _said(world.plan, world.state, UNKNOWN) == ""


@pytest.mark.parametrize("kind", ["approval", "checklist"])
def test_a_gate_that_only_people_pass_needs_one(kind: str) -> None:
    world = baking(_gated(kind))

    assert _said(world.plan, world.state) == "Waits for somebody: “Four eyes”."
    assert [gate.name for gate in open_gates(world.plan, world.state)] == ["gate"]


@pytest.mark.parametrize("kind", ["smoke", "webhook", "share"])
def test_a_gate_that_opens_by_itself_needs_nobody(kind: str) -> None:
    world = baking(_gated(kind))

    assert _said(world.plan, world.state) == ""
    assert [gate.kind for gate in open_gates(world.plan, world.state)] == [kind]


def test_a_gate_that_is_passed_is_waited_for_no_more() -> None:
    world = baking(_gated("approval"))
    passed = {name: replace(gate, standing="passed") for name, gate in world.state.gates.items()}
    state = replace(world.state, gates=passed)

    assert (open_gates(world.plan, state), _said(world.plan, state)) == ((), "")


@pytest.mark.parametrize("phase", ["succeeded", "rolled-back", "aborted"])
def test_what_has_ended_needs_nobody(phase: Any) -> None:
    world = baking(_gated("approval"))
    state = replace(world.state, phase=phase, cause="errors")

    assert (_said(world.plan, state), open_gates(world.plan, state)) == ("", ())
