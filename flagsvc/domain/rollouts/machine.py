"""The machine of a rollout: what each event does in each phase. Everything that moves a rollout is here. Pure.

Facts are only taken in; a tick advances, and a bad verdict, a failure or a command leads back. Effects are done in the
transaction that stores the state, or not at all.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from flagsdk.core.allocation import WHOLE
from flagsvc.domain.analysis.judging import fresh, measured, primed, step_begun, verdict_of
from flagsvc.domain.analysis.measurement import NOTHING, Verdict
from flagsvc.domain.rollouts.causes import NOTHING_KNOWN
from flagsvc.domain.rollouts.events import (
    Answered,
    Command,
    Effect,
    Event,
    Interfered,
    Measured,
    Move,
    Note,
    Primed,
    Refused,
    Restore,
    Routed,
    Shared,
    Tick,
)
from flagsvc.domain.rollouts.gates import (
    answered,
    gates_of,
    moment_of_asking,
    moved_by_hand,
    opened,
    passed_all,
    refusal_by_hand,
    shared,
    trouble,
)
from flagsvc.domain.rollouts.plan import Gate, Plan
from flagsvc.domain.rollouts.state import GateStanding, GateState, Phase, RolloutState, TargetState

RETRY_SECONDS = 5.0
"""How soon what could not be put back is tried again."""


@dataclass(frozen=True, slots=True)
class Decision:
    """The new state, what has to be done with it, and what to say. `refusal`: why the event was not accepted."""

    state: RolloutState
    effects: tuple[Effect, ...] = ()
    notes: tuple[Note, ...] = ()
    refusal: str = ""


_FACTS = frozenset({"tick", "routed", "answered", "measured", "primed", "shared", "interfered", "refused"})
_STOPS = frozenset({"pause", "abort", "roll-back"})

ACCEPTED: Mapping[Phase, frozenset[str]] = {
    "scheduled": frozenset({"tick", "start", "interfered", "abort"}),
    "preparing": frozenset({"tick", "answered", "primed", "refused", "interfered", "pass", "fail"}) | _STOPS,
    "moving": frozenset({"tick", "routed", "answered", "primed", "refused", "interfered", "pass", "fail"}) | _STOPS,
    "baking": _FACTS | _STOPS | {"promote", "promote-full", "pass", "fail"},
    "verifying": _FACTS | _STOPS | {"promote", "pass", "fail"},
    "paused": _FACTS | {"resume", "retry", "promote", "promote-full", "abort", "roll-back", "pass", "fail"},
    "rolling-back": frozenset({"tick", "routed", "answered", "refused", "interfered", "retry", "pass"}),
    "succeeded": frozenset(),
    "rolled-back": frozenset(),
    "aborted": frozenset(),
}
"""Which events each phase takes: commands by their order, everything else by its kind."""

ALREADY: Mapping[str, frozenset[Phase]] = {
    "start": frozenset({"preparing", "moving", "baking", "verifying"}),
    "pause": frozenset({"paused"}),
    "resume": frozenset({"preparing", "moving", "baking", "verifying"}),
    "abort": frozenset({"rolling-back", "rolled-back", "aborted"}),
    "roll-back": frozenset({"rolling-back", "rolled-back", "aborted"}),
}
"""Commands that were done already, so that asking twice is asking once."""


def kind_of(event: Event) -> str:
    """Give the word of ACCEPTED for an event."""
    return event.order if isinstance(event, Command) else type(event).__name__.lower()


def decide(plan: Plan, state: RolloutState, event: Event) -> Decision:
    """Say what becomes of a rollout when this happens."""
    kind = kind_of(event)
    if kind not in ACCEPTED[state.phase]:
        done = state.phase in ALREADY.get(kind, ())
        return Decision(state, refusal="" if done else f"A rollout that is {state.phase} does not take {kind!r}.")
    return _HANDLERS[kind](plan, state, event)


def scheduled(plan: Plan, start_at: float, now: float) -> RolloutState:
    """Give the state of a new rollout; with `start_at` 0 it begins at the first tick."""
    targets = tuple(TargetState(name=target.name) for target in plan.targets)
    return RolloutState(since=now, start_at=start_at, targets=targets)


def placed(state: RolloutState, name: str, before: tuple[str, int], after: tuple[str, int], at: float) -> RolloutState:
    """Take in that a target was moved: what its place held before and holds now, each with the document's version."""
    target = state.target(name)
    if not target.saved:
        target = replace(target, saved=before[0], saved_version=before[1])
    moved = replace(target, placed=after[0], placed_version=after[1], placed_at=at, standing="placed", detail="")
    return state.with_target(moved)


def restored(state: RolloutState, name: str, after: tuple[str, int], at: float) -> RolloutState:
    """Take in that a target holds what it held before the rollout."""
    target = replace(state.target(name), placed=after[0], placed_version=after[1], placed_at=at)
    return state.with_target(replace(target, standing="restored", weight=None, detail=""))


def weights_at(plan: Plan, step: int) -> dict[str, int]:
    """Give the weight of each target's candidate when a step is in force; a target that nobody moved yet is missing."""
    weights: dict[str, int] = {}
    for target in plan.targets:
        for each in plan.steps[: step + 1]:
            if target.name in each.weights:
                weights[target.name] = _weight_of(each.weights[target.name], target.candidate)
    return weights


def coming_weights(plan: Plan, state: RolloutState) -> dict[str, int]:
    """Give the weight of each target's candidate that comes next and is another one; nothing comes on the way back."""
    coming: dict[str, int] = {}
    steps = () if state.phase == "rolling-back" else plan.steps[max(state.step, 0) :]
    for target in plan.targets:
        named = (each.weights[target.name] for each in steps if target.name in each.weights)
        weights = (_weight_of(found, target.candidate) for found in named)
        another = next((weight for weight in weights if weight != state.target(target.name).weight), None)
        if another is not None:
            coming[target.name] = another
    return coming


def _weight_of(found: int | Mapping[str, int], candidate: str) -> int:
    return found if isinstance(found, int) else found.get(candidate, 0)


def is_judged(plan: Plan, step: int) -> bool:
    """Whether there is something to compare in a step: both sides get traffic, or somebody else moves it."""
    if plan.analysis is None or not 0 <= step < len(plan.steps):
        return False
    return not plan.targets or any(0 < weight < WHOLE for weight in weights_at(plan, step).values())


def judged_steps(plan: Plan) -> int:
    """Count the steps that are judged: the starts that the sequential test pays for in advance."""
    return max(1, sum(is_judged(plan, step) for step in range(len(plan.steps))))


def is_measured(plan: Plan, state: RolloutState) -> bool:
    """Whether metrics are to be read now."""
    phase = state.resume_to if state.phase == "paused" else state.phase
    return state.evidence is not None and phase in {"baking", "verifying"} and is_judged(plan, state.step)


def _start(plan: Plan, state: RolloutState, event: Command) -> Decision:
    return _begin(plan, state, event.at)


def _begin(plan: Plan, state: RolloutState, at: float) -> Decision:
    gates = opened(plan.before, at)
    begun = replace(state, phase="preparing", since=at, started_at=at, gates=gates, known_at=at)
    return Decision(begun, notes=(Note("started", plan.strategy), *_asked(plan.before)))


def _pause(plan: Plan, state: RolloutState, event: Command) -> Decision:
    return _paused(state, event.at, f"{event.by}: {event.reason}" if event.reason else event.by)


def _paused(state: RolloutState, at: float, cause: str, *notes: Note) -> Decision:
    resume_to = state.resume_to if state.phase == "paused" else state.phase
    held = replace(state, phase="paused", since=at, resume_to=resume_to, cause=cause)
    return Decision(held, notes=(*notes, Note("paused", cause)))


def _resume(plan: Plan, state: RolloutState, event: Command) -> Decision:
    """Go on; what failed is tried again, and whatever has a deadline gets it anew: nobody is late for a pause."""
    gates = {name: _tried_again(gate, event.at) for name, gate in state.gates.items()}
    hook = _tried_again(state.hook, event.at) if state.hook else None
    failed = [each for each in (*state.gates.values(), state.hook) if each and each.standing == "failed"]
    targets = tuple(replace(each, placed_at=event.at) if each.standing == "placed" else each for each in state.targets)
    on = replace(state, phase=state.resume_to, since=event.at, cause="", known_at=event.at, gates=gates, hook=hook)
    on = replace(on, targets=targets, attempt=state.attempt + bool(failed))
    return Decision(on, notes=(Note("resumed", _words(event)),))


def _tried_again(gate: GateState, at: float) -> GateState:
    if gate.standing == "failed":
        return GateState(opened_at=at, due_at=at)
    return replace(gate, opened_at=at) if gate.standing == "open" else gate


def _retry(plan: Plan, state: RolloutState, event: Command) -> Decision:
    """Do the step under way once more: its weights, its hook, its gates."""
    said = Note("retried", _words(event))
    if state.phase == "rolling-back":
        failed = state.hook is not None and state.hook.standing == "failed"
        again = replace(state, hook=None, attempt=state.attempt + 1) if failed else state
        return Decision(again, notes=(said,) if failed else ())
    state = replace(state, attempt=state.attempt + 1)
    if state.resume_to == "preparing" or state.step < 0:
        on = _begin(plan, state, event.at)
    elif state.resume_to == "verifying":
        on = _verify(plan, state, event.at)
    else:
        on = _step(plan, state, state.step, event.at)
    return replace(on, notes=(said, *on.notes), state=replace(on.state, cause=""))


def _promote(plan: Plan, state: RolloutState, event: Command) -> Decision:
    if state.phase == "paused" and state.resume_to not in {"baking", "verifying"}:
        return Decision(state, refusal=f"There is no step to end: it was paused while {state.resume_to}.")
    onward = replace(state, cause="", known_at=event.at)
    said = Note("promoted", _words(event))
    after = _next(plan, onward, event.at)
    return replace(after, notes=(said, *after.notes))


def _promote_full(plan: Plan, state: RolloutState, event: Command) -> Decision:
    """Go to the last step at once; what would be left out must be nothing but weights."""
    last = len(plan.steps) - 1
    if state.step >= last or (state.phase == "paused" and state.resume_to != "baking"):
        return Decision(state, refusal="There is no further step to go to.")
    if any(step.hook or step.undo for step in plan.steps[state.step + 1 : last]):
        return Decision(state, refusal="A step in between has a hook, which cannot be left out: promote step by step.")
    whole = {name: weight for step in plan.steps[state.step + 1 :] for name, weight in step.weights.items()}
    after = _step(plan, replace(state, cause=""), last, event.at)
    if set(whole) - set(plan.steps[last].weights):
        return Decision(state, refusal="The last step does not move everything: promote step by step.")
    return replace(after, notes=(Note("promoted", _words(event)), *after.notes))


def _stop(plan: Plan, state: RolloutState, event: Command) -> Decision:
    return _back(plan, state, event.at, f"{event.order} by {_words(event)}", automatic=False)


def _by_hand(plan: Plan, state: RolloutState, event: Command) -> Decision:
    passed = event.order == "pass"
    if state.phase == "rolling-back":
        if state.hook is None or state.hook.standing != "failed":
            return Decision(state, refusal="There is nothing to pass on the way back.")
        return Decision(replace(state, hook=None, undone=state.undone + 1), notes=(Note("gate-passed", _words(event)),))
    refusal = refusal_by_hand(gates_of(plan, state), state.gates, event.gate)
    if refusal:
        return Decision(state, refusal=refusal)
    known = replace(state, gates={**state.gates, event.gate: moved_by_hand(state.gates[event.gate], event)})
    return Decision(known, notes=(Note("gate-passed" if passed else "gate-failed", f"{event.gate}: {_words(event)}"),))


def _tick(plan: Plan, state: RolloutState, event: Tick) -> Decision:
    return _TICKS[state.phase](plan, state, event)


def _tick_scheduled(plan: Plan, state: RolloutState, event: Tick) -> Decision:
    if event.at < state.start_at:
        return Decision(state)
    return _frozen(state, event) or _begin(plan, _thawed(state), event.at)


def _tick_preparing(plan: Plan, state: RolloutState, event: Tick) -> Decision:
    if failure := trouble(gates_of(plan, state), state.gates, event.at):
        return _failed(plan, state, event.at, failure)
    if not passed_all(state.gates):
        return Decision(state)
    return _frozen(state, event) or _step(plan, _thawed(state), 0, event.at)


def _tick_moving(plan: Plan, state: RolloutState, event: Tick) -> Decision:
    """Move the next target once the last one was read back; then the hook; then the hold begins."""
    if state.hook is not None and state.hook.standing == "failed":
        return _failed(plan, state, event.at, f"the hook said no: {state.hook.detail}")
    targets = plan.moved_in(state.step)
    if state.moved < len(targets):
        return _move(plan, state, targets[state.moved].name, event.at)
    step = plan.steps[state.step]
    if step.hook is not None and (state.hook is None or state.hook.standing != "passed"):
        if state.hook is None:
            return Decision(replace(state, hook=GateState(opened_at=event.at, due_at=event.at)))
        late = event.at - state.hook.opened_at > step.hook.deadline_seconds
        cause = f"the hook did not say done in {step.hook.deadline_seconds:g} s: {state.hook.detail}"
        return _failed(plan, state, event.at, cause) if late else Decision(state)
    return _hold(plan, state, event.at)


def _move(plan: Plan, state: RolloutState, name: str, at: float) -> Decision:
    target = state.target(name)
    if target.standing != "placed":
        weights = plan.steps[state.step].weights[name]
        candidate = _weight_of(weights, plan.target(name).candidate)
        moving = state.with_target(replace(target, standing="placed", placed_at=at, weight=candidate, detail=""))
        return Decision(moving, (Move(name, weights),))
    if at - target.placed_at > plan.apply_seconds:
        waited = f"{name} was not read back in {plan.apply_seconds:g} s"
        return _failed(plan, state, at, f"{waited}: {target.detail}" if target.detail else waited)
    return Decision(state)


def _hold(plan: Plan, state: RolloutState, at: float) -> Decision:
    step = plan.steps[state.step]
    evidence = state.evidence
    if plan.analysis is not None and is_judged(plan, state.step):
        evidence = evidence or fresh(plan.analysis, judged_steps(plan), at)
        evidence = step_begun(plan.analysis, evidence, at)
    held = replace(
        state, phase="baking", since=at, held_since=at, known_at=at, gates=opened(step.gates, at), evidence=evidence
    )
    held = replace(held, verdict=_verdict(plan, held, at))
    return Decision(held, notes=(Note("applied", step.name), *_asked(step.gates)))


def _tick_baking(plan: Plan, state: RolloutState, event: Tick) -> Decision:
    if failure := trouble(gates_of(plan, state), state.gates, event.at):
        return _failed(plan, state, event.at, failure)
    seen = _looked(plan, state, event.at)
    ignorance = _ignorance(plan, seen.state, event.at)
    if ignorance is not None:
        return ignorance
    if not is_over(plan, seen.state, event.at):
        return seen
    return _frozen(seen.state, event) or _next(plan, _thawed(seen.state), event.at)


def _tick_verifying(plan: Plan, state: RolloutState, event: Tick) -> Decision:
    if failure := trouble(gates_of(plan, state), state.gates, event.at):
        return _failed(plan, state, event.at, failure)
    return _succeed(plan, state, event.at) if passed_all(_with_verdict(plan, state)) else Decision(state)


def _tick_paused(plan: Plan, state: RolloutState, event: Tick) -> Decision:
    return Decision(state)


def _tick_back(plan: Plan, state: RolloutState, event: Tick) -> Decision:
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
        return _undo_failed(plan, replace(state, hook=failed))
    return Decision(state)


def _undo_failed(plan: Plan, state: RolloutState) -> Decision:
    detail = state.hook.detail if state.hook else ""
    return Decision(state, notes=(Note("undo-failed", f"{detail}; `retry` asks again, `pass` goes on without it"),))


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
        return _failed(plan, state, event.at, f"{event.target}: {event.detail}")
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
        return _undo_failed(plan, replace(state, hook=replace(hook, standing="failed", detail=event.detail)))
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
    seen = _looked(plan, replace(state, evidence=evidence, lag_seconds=event.lag_seconds), event.at)
    if seen.state.verdict.informed:
        seen = replace(seen, state=replace(seen.state, known_at=event.at))
    if seen.state.verdict.kind != "unhealthy":
        return seen
    cause = seen.state.verdict.reason
    if event.budget:
        back = _back(plan, seen.state, event.at, cause, automatic=True)
        return replace(back, notes=(*seen.notes, *back.notes))
    if state.phase == "paused":
        return seen
    return _paused(seen.state, event.at, cause, *seen.notes, Note("budget", cause))


def _primed(plan: Plan, state: RolloutState, event: Primed) -> Decision:
    if plan.analysis is None or state.primed:
        return Decision(state)
    evidence = state.evidence or fresh(plan.analysis, judged_steps(plan), event.at)
    return Decision(replace(state, primed=True, evidence=primed(plan.analysis, evidence, event.measurements)))


def _looked(plan: Plan, state: RolloutState, at: float) -> Decision:
    """Judge as of now; a verdict that was not heard again grows stale by itself."""
    if not is_measured(plan, state):
        return Decision(state)
    verdict = _verdict(plan, state, at)
    told = (Note("verdict", f"{verdict.kind}: {verdict.reason}"),) if verdict.kind != state.verdict.kind else ()
    return Decision(replace(state, verdict=verdict), notes=told)


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
        back = _back(plan, given, event.at, f"{names} {event.detail}", automatic=False)
        return replace(back, notes=(note, *back.notes))
    if state.phase == "rolling-back":
        return _put_back_again(state, event, note)
    if state.phase in {"scheduled", "paused"}:
        return Decision(state)
    return _paused(state, event.at, f"{names}: {event.detail}", note)


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
    failed = _failed(plan, state.with_target(target), event.at, f"{event.target}: {event.detail}")
    return replace(failed, notes=(note, *failed.notes))


def _step(plan: Plan, state: RolloutState, index: int, at: float) -> Decision:
    step = plan.steps[index]
    moved = {target.name for target in plan.moved_in(index)}
    targets = tuple(replace(each, standing="idle") if each.name in moved else each for each in state.targets)
    begun = replace(
        state, phase="moving", since=at, step=index, begun=max(state.begun, index + 1), moved=0, held_since=0.0
    )
    begun = replace(begun, targets=targets, gates={}, hook=None, known_at=at)
    notes = (Note("step", f"{step.name}: {step.say}" if step.say else step.name),)
    first = _tick_moving(plan, begun, Tick(at=at)) if moved else Decision(begun)
    return replace(first, notes=(*notes, *first.notes))


def _next(plan: Plan, state: RolloutState, at: float) -> Decision:
    phase = state.resume_to if state.phase == "paused" else state.phase
    if phase == "verifying":
        return _succeed(plan, state, at)
    if state.step + 1 < len(plan.steps):
        return _step(plan, state, state.step + 1, at)
    return _verify(plan, state, at) if plan.after else _succeed(plan, state, at)


def _verify(plan: Plan, state: RolloutState, at: float) -> Decision:
    on = replace(state, phase="verifying", since=at, gates=opened(plan.after, at), hook=None)
    return Decision(on, notes=(Note("verifying", ""), *_asked(plan.after)))


def _succeed(plan: Plan, state: RolloutState, at: float) -> Decision:
    done = replace(state, phase="succeeded", since=at, ended_at=at, cause="")
    reminder = (Note("reminder", plan.reminder),) if plan.reminder else ()
    return Decision(done, notes=(Note("succeeded", plan.steps[-1].name if plan.steps else ""), *reminder))


def _back(plan: Plan, state: RolloutState, at: float, cause: str, *, automatic: bool) -> Decision:
    """Turn back, the last target first, and that one at once; what moved nothing is over."""
    moved = any(target.saved and not target.released for target in state.targets)
    undoes = any(step.undo for step in plan.steps[: state.begun])
    fresh_targets = tuple(
        replace(target, detail="") for target in state.targets
    )  # what they waited for on the way there
    on = replace(state, since=at, cause=cause, automatic=automatic, hook=None, frozen="", targets=fresh_targets)
    if not moved and not undoes:
        return Decision(replace(on, phase="aborted", ended_at=at), notes=(Note("aborted", cause),))
    back = replace(on, phase="rolling-back", back_since=at, undone=0)
    first = _tick_back(plan, back, Tick(at=at))
    return replace(first, notes=(Note("rolling-back", cause), *first.notes))


def _failed(plan: Plan, state: RolloutState, at: float, cause: str) -> Decision:
    if plan.on_failure == "pause":
        return _paused(state, at, cause)
    return _back(plan, state, at, cause, automatic=True)


def is_over(plan: Plan, state: RolloutState, at: float) -> bool:
    """Whether the step under way may end: its hold is over, every gate passed, and where it is judged, healthy."""
    step = plan.steps[state.step]
    if at - state.held_since < step.hold_seconds or not passed_all(_with_verdict(plan, state)):
        return False
    return not is_judged(plan, state.step) or state.verdict.kind == "healthy"


def _with_verdict(plan: Plan, state: RolloutState) -> Mapping[str, GateState]:
    """Give the gates, those of kind analysis as the verdict says."""
    judged = {gate.name for gate in gates_of(plan, state) if gate.kind == "analysis"}
    healthy = GateState(standing="passed" if state.verdict.kind == "healthy" else "open")
    return {name: healthy if name in judged else gate for name, gate in state.gates.items()}


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
        return _paused(state, at, cause, note)
    back = _back(plan, state, at, cause, automatic=True)
    return replace(back, notes=(note, *back.notes))


def _verdict(plan: Plan, state: RolloutState, at: float) -> Verdict:
    if plan.analysis is None or state.evidence is None:
        return NOTHING
    return verdict_of(plan.analysis, state.evidence, at - state.lag_seconds, judged_steps(plan))


def _frozen(state: RolloutState, event: Tick) -> Decision | None:
    """Stay, and say so once, where nothing may advance now."""
    if not event.frozen:
        return None
    note = () if state.frozen == event.frozen else (Note("frozen", event.frozen),)
    return Decision(replace(state, frozen=event.frozen), notes=note)


def _thawed(state: RolloutState) -> RolloutState:
    return replace(state, frozen="") if state.frozen else state


def _asked(gates: tuple[Gate, ...]) -> tuple[Note, ...]:
    return tuple(Note("gate-open", gate.title or gate.name) for gate in gates if gate.kind in {"approval", "checklist"})


def _words(event: Command) -> str:
    return f"{event.by}: {event.reason}" if event.reason else event.by


_TICKS: Mapping[Phase, Callable[[Plan, RolloutState, Tick], Decision]] = {
    "scheduled": _tick_scheduled,
    "preparing": _tick_preparing,
    "moving": _tick_moving,
    "baking": _tick_baking,
    "verifying": _tick_verifying,
    "paused": _tick_paused,
    "rolling-back": _tick_back,
}

_HANDLERS: Mapping[str, Callable[[Plan, RolloutState, Any], Decision]] = {
    "tick": _tick,
    "routed": _routed,
    "answered": _answered,
    "measured": _measured,
    "primed": _primed,
    "shared": _shared,
    "interfered": _interfered,
    "refused": _refused,
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
