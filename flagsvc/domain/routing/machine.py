"""The machine that brings a binding about: when an attempt begins, whom it visits, and when it is over. Pure.

A change is applied when every router has read back. One that gives stable less is told router after router, and when
not all can be told it is taken back everywhere; one that retreats to stable is told to all at once, and never taken
back. Whatever was applied is watched.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from flagsvc.domain.routing.binding import Binding
from flagsvc.domain.routing.events import Event
from flagsvc.domain.routing.state import BindingState, RouterState
from flagsvc.domain.routing.target import Target


@dataclass(frozen=True, slots=True)
class Moved:
    """A new state, what to say about it, and whether the split shall be put back."""

    state: BindingState
    events: tuple[Event, ...] = ()
    revert: bool = False


def begin(state: BindingState, binding: Binding, target: Target, now: float) -> Moved:
    """Begin to bring about a target that is new, or the same one with other routers, or once more because asked to."""
    if not _is_new(state, binding, target):
        return Moved(state)
    back = state.phase == "returning" and state.settled is not None and goal_of(target) == goal_of(state.settled)
    kept = {router.name: router for router in state.routers}
    routers = tuple(_fresh(kept.get(name, RouterState(name=name)), target, now) for name in binding.routers)
    fresh = replace(
        state,
        phase="returning" if back else "applying",
        since=now,
        attempt=binding.attempt,
        desired=target,
        routers=routers,
        late=False,
        cause=state.cause if back else "",
        shares={},
    )
    return Moved(fresh, () if back else (Event("begun", "", shown(target)),))


def due(state: BindingState, now: float) -> Sequence[str]:
    """Name the routers to visit now, in order: on the way forward one after another, otherwise all that are due."""
    names = [router.name for router in _in_order(state)]
    if is_forward(state):
        pending = [name for name in names if state.router(name).standing != "applied"]
        names = pending[:1]
    return [name for name in names if state.router(name).due_at <= now]


def next_due(state: BindingState) -> float:
    """Tell when the next visit is due."""
    pending = [router for router in _in_order(state) if router.standing != "applied"] if is_forward(state) else []
    return min((router.due_at for router in pending[:1] or state.routers), default=float("inf"))


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
    """Whether this is a change that may be taken back: anything but a retreat to stable."""
    return state.phase == "applying" and not is_retreat(state.settled, state.desired)


def is_retreat(before: Target | None, after: Target | None) -> bool:
    """Whether stable gets more and nobody else does: such a change is never undone, whatever fails."""
    if before is None or after is None or before.stable != after.stable:
        return False
    others = (before.weights.keys() | after.weights.keys()) - {after.stable}
    grew = any(after.weights.get(name, 0) > before.weights.get(name, 0) for name in others)
    return not grew and after.weights.get(after.stable, 0) > before.weights.get(after.stable, 0)


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
    back = replace(state, phase="returning", since=now, routers=routers, late=False, cause=why)
    return Moved(back, (Event("rolling-back", "", why),), revert=binding.on_failure == "revert")


def _waiting_for(state: BindingState) -> str:
    return "; ".join(_missing(state))


def _missing(state: BindingState) -> Iterator[str]:
    for router in state.routers:
        if router.standing != "applied":
            yield f"{router.name} ({router.detail})" if router.detail else router.name


def shown(target: Target) -> str:
    """Say in words what a target gives to whom."""
    return ", ".join(f"{backend} {weight / 1000:g} %" for backend, weight in target.weights.items())
