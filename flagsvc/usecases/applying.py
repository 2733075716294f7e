"""Documents of files brought into force: all in one transaction, and none of what operators hold in their hands."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from flagsvc.domain.drafts import Draft, configuration_draft, definition_draft
from flagsvc.domain.errors import Fault, Invalid, PreconditionRequired, RerandomiseRequired, StaleRevision
from flagsvc.domain.instants import text_of
from flagsvc.domain.manifests import ANY, Manifest, kept
from flagsvc.domain.members import CONFIGURED, pointer_to
from flagsvc.domain.records import CATALOG, Document, Edit, Ref
from flagsvc.ports import Store, Transaction
from flagsvc.usecases.conditions import demand_clean, demand_reason, policy_of
from flagsvc.usecases.definitions import demand_sound, demand_unused, lock_everything
from flagsvc.usecases.documents import draft_of
from flagsvc.usecases.driving import drivers_of
from flagsvc.usecases.fitting import followers, router_lints
from flagsvc.usecases.intent import Intent, Written
from flagsvc.usecases.reading import NOUNS, members_of, required_head
from flagsvc.usecases.switching import switched_off_by
from flagsvc.usecases.writing import Plan, edit_of, lints_of_edit, moves_of_edit, perform, settle

ACTION = "documents.apply"
Members = Mapping[str, Any]
Left = dict[str, Any]
"""What is left alone: {"pointer", "because", "expected": whether the file itself or a rollout says so}."""


@dataclass(slots=True)
class _Work:
    """What comes together while the manifests are gone through."""

    tx: Transaction
    intent: Intent
    environments: Sequence[str]
    edits: list[Edit] = field(default_factory=list)
    places: dict[Ref, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    redrawn: list[str] = field(default_factory=list)
    left: dict[str, list[Left]] = field(default_factory=dict)
    narrowed: list[tuple[Members, Members]] = field(default_factory=list)
    """Definitions of flags, before and after, whose variants have to be seen to once all edits are known."""


@dataclass(frozen=True, slots=True)
class _Target:
    """A document that a manifest is about. `stays`: what it is when a rollout moves it."""

    ref: Ref
    current: Document | None
    drafted: Callable[[Members], Draft]
    stays: Members


def apply_manifests(store: Store, intent: Intent, manifests: Sequence[Manifest], base: Mapping[str, int]) -> Written:
    """Bring documents into force as files have them, as one transaction; nothing is archived.

    What is left alone, and why, stands in the answer: what a file leaves to operators, what a running rollout moves,
    and what somebody else has switched off. `base`: the revisions that the environments must be at; protected ones
    must be named, but in a dry run. `documents` of the answer: "ENVIRONMENT/KIND/KEY" → {"action", "left"}.

    Raises Invalid with everything that is wrong, StaleRevision, PreconditionRequired, ReasonRequired, InUse,
    RerandomiseRequired.
    """

    def attempt(tx: Transaction) -> Written:
        work = _Work(tx, intent, lock_everything(tx))
        for manifest in manifests:
            _prepare(work, manifest)
        if work.faults:
            raise Invalid(work.faults)
        if work.redrawn and not intent.rerandomise:
            raise RerandomiseRequired(work.redrawn)
        _demand_variants(work)
        edits = [edit for edit in work.edits if edit.before != edit.after]
        _demand_base(tx, intent, base, {edit.ref.environment for edit in edits} - {CATALOG})
        written = settle(tx, intent, Plan(ACTION, edits, environment=CATALOG, places=work.places))
        return _with_routers(work, edits, _answered(written, edits, work.left))

    demand_clean([[each.definition, each.environments] for each in manifests])
    return perform(store, intent, [CATALOG], attempt)


def _demand_variants(work: _Work) -> None:
    """Pass when what stays names no variant that goes; what files say of it is judged with its place, later."""
    after = {edit.ref: edit.after for edit in work.edits}
    for old, new in work.narrowed:
        demand_unused(work.tx, str(new["key"]), old, new, {**after, **dict.fromkeys(work.places, "{}")})


def _demand_base(tx: Transaction, intent: Intent, base: Mapping[str, int], changed: set[str]) -> None:
    demand_reason(tx, intent, sorted(changed))
    for environment in sorted(changed | base.keys()):
        seen = base.get(environment)
        if seen is None:
            if policy_of(tx, environment).get("protected") and not intent.dry_run:  # which is how one comes to know
                raise PreconditionRequired(environment)
            continue
        head = required_head(tx, environment)
        if head.revision != seen:
            newest = tx.change(environment, head.revision)
            raise StaleRevision(seen, head.revision, newest.actor.name if newest else "nobody")


def _answered(written: Written, edits: Sequence[Edit], left: Mapping[str, list[Left]]) -> Written:
    own = {_name(edit.ref): edit for edit in edits if edit.ref.environment != CATALOG}
    documents: dict[str, dict[str, Any]] = {
        name: {"action": "edit" if edit.before else "create", "left": left.get(name, [])} for name, edit in own.items()
    }
    documents |= {name: {"action": "none", "left": reasons} for name, reasons in left.items() if name not in own}
    moves = [{**move, "document": name} for name, edit in own.items() for move in moves_of_edit(edit)]
    lints = [lint for edit in own.values() for lint in lints_of_edit(edit, edit.ref.environment)]
    first = next(iter(written.heads.items()), None)
    change = written.change_id or (f"{first[0]}:{first[1]}" if first else None)
    return replace(written, documents=documents, moves=moves, lints=lints, change_id=change)


def _with_routers(work: _Work, edits: Sequence[Edit], written: Written) -> Written:
    """Add what routers make of it: which bindings follow, and what their routers do otherwise than the service."""
    lints, bindings = list(written.lints), list[str]()
    for environment in sorted({edit.ref.environment for edit in edits} - {CATALOG}):
        own = [edit for edit in edits if edit.ref.environment == environment]
        lints += router_lints(work.tx, work.intent, own)
        bindings += followers(work.tx, own)
    return replace(written, lints=lints, bindings=bindings)


def _name(ref: Ref) -> str:
    return f"{ref.environment}/{ref.name}"


def _prepare(work: _Work, manifest: Manifest) -> None:
    unknown = [each for each in manifest.environments if each not in work.environments]
    work.faults += [
        Fault(manifest.at(each), "unknown-environment", f"There is no environment {each!r}.") for each in unknown
    ]
    for index, (environment, *_) in enumerate(manifest.left):
        if environment not in (ANY, *work.environments):
            place = manifest.place + pointer_to("spec", "leaveToOperators", index)
            work.faults.append(Fault(place, "unknown-environment", f"There is no environment {environment!r}."))
    if manifest.kind == "flag":
        _prepare_flag(work, manifest)
        return
    for environment in manifest.environments.keys() - set(unknown):
        ref = Ref(environment, manifest.kind, manifest.key)
        current = work.tx.document(ref)
        if not _is_archived(work, manifest, current):
            before = members_of(current)
            drafted = partial(_document_draft, work.intent, ref, before)
            _add(work, manifest, _Target(ref, current, drafted, before))


def _document_draft(intent: Intent, ref: Ref, before: Members, body: Members) -> Draft:
    return draft_of(intent, ref.kind, {"key": ref.key, **body}, before)


def _flag_draft(intent: Intent, definition: Members, before: Members, body: Members) -> Draft:
    return configuration_draft(body, before, definition, intent.mint)


def _is_archived(work: _Work, manifest: Manifest, current: Document | None) -> bool:
    if current is None or not current.archived:
        return False
    detail = f"The {NOUNS[manifest.kind]} {manifest.key!r} is archived: restore it first, or take it out of the files."
    work.faults.append(Fault(manifest.place, "archived", detail))
    return True


def _prepare_flag(work: _Work, manifest: Manifest) -> None:
    ref = Ref(CATALOG, "flag", manifest.key)
    current = work.tx.document(ref)
    if _is_archived(work, manifest, current):
        return
    definition = _definition(work, manifest, current)
    if definition is None:
        return
    work.edits.append(edit_of(ref, current, definition))
    work.places[ref] = manifest.place
    stored = {document.ref.environment: document for document in work.tx.across("flag", [manifest.key])}
    for environment in work.environments:
        own, there = Ref(environment, "flag", manifest.key), stored.get(environment)
        before = members_of(there)
        stays = {**{name: before[name] for name in CONFIGURED if name in before}, **definition}
        if there is not None and environment not in manifest.environments:  # only the definition reaches it
            work.edits.append(edit_of(own, there, stays))
        else:
            drafted = partial(_flag_draft, work.intent, definition, before)
            _add(work, manifest, _Target(own, there, drafted, stays))


def _definition(work: _Work, manifest: Manifest, current: Document | None) -> dict[str, Any] | None:
    before = members_of(current)
    body = {"key": manifest.key, **manifest.definition}
    draft = definition_draft(body, before, work.intent.mint, text_of(work.intent.now))
    try:
        demand_sound(draft)
    except Invalid as error:
        spec = ("type", "variants", "salt")
        for fault in error.faults:
            part = "/spec" if fault.pointer.split("/")[1:2] in [[name] for name in spec] else "/metadata"
            work.faults.append(fault._replace(pointer=manifest.place + part + fault.pointer))
        return None
    if current is not None:
        work.narrowed.append((before, draft.document))
    return draft.document


def _add(work: _Work, manifest: Manifest, target: _Target) -> None:
    """Draft what a document shall be, but for what is left alone, and add the edit."""
    ref, current = target.ref, target.current
    environment = ref.environment
    body: Members | None = manifest.environments.get(environment, {})
    if current is not None:
        body, left = _yielding(work, manifest, target, body or {})
        if left:
            work.left[_name(ref)] = left
    if body is None:
        work.edits.append(edit_of(ref, current, target.stays))
        return
    draft = target.drafted(body)
    work.faults += [fault._replace(pointer=manifest.at(environment) + fault.pointer) for fault in draft.faults]
    work.redrawn += [manifest.at(environment) + pointer for pointer in draft.redrawn]
    work.places[ref] = manifest.at(environment)
    work.edits.append(edit_of(ref, current, draft.document))


def _yielding(work: _Work, manifest: Manifest, target: _Target, body: Members) -> tuple[Members | None, list[Left]]:
    """Give way to operators: the members without what is theirs (None: nothing is left), and what that is."""
    ref, drafted, before = target.ref, target.drafted, members_of(target.current)
    if driver := next(drivers_of(work.tx, ref), None):
        same = drafted(body).document == target.stays
        return None, [] if same else [_left("", f"the rollout {driver.rollout.key!r} is moving it", expected=True)]
    left: list[Left] = []
    for path in (each for each in manifest.left_in(ref.environment) if each[0] in before):
        theirs = before[path[0]]
        yielded = {**body, path[0]: kept(body.get(path[0], theirs), theirs, path[1:])}
        if drafted(yielded).document != drafted(body).document:
            left.append(_left(pointer_to(*path), "left to operators", expected=True))
        body = yielded
    comes_on = body.get("enabled", ref.kind != "flag") and before.get("enabled") is False
    if comes_on and (who := switched_off_by(work.tx, ref, work.intent.actor)):
        body = {**body, "enabled": False}
        left.append(_left("/enabled", f"{who} switched it off: switch it on by hand", expected=False))
    return body, left


def _left(pointer: str, because: str, *, expected: bool) -> Left:
    return {"pointer": pointer, "because": because, "expected": expected}
