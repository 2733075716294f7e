"""What a rollout is told about the world: how far its routers are, how traffic splits, who else was at its places."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from flagsdk.core.allocation import WHOLE
from flagsvc.domain.records import Ref
from flagsvc.domain.rollouts.events import Event, Interfered, Routed, Shared
from flagsvc.domain.rollouts.places import served_text
from flagsvc.domain.rollouts.plan import Plan, PlanTarget
from flagsvc.domain.rollouts.state import RolloutState, TargetState
from flagsvc.domain.routing.machine import goal_of
from flagsvc.domain.routing.state import BindingState, state_of_text
from flagsvc.domain.routing.target import target_of
from flagsvc.ports import View
from flagsvc.usecases.reading import members_of

Bindings = Mapping[str, tuple[BindingState | None, ...]]
STANDING = frozenset({"placed", "restored"})


def facts(view: View, environment: str, plan: Plan, state: RolloutState, at: float) -> Iterator[Event]:
    """Yield what a rollout has to hear now about the targets that it moved."""
    bindings = bindings_of(view, environment)
    moved = [target for target in plan.targets if _is_moved(state.target(target.name))]
    for target in moved:
        stands = state.target(target.name)
        trouble = _interference(view, environment, target, stands, bindings, at)
        if trouble and (failure := _taken_back(target, stands, bindings, at)):
            yield failure
        elif trouble:
            yield trouble
        elif stands.standing in STANDING:
            yield _routed(view, environment, target, bindings, at)
    yield from _shared(plan, state, [target for target in moved if target.kind == "split"], bindings, at)


def observed_shares(view: View, environment: str, plan: Plan) -> Mapping[str, int | None]:
    """Give the share of each target's candidate as its routers' counters show it, in 1/100 000; None without any."""
    return shares_of(plan, bindings_of(view, environment))


def shares_of(plan: Plan, bindings: Bindings) -> Mapping[str, int | None]:
    """Give the same from what an environment's bindings are."""
    return {target.name: _observed(target, bindings.get(target.key, ())) for target in plan.targets}


def bindings_of(view: View, environment: str) -> Bindings:
    """Give how far the routers of each traffic split are; None for a binding that was never driven."""
    states = {stored.key: state_of_text(stored.text) for stored in view.binding_states(environment)}
    found: dict[str, tuple[BindingState | None, ...]] = {}
    for document in view.documents(environment, "binding"):
        members = members_of(document)
        if members.get("enabled") and not document.archived:
            found[members["split"]] = (*found.get(members["split"], ()), states.get(document.ref.key))
    return found


def _is_moved(stands: TargetState) -> bool:
    return stands.standing != "idle" and not stands.released


def _interference(
    view: View, environment: str, target: PlanTarget, stands: TargetState, bindings: Bindings, at: float
) -> Interfered | None:
    document = view.document(Ref(environment, target.kind, target.key))
    if document is None or document.archived:
        return Interfered(at=at, targets=(target.name,), detail="was archived")
    members = members_of(document)
    if served_text(members, target.rule) != stands.placed:
        said = f"was changed by {document.changed_by}"
        meant = stands.standing == "restored" and not _causes(target, bindings)
        return Interfered(at=at, targets=(target.name,), detail=said, released=meant)
    if not members["enabled"] and stands.standing not in {"restored", "back"}:
        return Interfered(at=at, targets=(target.name,), detail=f"was switched off by {document.changed_by}")
    return None


def _taken_back(target: PlanTarget, stands: TargetState, bindings: Bindings, at: float) -> Routed | None:
    """Say that the routers could not be told, and that the split was put back for that."""
    causes = _causes(target, bindings)
    if stands.standing != "placed" or not causes:
        return None
    return Routed(at=at, target=target.name, standing="failed", detail=causes[0])


def _causes(target: PlanTarget, bindings: Bindings) -> list[str]:
    """Say why routers of a split were not told what it was to be."""
    states = bindings.get(target.key, ()) if target.kind == "split" else ()
    return [state.cause for state in states if state and state.cause]


def _routed(view: View, environment: str, target: PlanTarget, bindings: Bindings, at: float) -> Routed:
    if target.kind == "flag":
        return Routed(at=at, target=target.name, standing="applied")
    document = view.document(Ref(environment, "split", target.key))
    wanted = goal_of(target_of(environment, members_of(document), ""))
    for state in bindings.get(target.key, ()):
        if state is None or state.desired is None or goal_of(state.desired) != wanted:
            return Routed(at=at, target=target.name, standing="waiting", detail="its routers have not begun")
        if state.phase in {"failed", "returning"}:
            return Routed(at=at, target=target.name, standing="failed", detail=state.cause)
        if state.phase != "applied":
            return Routed(at=at, target=target.name, standing="waiting", detail=_missing(state))
    return Routed(at=at, target=target.name, standing="applied")


def _missing(state: BindingState) -> str:
    late = [
        f"{router.name} ({router.detail or router.standing})"
        for router in state.routers
        if router.standing != "applied"
    ]
    return f"waits for {', '.join(late)}" if late else state.cause


def _shared(
    plan: Plan, state: RolloutState, splits: Sequence[PlanTarget], bindings: Bindings, at: float
) -> Iterator[Shared]:
    """Say how traffic splits, where a gate asks for it: of several splits how the worst does, as the gate is one."""
    if not splits or not _asks_for_share(plan, state):
        return
    found = [_share(target, bindings, at) for target in splits]
    yield max(found, key=lambda shared: _WORSE.index(shared.verdict))


_WORSE = ("ok", "unknown", "off")


def _share(target: PlanTarget, bindings: Bindings, at: float) -> Shared:
    verdict, detail = _judged_share(target, bindings)
    observed = _observed(target, bindings.get(target.key, ()))
    return Shared(at=at, target=target.name, verdict=verdict, detail=detail, observed=observed)


def _judged_share(target: PlanTarget, bindings: Bindings) -> tuple[Literal["ok", "off", "unknown"], str]:
    shares = [share for each in bindings.get(target.key, ()) if each for share in each.shares.values()]
    off = next((share for share in shares if share.verdict == "off"), None)
    if off is not None:
        return "off", off.detail
    if shares and all(share.verdict == "ok" for share in shares):
        return "ok", shares[0].detail
    why = "too little traffic was counted yet" if shares else "no router of this split counts requests"
    return "unknown", f"{target.key}: {why}"


def _asks_for_share(plan: Plan, state: RolloutState) -> bool:
    gates = [*plan.after, *(plan.steps[state.step].gates if state.step >= 0 else ())]
    return any(gate.kind == "share" and gate.name in state.gates for gate in gates)


def _observed(target: PlanTarget, states: tuple[BindingState | None, ...]) -> int | None:
    counted = [share.counted for each in states if each for share in each.shares.values()]
    total = sum(sum(each.values()) for each in counted)
    if target.kind != "split" or not total:
        return None
    return round(WHOLE * sum(each.get(target.candidate, 0) for each in counted) / total)
