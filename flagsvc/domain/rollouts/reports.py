"""What is reported to a rollout: read-backs, answers, metrics, what others did. Only what is bad moves it. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from flagsvc.domain.analysis.judging import fresh, measured, primed
from flagsvc.domain.rollouts.decision import Decision
from flagsvc.domain.rollouts.events import Answered, Interfered, Measured, Note, Primed, Refused, Routed, Shared
from flagsvc.domain.rollouts.gates import answered, gates_of, moment_of_asking, shared
from flagsvc.domain.rollouts.plan import Plan
from flagsvc.domain.rollouts.state import GateStanding, RolloutState
from flagsvc.domain.rollouts.verdicts import is_measured, look
from flagsvc.domain.rollouts.wayback import fail, fail_undo, pause, turn_back, undo_of
from flagsvc.domain.rollouts.weights import judged_steps


def _routed(plan: Plan, state: RolloutState, event: Routed) -> Decision:
    target = state.target(event.target)
    if state.phase == "rolling-back":
        if target.standing == "restored" and event.standing == "applied":
            back = state.with_target(replace(target, standing="back", detail=""))
            return Decision(back, notes=(Note("restored", event.target),))
        return Decision(state)
    if target.standing != "placed":
        return Decision(state)
    if event.standing == "failed" and state.phase == "moving":
        return fail(plan, state, event.at, f"{event.target}: {event.detail}")
    if event.standing != "applied":
        return Decision(state.with_target(replace(target, detail=event.detail)))
    applied = state.with_target(replace(target, standing="applied", detail=""))
    current = [each.name for each in plan.moved_in(state.step)] if state.step >= 0 else []
    is_next = current[state.moved : state.moved + 1] == [event.target]
    return Decision(replace(applied, moved=state.moved + 1) if is_next else applied)


def _answered(plan: Plan, state: RolloutState, event: Answered) -> Decision:
    if event.asked not in {"", moment_of_asking(state)}:
        return Decision(state)
    if event.what in {"hook", "undo"}:
        return _hooked(plan, state, event)
    name = event.what.removeprefix("gate:")
    gate = next((gate for gate in gates_of(plan, state) if gate.name == name), None)
    if gate is None or name not in state.gates or state.gates[name].standing != "open":
        return Decision(state)
    after = answered(gate, state.gates[name], event)
    known = replace(state, gates={**state.gates, name: after})
    told = {"passed": "gate-passed", "failed": "gate-failed"}.get(after.standing)
    return Decision(known, notes=(Note(told, f"{name}: {after.detail}"),) if told else ())


def _hooked(plan: Plan, state: RolloutState, event: Answered) -> Decision:
    hook = state.hook
    if hook is None or hook.standing != "open" or (event.what == "undo") != (state.phase == "rolling-back"):
        return Decision(state)
    if event.what == "undo" and event.outcome == "passed":
        return Decision(replace(state, hook=None, undone=state.undone + 1))
    if event.what == "undo" and event.outcome == "failed":
        return fail_undo(plan, replace(state, hook=replace(hook, standing="failed", detail=event.detail)))
    standing: GateStanding = "open" if event.outcome == "waiting" else event.outcome
    step = plan.steps[undo_of(plan, state) or 0] if event.what == "undo" else plan.steps[state.step]
    asked = step.undo if event.what == "undo" else step.hook
    due = event.at + (asked.every_seconds if asked else 0.0)
    return Decision(replace(state, hook=replace(hook, standing=standing, detail=event.detail, due_at=due)))


def _measured(plan: Plan, state: RolloutState, event: Measured) -> Decision:
    if plan.analysis is None or state.evidence is None or not is_measured(plan, state):
        return Decision(state)
    evidence = state.evidence
    for measurement in event.measurements:
        evidence = measured(plan.analysis, evidence, measurement, judged_steps(plan))
    seen = look(plan, replace(state, evidence=evidence, lag_seconds=event.lag_seconds), event.at)
    if seen.state.verdict.informed:
        seen = replace(seen, state=replace(seen.state, known_at=event.at))
    if seen.state.verdict.kind != "unhealthy":
        return seen
    cause = seen.state.verdict.reason
    if event.budget:
        back = turn_back(plan, seen.state, event.at, cause, automatic=True)
        return replace(back, notes=(*seen.notes, *back.notes))
    if state.phase == "paused":
        told = (Note("budget", cause),) if seen.notes else ()
        return replace(seen, notes=(*seen.notes, *told))
    return pause(seen.state, event.at, cause, *seen.notes, Note("budget", cause))


def _primed(plan: Plan, state: RolloutState, event: Primed) -> Decision:
    if plan.analysis is None or state.primed:
        return Decision(state)
    evidence = state.evidence or fresh(plan.analysis, judged_steps(plan), event.at)
    return Decision(replace(state, primed=True, evidence=primed(plan.analysis, evidence, event.measurements)))


def _shared(plan: Plan, state: RolloutState, event: Shared) -> Decision:
    names = [gate.name for gate in gates_of(plan, state) if gate.kind == "share"]
    gates, notes = dict(state.gates), []
    for name in names:
        before = gates[name]
        if before.by:  # what somebody said of it stands
            continue
        after = shared(before, event)
        if after.tries and not before.tries:
            notes.append(Note("share-off", f"{event.target}: {event.detail}"))
        gates[name] = after
    return Decision(replace(state, gates=gates), notes=tuple(notes))


def _interfered(plan: Plan, state: RolloutState, event: Interfered) -> Decision:
    names = ", ".join(event.targets)
    note = Note("interfered", f"{names}: {event.detail}")
    if event.released:
        taken = (replace(state.target(name), released=True, detail=event.detail) for name in event.targets)
        given = state
        for target in taken:
            given = given.with_target(target)
        if state.phase == "rolling-back":
            return Decision(given, notes=(note,))
        back = turn_back(plan, given, event.at, f"{names} {event.detail}", automatic=False)
        return replace(back, notes=(note, *back.notes))
    if state.phase == "rolling-back":
        return _put_back_again(state, event, note)
    if state.phase in {"scheduled", "paused"}:
        return Decision(state)
    return pause(state, event.at, f"{names}: {event.detail}", note)


def _put_back_again(state: RolloutState, event: Interfered, note: Note) -> Decision:
    """Put back once more, after a while, what was put back and is no longer so, though nobody meant it."""
    lost = [each for each in map(state.target, event.targets) if each.standing == "restored" and not each.released]
    for target in lost:
        again = replace(target, standing="placed", refused_at=event.at, detail=event.detail)
        state = state.with_target(again)
    return Decision(state, notes=(note,) if lost else ())


def _refused(plan: Plan, state: RolloutState, event: Refused) -> Decision:
    note = Note("refused", f"{event.target}: {event.detail}")
    if state.phase == "rolling-back":
        target = state.target(event.target)
        known = replace(target, detail=event.detail, refused_at=event.at)
        return Decision(state.with_target(known), notes=() if target.detail == event.detail else (note,))
    if state.phase == "paused":
        return Decision(state)
    target = replace(state.target(event.target), standing="idle", detail=event.detail)
    failed = fail(plan, state.with_target(target), event.at, f"{event.target}: {event.detail}")
    return replace(failed, notes=(note, *failed.notes))


REPORTS: Mapping[str, Callable[[Plan, RolloutState, Any], Decision]] = {
    "routed": _routed,
    "answered": _answered,
    "measured": _measured,
    "primed": _primed,
    "shared": _shared,
    "interfered": _interfered,
    "refused": _refused,
}
