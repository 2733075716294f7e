"""The way on: gates, targets, hooks and holds, from the first step to the end. Pure."""

from dataclasses import replace

from flagsvc.domain.analysis.judging import fresh, step_begun
from flagsvc.domain.rollouts.decision import Decision
from flagsvc.domain.rollouts.events import Move, Note, Tick
from flagsvc.domain.rollouts.gates import opened
from flagsvc.domain.rollouts.plan import Gate, Plan
from flagsvc.domain.rollouts.state import GateState, RolloutState
from flagsvc.domain.rollouts.verdicts import judge
from flagsvc.domain.rollouts.wayback import fail
from flagsvc.domain.rollouts.weights import is_judged, judged_steps, weight_of


def begin(plan: Plan, state: RolloutState, at: float) -> Decision:
    """Begin: what has to be known before the first step is asked."""
    gates = opened(plan.before, at)
    begun = replace(state, phase="preparing", since=at, started_at=at, gates=gates, known_at=at)
    return Decision(begun, notes=(Note("started", plan.strategy), *_asked(plan.before)))


def enter_step(plan: Plan, state: RolloutState, index: int, at: float) -> Decision:
    """Enter a step: its targets are moved one after the other, the first at once."""
    step = plan.steps[index]
    moved = {target.name for target in plan.moved_in(index)}
    targets = tuple(replace(each, standing="idle") if each.name in moved else each for each in state.targets)
    begun = replace(
        state, phase="moving", since=at, step=index, begun=max(state.begun, index + 1), moved=0, held_since=0.0
    )
    begun = replace(begun, targets=targets, gates={}, hook=None, known_at=at)
    notes = (Note("step", f"{step.name}: {step.say}" if step.say else step.name),)
    first = move_on(plan, begun, Tick(at=at)) if moved else Decision(begun)
    return replace(first, notes=(*notes, *first.notes))


def move_on(plan: Plan, state: RolloutState, event: Tick) -> Decision:
    """Move the next target once the last one was read back; then the hook; then the hold begins."""
    if state.hook is not None and state.hook.standing == "failed":
        return fail(plan, state, event.at, f"the hook said no: {state.hook.detail}")
    targets = plan.moved_in(state.step)
    if state.moved < len(targets):
        return _move(plan, state, targets[state.moved].name, event.at)
    step = plan.steps[state.step]
    if step.hook is not None and (state.hook is None or state.hook.standing != "passed"):
        if state.hook is None:
            return Decision(replace(state, hook=GateState(opened_at=event.at, due_at=event.at)))
        late = event.at - state.hook.opened_at > step.hook.deadline_seconds
        cause = f"the hook did not say done in {step.hook.deadline_seconds:g} s: {state.hook.detail}"
        return fail(plan, state, event.at, cause) if late else Decision(state)
    return _hold(plan, state, event.at)


def _move(plan: Plan, state: RolloutState, name: str, at: float) -> Decision:
    target = state.target(name)
    if target.standing != "placed":
        weights = plan.steps[state.step].weights[name]
        candidate = weight_of(weights, plan.target(name).candidate)
        moving = state.with_target(replace(target, standing="placed", placed_at=at, weight=candidate, detail=""))
        return Decision(moving, (Move(name, weights),))
    if at - target.placed_at > plan.apply_seconds:
        waited = f"{name} was not read back in {plan.apply_seconds:g} s"
        return fail(plan, state, at, f"{waited}: {target.detail}" if target.detail else waited)
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
    held = replace(held, verdict=judge(plan, held, at))
    return Decision(held, notes=(Note("applied", step.name), *_asked(step.gates)))


def end_step(plan: Plan, state: RolloutState, at: float) -> Decision:
    """Go to what comes after the step under way."""
    phase = state.resume_to if state.phase == "paused" else state.phase
    if phase == "verifying":
        return succeed(plan, state, at)
    if state.step + 1 < len(plan.steps):
        return enter_step(plan, state, state.step + 1, at)
    return verify(plan, state, at) if plan.after else succeed(plan, state, at)


def verify(plan: Plan, state: RolloutState, at: float) -> Decision:
    """Ask what has to be known when everything is moved."""
    on = replace(state, phase="verifying", since=at, gates=opened(plan.after, at), hook=None)
    return Decision(on, notes=(Note("verifying", ""), *_asked(plan.after)))


def succeed(plan: Plan, state: RolloutState, at: float) -> Decision:
    """End: everything is as the plan wants it."""
    done = replace(state, phase="succeeded", since=at, ended_at=at, cause="")
    reminder = (Note("reminder", plan.reminder),) if plan.reminder else ()
    return Decision(done, notes=(Note("succeeded", plan.steps[-1].name if plan.steps else ""), *reminder))


def stay_frozen(state: RolloutState, event: Tick) -> Decision | None:
    """Stay, and say so once, where nothing may advance now."""
    if not event.frozen:
        return None
    note = () if state.frozen == event.frozen else (Note("frozen", event.frozen),)
    return Decision(replace(state, frozen=event.frozen), notes=note)


def thaw(state: RolloutState) -> RolloutState:
    """Take in that nothing is frozen any more."""
    return replace(state, frozen="") if state.frozen else state


def _asked(gates: tuple[Gate, ...]) -> tuple[Note, ...]:
    return tuple(Note("gate-open", gate.title or gate.name) for gate in gates if gate.kind in {"approval", "checklist"})
