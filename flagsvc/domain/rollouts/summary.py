"""Where a rollout stands, in one or two sentences: what somebody wants to know who was woken up."""

from collections.abc import Callable, Mapping

from flagsvc.domain.instants import said_of
from flagsvc.domain.rollouts.gates import gates_of
from flagsvc.domain.rollouts.plan import Plan
from flagsvc.domain.rollouts.state import Phase, RolloutState


def summary_of(plan: Plan, state: RolloutState) -> str:
    """Say it."""
    said = _PHASES[state.phase](plan, state)
    return f"{said} Held by a freeze: {state.frozen}." if state.frozen else said


def _scheduled(plan: Plan, state: RolloutState) -> str:
    return f"Starts at {said_of(state.start_at)}." if state.start_at else "About to start."


def _preparing(plan: Plan, state: RolloutState) -> str:
    waits = _waits(plan, state)
    return f"Not begun yet: waits for {waits}." if waits else "About to begin."


def _moving(plan: Plan, state: RolloutState) -> str:
    there = f"{state.moved} of {len(plan.moved_in(state.step))} targets read back"
    hook = "; waits for its hook" if state.hook else ""
    return f"{_where(plan, state)}: weights are being moved, {there}{hook}."


def _baking(plan: Plan, state: RolloutState) -> str:
    waits, hold = _waits(plan, state), plan.steps[state.step].hold_seconds
    verdict = f" The candidate is {state.verdict.kind}: {state.verdict.reason}." if state.evidence else ""
    ends = f"holds until {said_of(state.held_since + hold)}" if hold else ""
    does = " and ".join(filter(None, (ends, f"waits for {waits}" if waits else ""))) or "is about to end"
    return f"{_where(plan, state)}: {does}.{verdict}"


def _verifying(plan: Plan, state: RolloutState) -> str:
    waits = _waits(plan, state)
    return f"Every step is done; the end waits for {waits}." if waits else "Every step is done."


def _paused(plan: Plan, state: RolloutState) -> str:
    where = f" in {_where(plan, state).lower()}" if state.step >= 0 else ""
    return f"Paused{where}: {state.cause}. Weights stay as they are; `resume`, `retry` or `abort`."


def _rolling_back(plan: Plan, state: RolloutState) -> str:
    moved = [target for target in state.targets if target.saved and not target.released]
    there = sum(target.standing == "back" for target in moved)
    return f"Going back, {there} of {len(moved)} targets are there and read back: {state.cause}."


def _rolled_back(plan: Plan, state: RolloutState) -> str:
    took = state.ended_at - state.back_since
    return f"Rolled back, and read back from all in {took:.1f} s: {state.cause}."


def _aborted(plan: Plan, state: RolloutState) -> str:
    return f"Ended before anything was moved: {state.cause}."


def _succeeded(plan: Plan, state: RolloutState) -> str:
    return f"Done.{f' Left to do: {plan.reminder}' if plan.reminder else ''}"


_PHASES: Mapping[Phase, Callable[[Plan, RolloutState], str]] = {
    "scheduled": _scheduled,
    "preparing": _preparing,
    "moving": _moving,
    "baking": _baking,
    "verifying": _verifying,
    "paused": _paused,
    "rolling-back": _rolling_back,
    "rolled-back": _rolled_back,
    "aborted": _aborted,
    "succeeded": _succeeded,
}


def _where(plan: Plan, state: RolloutState) -> str:
    return f"Step {state.step + 1} of {len(plan.steps)} ({plan.steps[state.step].name})"


def _waits(plan: Plan, state: RolloutState) -> str:
    names = (f"“{gate.title or gate.name}”" for gate in gates_of(plan, state) if _is_open(state, gate.name))
    return ", ".join(names)


def _is_open(state: RolloutState, name: str) -> bool:
    return name in state.gates and state.gates[name].standing != "passed"
