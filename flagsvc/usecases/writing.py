"""The one way in which documents change: judged, compared, linked into the trail, and stored, in one transaction."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from functools import partial
from itertools import groupby
from typing import Any

from flagsdk.core.validate import Problem, problems_of
from flagsdk.wire import canonical
from flagsvc.domain.chain import summary_of
from flagsvc.domain.errors import Fault, InUse, Invalid, KeyReused
from flagsvc.domain.instants import text_of
from flagsvc.domain.lints import lints_of
from flagsvc.domain.members import BINDING, FREEZE, PLAN, pointer_to
from flagsvc.domain.moves import moves_between
from flagsvc.domain.records import CATALOG, READER_KINDS, Document, Edit, Ref, Remembered, is_archived
from flagsvc.domain.references import references_of
from flagsvc.domain.rollouts.check_document import plan_document_problems
from flagsvc.domain.rollouts.freeze_check import freeze_problems
from flagsvc.domain.routing.check import binding_problems
from flagsvc.ports import Store, Transaction
from flagsvc.usecases.conditions import parsed
from flagsvc.usecases.driving import demand_undriven
from flagsvc.usecases.fitting import followers, router_faults, router_lints, unfit
from flagsvc.usecases.intent import Intent, Written
from flagsvc.usecases.readable import unreadable
from flagsvc.usecases.reading import NOUNS, Documents, rendered, required
from flagsvc.usecases.trail import next_change
from flagsvc.usecases.zones import zone_of

_CHECKS: Mapping[str, Callable[[Any, Mapping[str, Mapping[str, Any]]], list[Problem]]] = {
    **{kind: partial(problems_of, kind) for kind in READER_KINDS},
    BINDING: binding_problems,
    PLAN: plan_document_problems,
    FREEZE: partial(freeze_problems, zone_of),
}
REMEMBERED_FOR = timedelta(hours=24)

Work = Callable[[Transaction], Written]
Render = Callable[[Transaction, Document], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a write is going to do: its name in the trail, its edits, and the document it is about (if it is one).

    `places` leads from a document to its place in the request, for pointers; `faults` is what is wrong already.
    """

    action: str
    edits: Sequence[Edit]
    subject: Ref | None = None
    environment: str = ""
    render: Render = lambda _, document: rendered(document)
    places: Mapping[Ref, str] = field(default_factory=dict)
    faults: Sequence[Fault] = ()

    def place(self, ref: Ref) -> str:
        """Pointer to what a document was made from."""
        return "" if ref == self.subject else self.places.get(ref, pointer_to("documents", ref.name))

    def placed(self, faults: Iterable[tuple[Ref, Fault]]) -> Iterator[Fault]:
        """Lead from faults of documents to the places in the request."""
        return (fault._replace(pointer=self.place(ref) + fault.pointer) for ref, fault in faults)


def perform(store: Store, intent: Intent, environments: Sequence[str], work: Work, once: str | None = None) -> Written:
    """Do the work in one transaction, or give the answer that is remembered under the Idempotency-Key.

    `once` is a member of the document that is answered this time and never remembered.
    """

    def attempt(tx: Transaction) -> Written:
        if (kept := _remembered(tx, intent)) is not None:
            return kept
        written = work(tx)
        _remember(tx, intent, written, once)
        return written

    return store.run(environments, attempt, dry_run=intent.dry_run)


def locks_of(environment: str, kind: str) -> list[str]:
    """Name what a write to a document has to lock: for a binding the catalogue, too.

    A router has one binding in all environments together, so that writers of bindings wait for one another.
    """
    return [CATALOG, environment] if kind == BINDING else [environment]


def edit_of(ref: Ref, before: Document | None, after: Mapping[str, Any]) -> Edit:
    """Make the edit that gives a document new members."""
    return Edit(ref, before.text if before else None, canonical(after))


def settle(tx: Transaction, intent: Intent, plan: Plan) -> Written:
    """Judge the edits and store those that change something; raises Invalid with all that is wrong, and InUse."""
    edits = [edit for edit in plan.edits if edit.before != edit.after]
    demand_undriven(tx, intent, edits)
    _demand_sound(tx, intent, edits, plan)
    _demand_unneeded(tx, edits)
    heads = {}
    for environment, group in groupby(sorted(edits, key=lambda edit: edit.ref), key=lambda edit: edit.ref.environment):
        heads[environment] = _append(tx, intent, plan.action, environment, list(group))
    return _written(tx, intent, plan, edits, heads)


def _demand_sound(tx: Transaction, intent: Intent, edits: Sequence[Edit], plan: Plan) -> None:
    faults = list(plan.faults)
    by_environment: dict[str, dict[str, str]] = {}
    for edit in edits:
        by_environment.setdefault(edit.ref.environment, {})[edit.ref.name] = edit.after
    views = {key: Documents(tx, key, texts) for key, texts in by_environment.items()}
    for edit in edits:
        if edit.ref.environment != CATALOG and edit.ref.kind in _CHECKS and not is_archived(edit.after):
            problems = _CHECKS[edit.ref.kind](parsed(edit.after), views[edit.ref.environment])
            faults += plan.placed((edit.ref, Fault(*problem)) for problem in problems)
    faults += plan.placed(router_faults(tx, intent, edits))
    if not faults:
        faults += plan.placed(_unreadable(tx, edits))
        faults += plan.placed(unfit(tx, intent, edits))
    if faults:
        raise Invalid(faults)


def _unreadable(tx: Transaction, edits: Sequence[Edit]) -> Iterator[tuple[Ref, Fault]]:
    for environment in sorted({edit.ref.environment for edit in edits} - {CATALOG}):
        yield from unreadable(tx, environment, [edit for edit in edits if edit.ref.environment == environment])


def _demand_unneeded(tx: Transaction, edits: Sequence[Edit]) -> None:
    """Pass when nothing else in force refers to what would be archived; users that are edited, too, are sound."""
    edited = {edit.ref for edit in edits}
    users: dict[str, list[str]] = {}
    for environment, kind, key in (edit.ref for edit in edits if edit.action == "archive"):
        names = tx.users(environment, f"{kind}/{key}")
        others = [name for name in names if Ref(environment, *name.split("/", 1)) not in edited]
        users.setdefault(f"{NOUNS[kind].capitalize()} {key!r}", []).extend(f"{environment}/{name}" for name in others)
    for what, found in users.items():
        if found:
            raise InUse(what, found)


def _append(tx: Transaction, intent: Intent, action: str, environment: str, edits: Sequence[Edit]) -> int:
    change = next_change(tx, intent, environment, action, [summary_of(edit) for edit in edits])
    uses = {} if environment == CATALOG else {edit.ref.name: references_of(parsed(edit.after)) for edit in edits}
    tx.append(change, edits, uses)
    return change.revision


def _written(tx: Transaction, intent: Intent, plan: Plan, edits: Sequence[Edit], heads: Mapping[str, int]) -> Written:
    environment = plan.subject.environment if plan.subject else plan.environment
    head = tx.head(environment)
    written = Written(
        environment=environment,
        revision=head.revision if head else 0,
        change_id=f"{environment}:{heads[environment]}" if environment in heads else None,
        moves=[move for edit in edits for move in moves_of_edit(edit)],
        lints=[
            *(lint for edit in edits for lint in lints_of_edit(edit, environment)),
            *router_lints(tx, intent, [edit for edit in edits if edit.ref.environment == environment]),
        ],
        heads={key: revision for key, revision in heads.items() if key != CATALOG},
        bindings=followers(tx, [edit for edit in edits if edit.ref.environment == environment]),
        dry_run=intent.dry_run,
    )
    if plan.subject is None:
        changed = {edit.ref for edit in edits}
        documents = (document for document in tx.documents(environment) if document.ref in changed)
        return replace(written, documents={document.ref.name: rendered(document) for document in documents})
    document = required(tx, plan.subject)
    created = any(edit.ref == plan.subject and edit.before is None for edit in edits)
    return replace(written, document=plan.render(tx, document), version=document.version, created=created)


def moves_of_edit(edit: Edit) -> Iterable[dict[str, Any]]:
    """Say who moves, place by place."""
    if edit.before is None or edit.action != "edit":
        return ()
    return moves_between(edit.ref.name, parsed(edit.before), parsed(edit.after))


def lints_of_edit(edit: Edit, environment: str) -> Iterable[dict[str, Any]]:
    """Say what deserves a second look, of an edit in this environment."""
    if edit.ref.environment != environment or environment == CATALOG or is_archived(edit.after):
        return ()
    return lints_of(edit.ref.name, parsed(edit.before) if edit.before else {}, parsed(edit.after))


def _remembered(tx: Transaction, intent: Intent) -> Written | None:
    if intent.idempotency is None or intent.dry_run:
        return None
    kept = tx.remembered(_owner(intent), intent.idempotency.key)
    if kept is None or kept.at < text_of(intent.now - REMEMBERED_FOR):
        return None
    if (kept.request, kept.body_hash) != (intent.idempotency.request, intent.idempotency.body_hash):
        raise KeyReused
    return replace(Written(**json.loads(kept.answer)), replayed=True)


def _remember(tx: Transaction, intent: Intent, written: Written, once: str | None) -> None:
    if intent.idempotency is None or intent.dry_run:
        return
    answer = asdict(written)
    if once and answer["document"]:
        del answer["document"][once]
    bound = intent.idempotency
    text = json.dumps(answer, ensure_ascii=False, separators=(",", ":"))
    kept = Remembered(_owner(intent), bound.key, bound.request, bound.body_hash, text, text_of(intent.now))
    tx.remember(kept, text_of(intent.now - REMEMBERED_FOR))


def _owner(intent: Intent) -> str:
    return intent.actor.token_id or f"{intent.actor.kind}:{intent.actor.name}"
