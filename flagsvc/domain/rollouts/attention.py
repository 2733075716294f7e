"""Whether somebody has to look at a rollout now, and why. Pure."""

from collections.abc import Iterator

from flagsvc.domain.rollouts.gates import BY_PEOPLE, gates_of
from flagsvc.domain.rollouts.plan import Gate, Plan
from flagsvc.domain.rollouts.state import TERMINAL, RolloutState

MEASURED = frozenset({"baking", "paused"})


def attention_of(plan: Plan, state: RolloutState, now: float, *, by_hand: bool) -> str:
    """Say why somebody has to look, the most urgent reason alone; "" where nobody has to, and once it has ended.

    `now` in Unix seconds; `by_hand`: of a paused rollout, that a person paused it.
    """
    if state.phase in TERMINAL:
        return ""
    return next(_reasons(plan, state, now, by_hand=by_hand), "")


def open_gates(plan: Plan, state: RolloutState) -> tuple[Gate, ...]:
    """Give the gates that a rollout waits for now."""
    if state.phase in TERMINAL:
        return ()
    return tuple(gate for gate in gates_of(plan, state) if _is_open(state, gate.name))


def _reasons(plan: Plan, state: RolloutState, now: float, *, by_hand: bool) -> Iterator[str]:
    if state.phase == "rolling-back":
        yield f"Going back: {state.cause}."
    if state.phase == "paused" and not by_hand:
        yield f"Paused: {state.cause}."
    if state.phase in MEASURED and state.evidence and state.verdict.kind == "unhealthy":
        yield f"The candidate is unhealthy: {state.verdict.reason}."
    if unknown := _unknown_for(plan, state, now):
        yield f"Nothing is known of the candidate for {unknown / 60:.0f} minutes: {state.verdict.reason}."
    waits = [f"“{gate.title or gate.name}”" for gate in open_gates(plan, state) if gate.kind in BY_PEOPLE]
    if waits:
        yield f"Waits for somebody: {', '.join(waits)}."


def _unknown_for(plan: Plan, state: RolloutState, now: float) -> float:
    """Seconds for which nothing was heard that would decide, where that is longer than the plan allows; else 0."""
    if plan.analysis is None or state.evidence is None or state.phase != "baking" or state.verdict.informed:
        return 0.0
    silent = now - state.known_at
    return silent if silent >= plan.analysis.unknown_seconds else 0.0


def _is_open(state: RolloutState, name: str) -> bool:
    return name in state.gates and state.gates[name].standing == "open"
