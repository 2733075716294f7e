"""The weights that a plan's steps give to candidates, and which steps leave something to compare. Pure."""

from collections.abc import Mapping

from flagsdk.core.allocation import WHOLE
from flagsvc.domain.rollouts.plan import Plan
from flagsvc.domain.rollouts.state import RolloutState


def weights_at(plan: Plan, step: int) -> dict[str, int]:
    """Give the weight of each target's candidate when a step is in force; a target that nobody moved yet is missing."""
    weights: dict[str, int] = {}
    for target in plan.targets:
        for each in plan.steps[: step + 1]:
            if target.name in each.weights:
                weights[target.name] = weight_of(each.weights[target.name], target.candidate)
    return weights


def coming_weights(plan: Plan, state: RolloutState) -> dict[str, int]:
    """Give the weight of each target's candidate that comes next and is another one; nothing comes on the way back."""
    coming: dict[str, int] = {}
    steps = () if state.phase == "rolling-back" else plan.steps[max(state.step, 0) :]
    for target in plan.targets:
        named = (each.weights[target.name] for each in steps if target.name in each.weights)
        weights = (weight_of(found, target.candidate) for found in named)
        another = next((weight for weight in weights if weight != state.target(target.name).weight), None)
        if another is not None:
            coming[target.name] = another
    return coming


def weight_of(found: int | Mapping[str, int], candidate: str) -> int:
    """Give the candidate's weight of what a step says for a target."""
    return found if isinstance(found, int) else found.get(candidate, 0)


def is_judged(plan: Plan, step: int) -> bool:
    """Whether there is something to compare in a step: both sides get traffic, or somebody else moves it."""
    if plan.analysis is None or not 0 <= step < len(plan.steps):
        return False
    return not plan.targets or any(0 < weight < WHOLE for weight in weights_at(plan, step).values())


def judged_steps(plan: Plan) -> int:
    """Count the steps that are judged: the starts that the sequential test pays for in advance."""
    return max(1, sum(is_judged(plan, step) for step in range(len(plan.steps))))
