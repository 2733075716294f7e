"""How far a binding is: what is desired, what was last in force everywhere, and where each router stands."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from flagsvc.domain.routing.share import Share
from flagsvc.domain.routing.target import Mirror, Target

Phase = Literal["applying", "applied", "paused", "returning", "failed"]
Standing = Literal["waiting", "telling", "applied", "drifted", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RouterState:
    """Where one router stands. Times are Unix seconds by the database's clock.

    `goal`: fingerprint of the target it is on its way to or at. `observed`: weights as last read, in its own steps, of
    `granularity`; None when it was never read. `reachable` is false while it cannot be read. `told_at`: when the
    present goal was last accepted, 0 before. `tries`: failures and repetitions since then. `due_at`: not before.
    `doubts`: readings in a row that differ although it was applied. `reasserted`: recent times of re-assertion.
    """

    name: str
    standing: Standing = "waiting"
    goal: str = ""
    observed: Mapping[str, int] | None = None
    granularity: int = 0
    observed_revision: str = ""
    observed_at: float = 0.0
    applied_revision: str = ""
    applied_at: float = 0.0
    reachable: bool = True
    told_at: float = 0.0
    tries: int = 0
    due_at: float = 0.0
    doubts: int = 0
    reasserted: tuple[float, ...] = ()
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BindingState:
    """`desired`: what is wanted now. `settled`: what was last read back from every router, and what all return to.

    Phases: applying (on the way to `desired`), applied (read back from all, watched), paused (a router was changed by
    somebody else and is left alone), returning (on the way back to `settled`), failed (back there; `desired` is not in
    force until something changes or somebody asks for another try). `since`: when the phase began. `late`: whether it
    was said already that the deadline passed. `before`: what routers were told before the present goal. `owed`: the
    split is still to be put back to `settled`.
    """

    phase: Phase = "applying"
    since: float = 0.0
    attempt: int = 0
    desired: Target | None = None
    settled: Target | None = None
    before: Target | None = None
    routers: tuple[RouterState, ...] = ()
    late: bool = False
    owed: bool = False
    cause: str = ""
    shares: Mapping[str, Share] = field(default_factory=dict)

    def router(self, name: str) -> RouterState:
        """Find a router's state."""
        return next(router for router in self.routers if router.name == name)

    def with_router(self, router: RouterState) -> "BindingState":
        """Replace one router's state."""
        return replace(self, routers=tuple(router if old.name == router.name else old for old in self.routers))


def text_of_state(state: BindingState) -> str:
    """Write a state as the store keeps it."""
    return json.dumps(asdict(state), separators=(",", ":"), sort_keys=True)


def state_of_text(text: str) -> BindingState:
    """Read a stored state; unknown members are ignored, so that a newer writer does no harm."""
    members = json.loads(text)
    targets = {name: _target(members.get(name)) for name in ("desired", "settled", "before")}
    routers = tuple(RouterState(**_known(RouterState, entry, reasserted=tuple)) for entry in members["routers"])
    shares = {name: Share(**_known(Share, entry)) for name, entry in (members.get("shares") or {}).items()}
    rest = _known(BindingState, members)
    return BindingState(**{**rest, **targets, "routers": routers, "shares": shares})


def _target(members: Mapping[str, Any] | None) -> Target | None:
    if members is None:
        return None
    mirror = members.get("mirror")
    known = _known(Target, members, untold=tuple)
    table = tuple((backend, start, end) for backend, start, end in known["allocation"])
    return Target(**{**known, "allocation": table, "mirror": Mirror(**mirror) if mirror else None})


def _known(kind: type, members: Mapping[str, Any], **shaped: Any) -> dict[str, Any]:
    names = kind.__dataclass_fields__  # type: ignore[attr-defined]
    return {name: shaped.get(name, _same)(value) for name, value in members.items() if name in names}


def _same(value: Any) -> Any:
    return value
