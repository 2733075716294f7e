"""Whether routers can be told what edits make of bindings and splits: looked at inside the transaction that writes.

An edit is refused for what it adds: what did not fit before it (a router went from the configuration, say) is no
reason to refuse the way back.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from flagsdk.core.validate import nearest
from flagsvc.domain.errors import Fault
from flagsvc.domain.members import BINDING, SPLIT, pointer_to
from flagsvc.domain.records import CATALOG, GONE, Edit, Ref, is_archived
from flagsvc.domain.routing.binding import Binding, binding_of
from flagsvc.domain.routing.fitness import Misfit, misfits, pointer_in, surprises
from flagsvc.domain.routing.target import Target, target_of
from flagsvc.ports import View
from flagsvc.usecases.conditions import parsed
from flagsvc.usecases.intent import Intent
from flagsvc.usecases.reading import Documents, open_environments

Members = Mapping[str, Any]


class _Sight(NamedTuple):
    """One environment as it was before some edits, and as it will be."""

    environment: str
    before: Documents
    after: Documents


def router_faults(view: View, intent: Intent, edits: Sequence[Edit]) -> Iterator[tuple[Ref, Fault]]:
    """Find routers of edited bindings that are unknown, or driven by another binding; the rest may be unsound."""
    bound = [edit for edit in edits if edit.ref.kind == BINDING and not is_archived(edit.after)]
    drivers = _drivers(view, edits) if bound else {}
    for sight, edit in _each(view, edits, bound):
        had = _routers_before(sight, edit)
        routers = sight.after[edit.ref.name].get("routers")
        for index, name in enumerate(routers if isinstance(routers, list) else ()):
            if isinstance(name, str) and name not in had:
                yield from ((edit.ref, fault) for fault in _router(intent, edit.ref, index, name, drivers))


def unfit(view: View, intent: Intent, edits: Sequence[Edit]) -> Iterator[tuple[Ref, Fault]]:
    """Find what routers cannot be told after these edits of sound documents, and which edit is to blame."""
    live = [edit for edit in edits if not is_archived(edit.after)]
    for sight, edit in _each(view, edits, [edit for edit in live if edit.ref.kind == BINDING]):
        faults = (_of_binding(intent, documents, edit.ref) for documents in (sight.before, sight.after))
        yield from ((edit.ref, fault) for fault in _new(*faults))
    for sight, edit in _each(view, edits, [edit for edit in live if edit.ref.kind == SPLIT]):
        bindings = list(_bindings_of(view, sight, edit.ref))
        faults = (_of_split(intent, documents, edit.ref, bindings) for documents in (sight.before, sight.after))
        yield from ((edit.ref, fault) for fault in _new(*faults))


def router_lints(view: View, intent: Intent, edits: Sequence[Edit]) -> Iterator[dict[str, Any]]:
    """Say what the routers of edited bindings and bound splits do otherwise than the service."""
    live = [edit for edit in edits if not is_archived(edit.after)]
    for sight, edit in _each(view, edits, [edit for edit in live if edit.ref.kind == BINDING]):
        binding = binding_of(sight.environment, sight.after[edit.ref.name])
        target = _target(sight.after, binding)
        for index, name in enumerate(binding.routers if target else ()):
            if target and name in intent.routers:
                found = surprises(name, intent.routers[name], target)
                yield from (_lint(edit.ref, pointer_to("routers", index), *surprise) for surprise in found)
        yield from (_lint(edit.ref, "/split", "untold", text) for text in (target.untold if target else ()))
    for sight, edit in _each(view, edits, [edit for edit in live if edit.ref.kind == SPLIT]):
        for binding in _bindings_of(view, sight, edit.ref):
            target = target_of(sight.environment, sight.after[edit.ref.name], "")
            told = f"(the binding {binding.key!r} tells routers)"
            yield from (_lint(edit.ref, "", "untold", f"{text} {told}") for text in target.untold)


def followers(view: View, edits: Sequence[Edit]) -> list[str]:
    """Name the bindings, in force and switched on, whose routers follow these edits of one environment."""
    live = [edit for edit in edits if edit.ref.kind in {BINDING, SPLIT} and not is_archived(edit.after)]
    found = set()
    for sight, edit in _each(view, edits, live):
        if edit.ref.kind == SPLIT:
            found |= {binding.key for binding in _bindings_of(view, sight, edit.ref)}
        elif sight.after[edit.ref.name]["enabled"]:
            found.add(edit.ref.key)
    return sorted(found)


def _new(before: Sequence[Fault], after: Sequence[Fault]) -> list[Fault]:
    """Leave out what was so before, wherever it stood."""
    said = {fault.detail for fault in before}
    return [fault for fault in after if fault.detail not in said]


def _each(view: View, edits: Sequence[Edit], wanted: Sequence[Edit]) -> Iterator[tuple[_Sight, Edit]]:
    for environment, group in groupby(sorted(wanted, key=_environment), key=_environment):
        if environment != CATALOG:
            here = [edit for edit in edits if edit.ref.environment == environment]
            before = Documents(view, environment, {edit.ref.name: edit.before or GONE for edit in here})
            after = Documents(view, environment, {edit.ref.name: edit.after for edit in here})
            yield from ((_Sight(environment, before, after), edit) for edit in group)


def _environment(edit: Edit) -> str:
    return edit.ref.environment


def _routers_before(sight: _Sight, edit: Edit) -> frozenset[str]:
    """Name the routers that a binding had, unless this edit switches it on."""
    had, has = sight.before.get(edit.ref.name), sight.after[edit.ref.name]
    if had is None or (has.get("enabled") and not had["enabled"]):
        return frozenset()
    return frozenset(had["routers"])


def _router(intent: Intent, ref: Ref, index: int, name: str, drivers: Mapping[str, Sequence[Ref]]) -> Iterator[Fault]:
    pointer = pointer_to("routers", index)
    if name not in intent.routers:
        known = nearest(name, intent.routers) if intent.routers else ": none is configured (FLAGSVC_ROUTERS)."
        yield Fault(pointer, "unknown-router", f"There is no router {name!r}{known}")
    for other in drivers.get(name, ()):
        if other != ref:
            detail = f"The router {name!r} is driven by the binding {other.environment}/{other.key}: take it out there."
            yield Fault(pointer, "router-taken", detail)


def _drivers(view: View, edits: Sequence[Edit]) -> dict[str, list[Ref]]:
    """Name the bindings of each router in all open environments, as they were before, but for those that are edited."""
    drivers: dict[str, list[Ref]] = {}
    texts = {edit.ref: edit.after for edit in edits if edit.ref.kind == BINDING}
    documents = {
        document.ref: document.text for key in open_environments(view) for document in view.documents(key, BINDING)
    }
    for ref, text in {**documents, **texts}.items():
        members = {} if is_archived(text) else parsed(text)
        for name in members.get("routers", ()) if isinstance(members.get("routers"), list) else ():
            if isinstance(name, str):
                drivers.setdefault(name, []).append(ref)
    return drivers


def _of_binding(intent: Intent, documents: Documents, ref: Ref) -> list[Fault]:
    members = documents.get(ref.name)
    binding = binding_of(ref.environment, members) if members else None
    target = _target(documents, binding) if binding and binding.enabled else None
    if binding is None or target is None:
        return []
    return [
        Fault(pointer_to("routers", index), misfit.code, misfit.detail)
        for index, name in enumerate(binding.routers)
        for misfit in _misfits(intent, name, target)
    ]


def _of_split(intent: Intent, documents: Documents, ref: Ref, bindings: Sequence[Binding]) -> list[Fault]:
    split = documents.get(ref.name)
    if split is None:
        return []
    target = target_of(ref.environment, split, "")
    return [
        Fault(pointer_to(*pointer_in(split, misfit.place)), misfit.code, misfit.detail)
        for binding in bindings
        for name in binding.routers
        for misfit in _misfits(intent, name, target)
    ]


def _misfits(intent: Intent, name: str, target: Target) -> Sequence[Misfit]:
    return misfits(name, intent.routers[name], target) if name in intent.routers else ()


def _bindings_of(view: View, sight: _Sight, split: Ref) -> Iterator[Binding]:
    """Yield the bindings that drive a split after the edits: those in force and switched on."""
    edited = (name for name in sight.after.edited if name.startswith(f"{BINDING}/"))
    stored = (name for name in view.users(split.environment, split.name) if name.startswith(f"{BINDING}/"))
    for name in dict.fromkeys([*stored, *edited]):
        members = sight.after.get(name)
        if members and members["split"] == split.key and members["enabled"]:
            yield binding_of(split.environment, members)


def _target(documents: Documents, binding: Binding) -> Target | None:
    split = documents.get(f"{SPLIT}/{binding.split}")
    return target_of(binding.environment, split, "") if split else None


def _lint(ref: Ref, pointer: str, code: str, detail: str) -> dict[str, Any]:
    return {"document": ref.name, "pointer": pointer, "code": code, "detail": detail}
