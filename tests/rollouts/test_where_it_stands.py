"""Where a rollout stands in words: what is waited for, and nothing that is not so."""

from dataclasses import replace

import pytest

from flagsvc.domain.rollouts.plan import Plan
from flagsvc.domain.rollouts.state import Phase
from flagsvc.domain.rollouts.summary import summary_of
from tests.rollouts.test_machine import baking
from tests.rollouts.worlds import approval, canary, step


@pytest.mark.parametrize(("phase", "said"), [("preparing", "About to begin."), ("verifying", "Every step is done.")])
def test_where_no_gate_is_open_nothing_is_said_to_be_waited_for(phase: Phase, said: str) -> None:
    world = baking(canary())

    assert summary_of(world.plan, replace(world.state, phase=phase, gates={})) == said


def with_hold(hold: float, *gates: str) -> Plan:
    plan = canary()
    first = step(10_000, "edge", hold=hold, gates=tuple(approval(gate) for gate in gates))
    return replace(plan, steps=(first, *plan.steps[1:]))


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (with_hold(60.0), "UTC."),
        (with_hold(60.0, "ada", "bob"), "UTC and waits for “ada”, “bob”."),
        (with_hold(0.0, "ada"), "): waits for “ada”."),
    ],
)
def test_a_step_says_how_long_it_holds_and_for_whom_it_waits_where_it_does(plan: Plan, said: str) -> None:
    world = baking(plan)

    assert said in summary_of(world.plan, world.state)
