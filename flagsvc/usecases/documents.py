"""Documents of one environment: flag configurations, segments, splits, bindings and plans, read and edited alike."""

from collections.abc import Mapping
from typing import Any

from flagsvc.domain.drafts import (
    Draft,
    binding_draft,
    configuration_draft,
    freeze_draft,
    plan_draft,
    segment_draft,
    split_draft,
)
from flagsvc.domain.errors import Exists, Fault, Invalid
from flagsvc.domain.members import BINDING, FREEZE, PLAN
from flagsvc.domain.page import Listing, Page
from flagsvc.domain.patch import Patch
from flagsvc.domain.records import Document, Ref
from flagsvc.ports import Store, Transaction
from flagsvc.usecases.conditions import (
    demand_clean,
    demand_live,
    demand_reason,
    demand_same_draw,
    demand_version,
    edited,
)
from flagsvc.usecases.intent import Found, Intent, Written
from flagsvc.usecases.reading import NOUNS, demand_open, members_of, rendered, required, required_head
from flagsvc.usecases.writing import Plan, edit_of, locks_of, perform, settle

Body = Mapping[str, Any]


def list_documents(store: Store, environment: str, kind: str, page: Page) -> Listing:
    """List the documents of one kind; raises NotFound for the environment, BadQuery for the page."""
    with store.reading() as view:
        demand_open(view, environment)
        found, cursor = view.find(environment, kind, page)
    return Listing([rendered(document) for document in found], cursor)


def get_document(store: Store, ref: Ref) -> Found:
    """Read one document, archived or not; raises NotFound."""
    with store.reading() as view:
        demand_open(view, ref.environment)
        document = required(view, ref)
        return Found(rendered(document), document.version, required_head(view, ref.environment).revision)


def create_document(store: Store, intent: Intent, environment: str, kind: str, body: Body) -> Written:
    """Create a segment, split, binding or plan; raises Exists, Invalid, ReasonRequired, NotFound (environment)."""

    def work(tx: Transaction) -> Written:
        demand_open(tx, environment)
        demand_reason(tx, intent, [environment])
        ref = Ref(environment, kind, str(body.get("key")))
        if tx.document(ref) is not None:
            raise Exists(NOUNS[kind], ref.key, environment)
        draft = _drafted(intent, ref, body, {})
        edit = edit_of(ref, None, draft.document)
        return settle(tx, intent, Plan(f"{kind}.create", [edit], ref, faults=draft.faults))

    demand_clean(body)
    return perform(store, intent, locks_of(environment, kind), work)


def put_document(store: Store, intent: Intent, ref: Ref, body: Body) -> Written:
    """Replace a document: what is left out takes its default, what the server owns stays.

    Raises NotFound, Archived, StaleRevision, PreconditionRequired, ReasonRequired, Invalid, RerandomiseRequired.
    """
    return _edited(store, intent, ref, Patch("replace", body))


def patch_document(store: Store, intent: Intent, ref: Ref, patch: Patch) -> Written:
    """Change parts of a document; raises what `put_document` raises, and BadPatch."""
    return _edited(store, intent, ref, patch)


def archive_document(store: Store, intent: Intent, ref: Ref) -> Written:
    """Take a document out of force; its history stays. Raises InUse with the names of its users."""

    def work(tx: Transaction) -> Written:
        current = editable(tx, intent, ref)
        edit = edit_of(ref, current, {**members_of(current), "archived": True})
        return settle(tx, intent, Plan(f"{ref.kind}.archive", [edit], ref))

    return perform(store, intent, locks_of(ref.environment, ref.kind), work)


def restore_document(store: Store, intent: Intent, ref: Ref) -> Written:
    """Bring an archived document back as it was; raises Invalid when it no longer fits."""

    def work(tx: Transaction) -> Written:
        current = editable(tx, intent, ref)
        members = {name: value for name, value in members_of(current).items() if name != "archived"}
        return settle(tx, intent, Plan(f"{ref.kind}.restore", [edit_of(ref, current, members)], ref))

    return perform(store, intent, locks_of(ref.environment, ref.kind), work)


def editable(tx: Transaction, intent: Intent, ref: Ref) -> Document:
    """Read a document for a write, with all conditions of the write checked but that it is not archived."""
    demand_open(tx, ref.environment)
    current = required(tx, ref)
    demand_reason(tx, intent, [ref.environment])
    demand_version(tx, intent, current, [ref.environment])
    return current


def replacement(intent: Intent, action: str, current: Document, body: Body) -> Plan:
    """Plan to give a document the content of a body; raises Invalid, RerandomiseRequired."""
    draft = _drafted(intent, current.ref, body, members_of(current))
    edit = edit_of(current.ref, current, draft.document)
    return Plan(f"{current.ref.kind}.{action}", [edit], current.ref, faults=draft.faults)


def _edited(store: Store, intent: Intent, ref: Ref, patch: Patch) -> Written:
    def work(tx: Transaction) -> Written:
        current = editable(tx, intent, ref)
        demand_live(current)
        body = edited(patch, members_of(current))
        return settle(tx, intent, replacement(intent, "edit", current, body))

    return perform(store, intent, locks_of(ref.environment, ref.kind), work)


def _drafted(intent: Intent, ref: Ref, body: Body, before: Body) -> Draft:
    draft = draft_of(intent, ref.kind, body, before)
    if not draft.faults:
        demand_same_draw(intent, draft.redrawn)
    return draft


def draft_of(intent: Intent, kind: str, body: Body, before: Body) -> Draft:
    """Draft a document of any kind; `before` is {} for a new one. Raises Invalid for a new flag."""
    if kind == "segment":
        return segment_draft(body, before)
    if kind == "split":
        return split_draft(body, before, intent.mint)
    if kind == BINDING:
        return binding_draft(body, before)
    if kind == PLAN:
        return plan_draft(body, before)
    if kind == FREEZE:
        return freeze_draft(body, before)
    if not before:
        raise Invalid([Fault("", "wrong-place", "Flags are created for all environments at once.")])
    return configuration_draft(body, before, before, intent.mint)
