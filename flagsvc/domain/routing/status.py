"""What a binding's state looks like to people: times as texts, weights in 1/100 000 and in each router's own steps."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flagsvc.domain.instants import text_of
from flagsvc.domain.routing.capabilities import Capabilities
from flagsvc.domain.routing.grain import TooFine, quantised, share_of
from flagsvc.domain.routing.machine import goal
from flagsvc.domain.routing.share import Share
from flagsvc.domain.routing.state import BindingState, RouterState
from flagsvc.domain.routing.summary import summary_of
from flagsvc.domain.routing.target import Target


def status_of(state: BindingState, routers: Mapping[str, Capabilities]) -> dict[str, Any]:
    """Show a state; `routers` are the configured ones, of which one that is named by the state may be gone."""
    return {
        "phase": state.phase,
        "since": moment(state.since),
        "summary": summary_of(state),
        "cause": state.cause,
        "attempt": state.attempt,
        "desired": _target(state.desired),
        "settled": _target(state.settled),
        "untold": list(state.desired.untold) if state.desired else [],
        "routers": [_router(router, state, routers.get(router.name)) for router in state.routers],
    }


def shown_capabilities(able: Capabilities) -> dict[str, Any]:
    """Show what a router can do."""
    return {
        "granularity": able.granularity,
        "sticky": able.sticky,
        "hashes": sorted(able.hashes) if able.sticky == "cohort" else [],
        "backends": None if able.backends is None else sorted(able.backends),
        "maxBackends": able.max_backends,
        "persistent": able.persistent,
        "expectedPropagationSeconds": able.expected_propagation_seconds,
        "mirror": able.mirror,
        "conditional": able.conditional,
        "drainsPinned": able.drains_pinned,
        "counts": able.counts,
    }


def moment(seconds: float) -> str | None:
    """Write Unix seconds as RFC 3339; 0 means never."""
    return text_of(datetime.fromtimestamp(seconds, UTC)) if seconds else None


def _target(target: Target | None) -> dict[str, Any] | None:
    if target is None:
        return None
    mirror = {"backend": target.mirror.backend, "share": target.mirror.share} if target.mirror else None
    return {"revision": target.revision, "weights": dict(target.weights), "mirror": mirror}


def _router(router: RouterState, state: BindingState, able: Capabilities | None) -> dict[str, Any]:
    wanted = goal(state) if state.desired else None
    return {
        "name": router.name,
        "standing": router.standing,
        "reachable": router.reachable,
        "desired": _wanted(wanted, able.granularity if able else router.granularity),
        "applied": _applied(router),
        "observed": _observed(router),
        "tries": router.tries,
        "detail": router.detail,
        "capabilities": shown_capabilities(able) if able else None,
        "share": _share(wanted, state.shares.get(router.name)),
    }


def _applied(router: RouterState) -> dict[str, Any] | None:
    return {"revision": router.applied_revision, "at": moment(router.applied_at)} if router.applied_at else None


def _wanted(target: Target | None, granularity: int) -> dict[str, Any] | None:
    """Say what the router is to be at: in 1/100 000, and in its own steps where that is possible."""
    if target is None:
        return None
    try:
        steps = quantised(target.weights, granularity) if granularity else None
    except TooFine:
        steps = None
    return {"revision": target.revision, "weights": dict(target.weights), "steps": steps}


def _observed(router: RouterState) -> dict[str, Any] | None:
    """Say what was read: raw, and as parts of all that was read, so that they can be compared with weights."""
    if router.observed is None:
        return None
    return {
        "revision": router.observed_revision or None,
        "at": moment(router.observed_at),
        "steps": dict(router.observed),
        "weights": _parts(router.observed),
    }


def _parts(raw: Mapping[str, int]) -> dict[str, int]:
    total = sum(raw.values())
    return {backend: share_of(part, total) if total else 0 for backend, part in raw.items()}


def _share(target: Target | None, share: Share | None) -> dict[str, Any] | None:
    if share is None:
        return None
    counted = share.counted
    return {
        "since": moment(share.since),
        "requests": sum(counted.values()),
        "wanted": dict(target.weights) if target else None,
        "seen": _parts(counted) if sum(counted.values()) else None,
        "verdict": share.verdict,
        "detail": share.detail,
    }
