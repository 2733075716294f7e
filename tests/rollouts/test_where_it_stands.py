"""Where a rollout stands in words: what is waited for, and nothing that is not so."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from flagsvc.domain.rollouts.plan import Plan, PlanTarget, Step
from flagsvc.domain.rollouts.state import Phase, RolloutState, TargetState
from flagsvc.domain.rollouts.summary import summary_of
from flagsvc.domain.rollouts.weights import coming_weights
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


@pytest.mark.parametrize(
    ("phase", "step", "weight", "coming"),
    [
        ("scheduled", -1, None, {"edge": 10_000}),
        ("baking", 0, 10_000, {"edge": 50_000}),  # the second step leaves it where it is
        ("moving", 2, 10_000, {"edge": 50_000}),  # not placed yet: it is still to come
        ("moving", 2, 50_000, {"edge": 100_000}),
        ("paused", 2, 50_000, {"edge": 100_000}),
        ("verifying", 3, 100_000, {}),
        ("rolling-back", 0, 10_000, {}),
    ],
)
def test_the_weight_that_comes_next_is_the_next_other_one(
    phase: Phase, step: int, weight: int | None, coming: dict[str, int]
) -> None:
    target = PlanTarget(name="edge", kind="split", key="s", candidate="canary", baseline="stable")
    whole = {"canary": 100_000, "stable": 0}
    weights: list[dict[str, int | Mapping[str, int]]] = [{"edge": 10_000}, {}, {"edge": 50_000}, {"edge": whole}]
    steps = tuple(Step(name=str(index), weights=each) for index, each in enumerate(weights))
    plan = Plan(strategy="canary", targets=(target,), steps=steps)
    state = RolloutState(phase=phase, step=step, targets=(TargetState(name="edge", weight=weight),))

    assert coming_weights(plan, state) == coming
