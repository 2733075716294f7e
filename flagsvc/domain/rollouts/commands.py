"""What people order a rollout to do. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from flagsvc.domain.rollouts.decision import Decision, words_of
from flagsvc.domain.rollouts.events import Command, Note
from flagsvc.domain.rollouts.gates import gates_of, moved_by_hand, refusal_by_hand
from flagsvc.domain.rollouts.onward import begin, end_step, enter_step, verify
from flagsvc.domain.rollouts.plan import Plan
from flagsvc.domain.rollouts.state import GateState, RolloutState
from flagsvc.domain.rollouts.wayback import pause, turn_back


def _start(plan: Plan, state: RolloutState, event: Command) -> Decision:
    return begin(plan, state, event.at)


def _pause(plan: Plan, state: RolloutState, event: Command) -> Decision:
    return pause(state, event.at, f"{event.by}: {event.reason}" if event.reason else event.by)


def _resume(plan: Plan, state: RolloutState, event: Command) -> Decision:
    """Go on; what failed is tried again, and whatever has a deadline gets it anew: nobody is late for a pause."""
    gates = {name: _tried_again(gate, event.at) for name, gate in state.gates.items()}
    hook = _tried_again(state.hook, event.at) if state.hook else None
    failed = [each for each in (*state.gates.values(), state.hook) if each and each.standing == "failed"]
    targets = tuple(replace(each, placed_at=event.at) if each.standing == "placed" else each for each in state.targets)
    on = replace(state, phase=state.resume_to, since=event.at, cause="", known_at=event.at, gates=gates, hook=hook)
    on = replace(on, targets=targets, attempt=state.attempt + bool(failed))
    return Decision(on, notes=(Note("resumed", words_of(event)),))


def _tried_again(gate: GateState, at: float) -> GateState:
    if gate.standing == "failed":
        return GateState(opened_at=at, due_at=at)
    return replace(gate, opened_at=at) if gate.standing == "open" else gate


def _retry(plan: Plan, state: RolloutState, event: Command) -> Decision:
    """Do the step under way once more: its weights, its hook, its gates."""
    said = Note("retried", words_of(event))
    if state.phase == "rolling-back":
        failed = state.hook is not None and state.hook.standing == "failed"
        again = replace(state, hook=None, attempt=state.attempt + 1) if failed else state
        return Decision(again, notes=(said,) if failed else ())
    state = replace(state, attempt=state.attempt + 1)
    if state.resume_to == "preparing" or state.step < 0:
        on = begin(plan, state, event.at)
    elif state.resume_to == "verifying":
        on = verify(plan, state, event.at)
    else:
        on = enter_step(plan, state, state.step, event.at)
    return replace(on, notes=(said, *on.notes), state=replace(on.state, cause=""))


def _promote(plan: Plan, state: RolloutState, event: Command) -> Decision:
    if state.phase == "paused" and state.resume_to not in {"baking", "verifying"}:
        return Decision(state, refusal=f"There is no step to end: it was paused while {state.resume_to}.")
    onward = replace(state, cause="", known_at=event.at)
    said = Note("promoted", words_of(event))
    after = end_step(plan, onward, event.at)
    return replace(after, notes=(said, *after.notes))


def _promote_full(plan: Plan, state: RolloutState, event: Command) -> Decision:
    """Go to the last step at once; what would be left out must be nothing but weights."""
    last = len(plan.steps) - 1
    if state.step >= last or (state.phase == "paused" and state.resume_to != "baking"):
        return Decision(state, refusal="There is no further step to go to.")
    if any(step.hook or step.undo for step in plan.steps[state.step + 1 : last]):
        return Decision(state, refusal="A step in between has a hook, which cannot be left out: promote step by step.")
    whole = {name: weight for step in plan.steps[state.step + 1 :] for name, weight in step.weights.items()}
    after = enter_step(plan, replace(state, cause=""), last, event.at)
    if set(whole) - set(plan.steps[last].weights):
        return Decision(state, refusal="The last step does not move everything: promote step by step.")
    return replace(after, notes=(Note("promoted", words_of(event)), *after.notes))


def _stop(plan: Plan, state: RolloutState, event: Command) -> Decision:
    return turn_back(plan, state, event.at, f"{event.order} by {words_of(event)}", automatic=False)


def _by_hand(plan: Plan, state: RolloutState, event: Command) -> Decision:
    if state.phase == "rolling-back":
        if state.hook is None or state.hook.standing != "failed":
            return Decision(state, refusal="There is nothing to pass on the way back.")
        return Decision(
            replace(state, hook=None, undone=state.undone + 1), notes=(Note("gate-passed", words_of(event)),)
        )
    refusal = refusal_by_hand(gates_of(plan, state), state.gates, event.gate)
    if refusal:
        return Decision(state, refusal=refusal)
    known = replace(state, gates={**state.gates, event.gate: moved_by_hand(state.gates[event.gate], event)})
    told = "gate-passed" if event.order == "pass" else "gate-failed"
    return Decision(known, notes=(Note(told, f"{event.gate}: {words_of(event)}"),))


COMMANDS: Mapping[str, Callable[[Plan, RolloutState, Command], Decision]] = {
    "start": _start,
    "pause": _pause,
    "resume": _resume,
    "retry": _retry,
    "promote": _promote,
    "promote-full": _promote_full,
    "abort": _stop,
    "roll-back": _stop,
    "pass": _by_hand,
    "fail": _by_hand,
}
