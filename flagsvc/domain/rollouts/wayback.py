"""The way back: targets in reverse order, hooks undone, read-backs awaited; and stopping instead. Pure."""

from dataclasses import replace

from flagsvc.domain.rollouts.decision import Decision
from flagsvc.domain.rollouts.events import Note, Restore, Tick
from flagsvc.domain.rollouts.plan import Plan
from flagsvc.domain.rollouts.state import GateState, RolloutState, TargetState

RETRY_SECONDS = 5.0
"""How soon what could not be put back is tried again."""


def pause(state: RolloutState, at: float, cause: str, *notes: Note) -> Decision:
    """Stay where it is, whatever comes, until somebody says otherwise."""
    resume_to = state.resume_to if state.phase == "paused" else state.phase
    held = replace(state, phase="paused", since=at, resume_to=resume_to, cause=cause)
    return Decision(held, notes=(*notes, Note("paused", cause)))


def fail(plan: Plan, state: RolloutState, at: float, cause: str) -> Decision:
    """Do what the plan says of a failure."""
    if plan.on_failure == "pause":
        return pause(state, at, cause)
    return turn_back(plan, state, at, cause, automatic=True)


def turn_back(plan: Plan, state: RolloutState, at: float, cause: str, *, automatic: bool) -> Decision:
    """Turn back, the last target first, and that one at once; what moved nothing is over."""
    moved = any(target.saved and not target.released for target in state.targets)
    undoes = any(step.undo for step in plan.steps[: state.begun])
    targets = tuple(replace(target, detail="") for target in state.targets)  # what they waited for on the way there
    on = replace(state, since=at, cause=cause, automatic=automatic, hook=None, frozen="", targets=targets)
    if not moved and not undoes:
        return Decision(replace(on, phase="aborted", ended_at=at), notes=(Note("aborted", cause),))
    back = replace(on, phase="rolling-back", back_since=at, undone=0)
    first = go_back(plan, back, Tick(at=at))
    return replace(first, notes=(Note("rolling-back", cause), *first.notes))


def go_back(plan: Plan, state: RolloutState, event: Tick) -> Decision:
    """Put back one target after the other, the last one first; then undo what steps did; then wait for read-backs."""
    if plan.back == "hooks-first" and not _is_undone(plan, state):
        return _undo(plan, state, event.at)
    pending = [target for target in reversed(state.targets) if _is_to_go_back(target)]
    due = next((target for target in pending if event.at - target.refused_at >= RETRY_SECONDS), None)
    if due is not None:
        return Decision(state, (Restore(due.name),))
    if not _is_undone(plan, state):
        return _undo(plan, state, event.at)
    if pending or any(target.standing == "restored" and not target.released for target in state.targets):
        return _late(plan, state, event.at)
    ended = replace(state, phase="rolled-back", since=event.at, ended_at=event.at)
    took = f"{event.at - state.back_since:.2f} s"
    return Decision(ended, notes=(Note("rolled-back", f"read back from all in {took}; {state.cause}"),))


def _is_to_go_back(target: TargetState) -> bool:
    return bool(target.saved) and not target.released and target.standing not in {"restored", "back"}


def _late(plan: Plan, state: RolloutState, at: float) -> Decision:
    if state.late or at - state.back_since <= plan.apply_seconds:
        return Decision(state)
    going = [each for each in state.targets if not each.released]
    missing = ", ".join(each.name for each in going if _is_to_go_back(each) or each.standing == "restored")
    return Decision(replace(state, late=True), notes=(Note("late", f"not read back yet: {missing}"),))


def undo_of(plan: Plan, state: RolloutState) -> int | None:
    """Give the step whose hook is to be undone next, the last one first; None when all are."""
    begun = [index for index in range(state.begun) if plan.steps[index].undo is not None][::-1]
    return begun[state.undone] if state.undone < len(begun) else None


def _is_undone(plan: Plan, state: RolloutState) -> bool:
    return undo_of(plan, state) is None


def _undo(plan: Plan, state: RolloutState, at: float) -> Decision:
    if state.hook is None:
        return Decision(replace(state, hook=GateState(opened_at=at, due_at=at)))
    index = undo_of(plan, state)
    undo = plan.steps[index].undo if index is not None else None
    if state.hook.standing == "open" and undo is not None and at - state.hook.opened_at > undo.deadline_seconds:
        failed = replace(state.hook, standing="failed", detail=f"no answer in time: {state.hook.detail}")
        return fail_undo(plan, replace(state, hook=failed))
    return Decision(state)


def fail_undo(plan: Plan, state: RolloutState) -> Decision:
    """Take in that a hook could not be undone: somebody has to decide."""
    detail = state.hook.detail if state.hook else ""
    return Decision(state, notes=(Note("undo-failed", f"{detail}; `retry` asks again, `pass` goes on without it"),))
