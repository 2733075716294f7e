"""The machine that brings a binding about: when an attempt begins, whom it visits, and when it is over. Pure.

A change is applied when every router has read back. One that gives stable less is told router after router, and when
not all can be told it is taken back everywhere; one that retreats to stable is told to all at once, and never taken
back. Whatever was applied is watched.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from flagsvc.domain.routing.binding import Binding
from flagsvc.domain.routing.events import Event
from flagsvc.domain.routing.state import BindingState, RouterState
from flagsvc.domain.routing.target import Target


@dataclass(frozen=True, slots=True)
class Moved:
    """A new state, and what to say about it."""

    state: BindingState
    events: tuple[Event, ...] = ()


FARTHEST_SECONDS = 300.0
"""No visit is planned farther ahead: one that seems to be was planned before the database's clock was set back."""


def begin(state: BindingState, binding: Binding, target: Target, now: float) -> Moved:
    """Begin to bring about a target that is new, or the same one with other routers, or once more because asked to."""
    if not _is_new(state, binding, target):
        return Moved(_edited(state, target))
    back = state.phase == "returning" and state.settled is not None and goal_of(target) == goal_of(state.settled)
    kept = {router.name: router for router in state.routers}
    routers = tuple(_fresh(kept.get(name, RouterState(name=name)), target, now) for name in binding.routers)
    fresh = replace(
        state,
        phase="returning" if back else "applying",
        since=now,
        attempt=binding.attempt,
        desired=target,
        before=_before(state, target),
        routers=routers,
        late=False,
        owed=False,
        cause=state.cause if back else "",
        shares={},
    )
    if not back:
        return Moved(fresh, (Event("begun", "", shown(target)),))
    return Moved(fresh, (Event("reverted", "", f"the split is {shown(target)} again"),) if state.owed else ())


def due(state: BindingState, now: float) -> Sequence[str]:
    """Name the routers to visit now, in order: on the way forward one after another, otherwise all that are due."""
    names = [router.name for router in _in_order(state)]
    if is_forward(state):
        pending = [name for name in names if state.router(name).standing != "applied"]
        names = pending[:1]
    return [name for name in names if not now < state.router(name).due_at <= now + FARTHEST_SECONDS]


def next_due(state: BindingState, busy: Collection[str] = ()) -> float:
    """Tell when the next visit is due, leaving out the routers that are being visited."""
    pending = [router for router in _in_order(state) if router.standing != "applied"] if is_forward(state) else []
    waiting = [router for router in pending[:1] or state.routers if router.name not in busy]
    return min((router.due_at for router in waiting), default=float("inf"))


def conclude(state: BindingState, binding: Binding, now: float) -> Moved:
    """See what follows when every router has been visited: done, late, or back."""
    if state.phase not in {"applying", "returning"} or not state.routers:
        return Moved(state)
    if all(router.standing == "applied" for router in state.routers):
        return _done(state, now)
    refused = next((router for router in state.routers if router.standing == "failed"), None)
    overdue = now - state.since > binding.deadline_seconds
    if is_forward(state) and state.settled is not None and (refused or overdue):
        return _give_up(state, binding, now, refused)
    if overdue and not state.late:
        return Moved(replace(state, late=True), (Event("late", "", _waiting_for(state)),))
    return Moved(state)


def answered(state: BindingState, event: Event) -> Moved:
    """Take in what became of putting the split back, which was owed."""
    return Moved(replace(state, owed=False), (event,))


def goal(state: BindingState) -> Target:
    """Give what the routers shall be now: what is desired, or on the way back and after it, what was settled."""
    back = state.phase in {"returning", "failed"} and state.settled is not None
    target = state.settled if back else state.desired
    if target is None:
        raise ValueError("a binding without a target has nobody to tell")
    return target


def goal_of(target: Target) -> str:
    """Fingerprint of all that a router can be told: edits of a split that change none of it tell nobody anything."""
    weights = ",".join(f"{backend}={weight}" for backend, weight in sorted(target.weights.items()) if weight)
    mirror = f"{target.mirror.backend}={target.mirror.share}" if target.mirror else ""
    return f"{target.table}:{weights}:{mirror}"


def is_forward(state: BindingState) -> bool:
    """Whether this is a change that may be taken back: anything but a retreat to stable, or to what was settled."""
    settled, desired = state.settled, state.desired
    if state.phase != "applying" or desired is None:
        return False
    if settled is None:
        return not _is_all_stable(desired)
    ends = goal_of(settled) == goal_of(desired) or (settled.stable == desired.stable and _is_all_stable(desired))
    return not ends and not is_retreat(settled, desired)


def is_retreat(before: Target | None, after: Target | None) -> bool:
    """Whether stable gets more and nobody else does: such a change is never undone, whatever fails."""
    if before is None or after is None or before.stable != after.stable:
        return False
    others = (before.weights.keys() | after.weights.keys()) - {after.stable}
    grew = any(after.weights.get(name, 0) > before.weights.get(name, 0) for name in others)
    return not grew and after.weights.get(after.stable, 0) > before.weights.get(after.stable, 0)


def _is_all_stable(target: Target) -> bool:
    """Whether nobody else gets anything, whatever an attempt that it ends has given to whom."""
    return {backend for backend, weight in target.weights.items() if weight} == {target.stable} and not (
        target.mirror or set(target.forced.values()) - {target.stable}
    )


def _edited(state: BindingState, target: Target) -> BindingState:
    """Go on from the newest revision that says the same: a change that is taken back shall undo nothing else."""
    if state.phase not in {"applied", "paused"} or state.desired == target:
        return state
    return replace(state, desired=target, settled=target)


def _before(state: BindingState, target: Target) -> Target | None:
    """Give what the routers were told until now."""
    if state.desired is None or goal_of(goal(state)) == goal_of(target):
        return state.before
    return goal(state)


def _is_new(state: BindingState, binding: Binding, target: Target) -> bool:
    same = state.desired is not None and goal_of(state.desired) == goal_of(target)
    return not same or binding.attempt != state.attempt or tuple(r.name for r in state.routers) != binding.routers


def _fresh(router: RouterState, target: Target, now: float) -> RouterState:
    return replace(
        router, standing="waiting", goal=goal_of(target), told_at=0.0, tries=0, due_at=now, doubts=0, reasserted=()
    )


def _in_order(state: BindingState) -> Sequence[RouterState]:
    return state.routers if is_forward(state) or state.phase == "applied" else state.routers[::-1]


def _done(state: BindingState, now: float) -> Moved:
    took = f"{now - state.since:.2f} s"
    reached = goal(state)
    if state.phase == "applying":
        done = replace(state, phase="applied", since=now, settled=state.desired, late=False)
        return Moved(done, (Event("applied", "", f"{shown(reached)}, read back from all in {took}"),))
    same = state.desired is not None and goal_of(state.desired) == goal_of(reached)
    back = replace(state, phase="applied" if same else "failed", since=now, late=False)
    back = replace(back, settled=state.desired) if same else back
    return Moved(back, (Event("rolled-back", "", f"{shown(reached)}, read back from all in {took}"),))


def _give_up(state: BindingState, binding: Binding, now: float, refused: RouterState | None) -> Moved:
    why = f"{refused.name}: {refused.detail}" if refused else f"no read-back in time from {_waiting_for(state)}"
    settled = state.settled
    assert settled is not None  # noqa: S101  # the caller checked; without it there is nothing to go back to
    routers = tuple(_fresh(router, settled, now) for router in state.routers)
    owed = binding.on_failure == "revert"
    back = replace(state, phase="returning", since=now, routers=routers, late=False, cause=why, owed=owed)
    return Moved(replace(back, before=state.desired), (Event("rolling-back", "", why),))


def _waiting_for(state: BindingState) -> str:
    return "; ".join(_missing(state))


def _missing(state: BindingState) -> Iterator[str]:
    for router in state.routers:
        if router.standing != "applied":
            yield f"{router.name} ({router.detail})" if router.detail else router.name


def shown(target: Target) -> str:
    """Say in words what a target gives to whom, the stable backend first."""
    backends = sorted(target.weights, key=lambda backend: (backend != target.stable, backend))
    return ", ".join(f"{backend} {target.weights[backend] / 1000:g} %" for backend in backends)
