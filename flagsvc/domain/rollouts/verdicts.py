"""What the metrics say of the step under way, and whether it may end. Pure."""

from collections.abc import Mapping
from dataclasses import replace

from flagsvc.domain.analysis.judging import verdict_of
from flagsvc.domain.analysis.measurement import NOTHING, Verdict
from flagsvc.domain.rollouts.decision import Decision
from flagsvc.domain.rollouts.events import Note
from flagsvc.domain.rollouts.gates import gates_of, passed_all
from flagsvc.domain.rollouts.plan import Plan
from flagsvc.domain.rollouts.state import GateState, RolloutState
from flagsvc.domain.rollouts.weights import is_judged, judged_steps


def is_measured(plan: Plan, state: RolloutState) -> bool:
    """Whether metrics are to be read now."""
    phase = state.resume_to if state.phase == "paused" else state.phase
    return state.evidence is not None and phase in {"baking", "verifying"} and is_judged(plan, state.step)


def look(plan: Plan, state: RolloutState, at: float) -> Decision:
    """Judge as of now; a verdict that was not heard again grows stale by itself."""
    if not is_measured(plan, state):
        return Decision(state)
    verdict = judge(plan, state, at)
    told = (Note("verdict", f"{verdict.kind}: {verdict.reason}"),) if verdict.kind != state.verdict.kind else ()
    return Decision(replace(state, verdict=verdict), notes=told)


def judge(plan: Plan, state: RolloutState, at: float) -> Verdict:
    """Give the verdict as of now."""
    if plan.analysis is None or state.evidence is None:
        return NOTHING
    return verdict_of(plan.analysis, state.evidence, at - state.lag_seconds, judged_steps(plan))


def is_over(plan: Plan, state: RolloutState, at: float) -> bool:
    """Whether the step under way may end: its hold is over, every gate passed, and where it is judged, healthy."""
    step = plan.steps[state.step]
    if at - state.held_since < step.hold_seconds or not passed_all(gates_with_verdict(plan, state)):
        return False
    return not is_judged(plan, state.step) or state.verdict.kind == "healthy"


def gates_with_verdict(plan: Plan, state: RolloutState) -> Mapping[str, GateState]:
    """Give the gates, those of kind analysis as the verdict says."""
    judged = {gate.name for gate in gates_of(plan, state) if gate.kind == "analysis"}
    healthy = GateState(standing="passed" if state.verdict.kind == "healthy" else "open")
    return {name: healthy if name in judged else gate for name, gate in state.gates.items()}
