"""How far a binding is, in one or two sentences: what somebody wants to know who was woken up. Pure."""

from collections.abc import Callable, Iterator, Mapping

from flagsvc.domain.routing.machine import goal, shown
from flagsvc.domain.routing.state import BindingState, Phase, RouterState


def summary_of(state: BindingState) -> str:
    """Say what is in force, what is missing, what somebody has to do, and which routers are in trouble."""
    if state.desired is None:
        return "No router was told anything yet."
    return " ".join([_PHASES[state.phase](state), *_troubles(state)])


def _applying(state: BindingState) -> str:
    there = sum(router.standing == "applied" for router in state.routers)
    late = " The deadline has passed." if state.late else ""
    return f"On the way to {shown(goal(state))}: {there} of {len(state.routers)} routers have it.{late}"


def _applied(state: BindingState) -> str:
    taken_back = f" The last change was taken back: {state.cause}." if state.cause else ""
    return f"In force: {shown(goal(state))}.{taken_back}"


def _paused(state: BindingState) -> str:
    return (
        f"Wanted: {shown(goal(state))}, but somebody else changed a router, and it is left alone ({state.cause}). "
        "`resume` tells it again; it ends by itself when the router is as wanted."
    )


def _returning(state: BindingState) -> str:
    there = sum(router.standing == "applied" for router in state.routers)
    return (
        f"Going back to {shown(goal(state))}, where {there} of {len(state.routers)} routers are, "
        f"because the change could not be told: {state.cause}."
    )


def _failed(state: BindingState) -> str:
    wanted = shown(state.desired) if state.desired else "nothing"
    return (
        f"The routers are back at {shown(goal(state))}; the split says {wanted}, "
        f"which could not be told: {state.cause}. "
        "`retry` tells it again, and so does a change of the split."
    )


_PHASES: Mapping[Phase, Callable[[BindingState], str]] = {
    "applying": _applying,
    "applied": _applied,
    "paused": _paused,
    "returning": _returning,
    "failed": _failed,
}


def _troubles(state: BindingState) -> Iterator[str]:
    for router in state.routers:
        if not (state.phase == "paused" and state.cause.startswith(f"{router.name}: ")):
            yield from _trouble(router, state.cause)
        share = state.shares.get(router.name)
        if share and share.verdict == "off":
            yield f"{router.name}: the traffic does not split so: {share.detail}."


def _trouble(router: RouterState, cause: str) -> Iterator[str]:
    """Say what is wrong with a router, and why unless the cause has the same words."""
    why = f": {router.detail}" if router.detail and router.detail not in cause else ""
    if not router.reachable:
        yield f"{router.name} cannot be read{why}."
    elif router.standing == "failed":
        yield f"{router.name} refuses{why}."
    elif router.standing == "drifted":
        yield f"{router.name} was changed by somebody else, and is left alone{why}."
    elif why:
        yield f"{router.name}{why}."
