"""What time alone does to a rollout, in each phase. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from flagsvc.domain.rollouts.causes import NOTHING_KNOWN
from flagsvc.domain.rollouts.decision import Decision
from flagsvc.domain.rollouts.events import Note, Tick
from flagsvc.domain.rollouts.gates import gates_of, passed_all, trouble
from flagsvc.domain.rollouts.onward import begin, end_step, enter_step, move_on, stay_frozen, succeed, thaw
from flagsvc.domain.rollouts.plan import Plan
from flagsvc.domain.rollouts.state import Phase, RolloutState
from flagsvc.domain.rollouts.verdicts import gates_with_verdict, is_measured, is_over, look
from flagsvc.domain.rollouts.wayback import fail, go_back, pause, turn_back


def tick(plan: Plan, state: RolloutState, event: Tick) -> Decision:
    """Do what is due."""
    return _TICKS[state.phase](plan, state, event)


def _scheduled(plan: Plan, state: RolloutState, event: Tick) -> Decision:
    if event.at < state.start_at:
        return Decision(state)
    return stay_frozen(state, event) or begin(plan, thaw(state), event.at)


def _preparing(plan: Plan, state: RolloutState, event: Tick) -> Decision:
    if failure := trouble(gates_of(plan, state), state.gates, event.at):
        return fail(plan, state, event.at, failure)
    if not passed_all(state.gates):
        return Decision(state)
    return stay_frozen(state, event) or enter_step(plan, thaw(state), 0, event.at)


def _baking(plan: Plan, state: RolloutState, event: Tick) -> Decision:
    if failure := trouble(gates_of(plan, state), state.gates, event.at):
        return fail(plan, state, event.at, failure)
    seen = look(plan, state, event.at)
    ignorance = _ignorance(plan, seen.state, event.at)
    if ignorance is not None:
        return ignorance
    if not is_over(plan, seen.state, event.at):
        return seen
    return stay_frozen(seen.state, event) or end_step(plan, thaw(seen.state), event.at)


def _verifying(plan: Plan, state: RolloutState, event: Tick) -> Decision:
    if failure := trouble(gates_of(plan, state), state.gates, event.at):
        return fail(plan, state, event.at, failure)
    return succeed(plan, state, event.at) if passed_all(gates_with_verdict(plan, state)) else Decision(state)


def _stay(plan: Plan, state: RolloutState, event: Tick) -> Decision:
    return Decision(state)


def _ignorance(plan: Plan, state: RolloutState, at: float) -> Decision | None:
    """Do what the plan says when nothing was known for too long; None when something is, or it holds."""
    analysis = plan.analysis
    if analysis is None or not is_measured(plan, state) or state.verdict.informed:
        return None
    if at - state.known_at < analysis.unknown_seconds or analysis.on_unknown == "hold":
        return None
    cause = f"{NOTHING_KNOWN} {analysis.unknown_seconds:g} s: {state.verdict.reason}"
    note = Note("unknown", cause)
    if analysis.on_unknown == "pause":
        return pause(state, at, cause, note)
    back = turn_back(plan, state, at, cause, automatic=True)
    return replace(back, notes=(note, *back.notes))


_TICKS: Mapping[Phase, Callable[[Plan, RolloutState, Tick], Decision]] = {
    "scheduled": _scheduled,
    "preparing": _preparing,
    "moving": move_on,
    "baking": _baking,
    "verifying": _verifying,
    "paused": _stay,
    "rolling-back": go_back,
}
