"""The check before a rollout, steps: whether they wait for what they mean to wait for. Needs nothing but the plan."""

from collections.abc import Iterator

from flagsvc.domain.analysis.spec import Analysis
from flagsvc.domain.durations import duration_of
from flagsvc.domain.rollouts.finding import Finding, warning
from flagsvc.domain.rollouts.plan import Plan, Step
from flagsvc.domain.rollouts.weights import is_judged


def step_findings(plan: Plan) -> Iterator[Finding]:
    """Find steps that judge nothing, or cannot; and a downtime that nobody is told of."""
    if plan.strategy == "recreate" and not plan.downtime:
        detail = "Nobody is served between stop and start: say in 'downtime' for how long."
        yield warning(("downtime",), "downtime-unsaid", detail)
    if plan.analysis is None:
        return
    judged = [index for index in range(len(plan.steps)) if is_judged(plan, index)]
    if not judged:
        detail = "Nothing is judged: there is no step in which both sides get traffic to compare."
        yield warning(("analysis",), "never-judged", detail)
    for index in judged:
        yield from _too_short(plan.analysis, index, plan.steps[index])


def _too_short(analysis: Analysis, index: int, step: Step) -> Iterator[Finding]:
    needed = analysis.warmup_seconds + analysis.every_seconds
    if step.hold_seconds < needed:
        detail = (
            f"The step {step.name!r} holds for {duration_of(step.hold_seconds)}, but its first window is over after "
            f"{duration_of(needed)}: it waits for a verdict longer than it says."
        )
        yield warning(("steps", index, "hold"), "hold-too-short", detail)
