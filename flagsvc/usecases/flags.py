"""Flag definitions: what a flag is in all environments at once."""

from collections.abc import Mapping
from typing import Any

from flagsvc.domain.drafts import configuration_draft, definition_draft
from flagsvc.domain.errors import Exists, Fault, Invalid
from flagsvc.domain.instants import text_of
from flagsvc.domain.members import pointer_to, unknown_members
from flagsvc.domain.page import Listing, Page
from flagsvc.domain.patch import Patch
from flagsvc.domain.records import CATALOG, Document, Edit, Ref
from flagsvc.ports import Store, Transaction, View
from flagsvc.usecases.conditions import demand_clean, demand_live, demand_reason, edited
from flagsvc.usecases.definitions import (
    copies,
    demand_sound,
    demand_unused,
    editable_flag,
    lock_everything,
    summaries,
)
from flagsvc.usecases.intent import Found, Intent, Written
from flagsvc.usecases.reading import members_of, rendered, required, required_head
from flagsvc.usecases.writing import Plan, edit_of, perform, settle

Body = Mapping[str, Any]


def list_flags(store: Store, page: Page) -> Listing:
    """List definitions, each with a summary per environment; raises BadQuery."""
    with store.reading() as view:
        found, cursor = view.find(CATALOG, "flag", page)
        per_environment = summaries(view, [document.ref.key for document in found])
    items = [{**rendered(document), "environments": per_environment[document.ref.key]} for document in found]
    return Listing(items, cursor)


def get_flag(store: Store, key: str) -> Found:
    """Read a definition with a summary per environment; raises NotFound."""
    with store.reading() as view:
        document = required(view, Ref(CATALOG, "flag", key))
        return Found(_shown(view, document), document.version, required_head(view, CATALOG).revision)


def create_flag(store: Store, intent: Intent, body: Body) -> Written:
    """Create a flag with a configuration in every environment: disabled, or what `body["environments"]` gives.

    Raises Exists, Invalid, ReasonRequired.
    """

    def work(tx: Transaction) -> Written:
        environments = lock_everything(tx)
        demand_reason(tx, intent, environments)
        ref = Ref(CATALOG, "flag", str(body.get("key")))
        if tx.document(ref) is not None:
            raise Exists("flag", ref.key)
        definition = _defined(intent, {name: value for name, value in body.items() if name != "environments"}, {})
        given = _given(body.get("environments"), environments)
        edits = [_configured(intent, each, definition, given.get(each, {})) for each in environments]
        places = {edit.ref: pointer_to("environments", edit.ref.environment) for edit in edits}
        plan = Plan("flag.create", [edit_of(ref, None, definition), *edits], ref, render=_shown, places=places)
        return settle(tx, intent, plan)

    demand_clean(body)
    return perform(store, intent, [CATALOG], work)


def put_flag(store: Store, intent: Intent, key: str, body: Body) -> Written:
    """Replace a definition in all environments; raises InUse while a configuration names a variant that would go.

    Raises NotFound, Archived, StaleRevision, PreconditionRequired, ReasonRequired, Invalid, too.
    """
    return _edited(store, intent, key, Patch("replace", body))


def patch_flag(store: Store, intent: Intent, key: str, patch: Patch) -> Written:
    """Change parts of a definition; raises what `put_flag` raises, and BadPatch."""
    return _edited(store, intent, key, patch)


def archive_flag(store: Store, intent: Intent, key: str) -> Written:
    """Take a flag from its readers everywhere; raises InUse with the flags that wait for it."""

    def work(tx: Transaction) -> Written:
        current = editable_flag(tx, intent, key)
        return _settled(tx, intent, "flag.archive", current, {**members_of(current), "archived": True})

    return perform(store, intent, [CATALOG], work)


def restore_flag(store: Store, intent: Intent, key: str) -> Written:
    """Bring an archived flag back with its configurations; raises Invalid when one of them no longer fits."""

    def work(tx: Transaction) -> Written:
        current = editable_flag(tx, intent, key)
        members = {name: value for name, value in members_of(current).items() if name != "archived"}
        return _settled(tx, intent, "flag.restore", current, members)

    return perform(store, intent, [CATALOG], work)


def _edited(store: Store, intent: Intent, key: str, patch: Patch) -> Written:
    def work(tx: Transaction) -> Written:
        current = editable_flag(tx, intent, key)
        demand_live(current)
        before = members_of(current)
        definition = _defined(intent, edited(patch, before), before)
        demand_unused(tx, key, before, definition)
        return _settled(tx, intent, "flag.edit", current, definition)

    return perform(store, intent, [CATALOG], work)


def _settled(tx: Transaction, intent: Intent, action: str, current: Document, definition: Body) -> Written:
    edits = [edit_of(current.ref, current, definition), *copies(tx, definition)]
    return settle(tx, intent, Plan(action, edits, current.ref, render=_shown))


def _defined(intent: Intent, body: Body, before: Body) -> dict[str, Any]:
    draft = definition_draft(body, before, intent.mint, text_of(intent.now))
    demand_sound(draft)
    return draft.document


def _given(environments: Any, known: list[str]) -> Mapping[str, Body]:
    given = {} if environments is None else environments
    if not isinstance(given, dict):
        raise Invalid([Fault("/environments", "wrong-type", "This must be an object: environment and configuration.")])
    faults = [
        Fault(pointer_to("environments", key), "unknown-environment", f"There is no environment {key!r}.")
        if key not in known
        else Fault(pointer_to("environments", key), "wrong-type", "This must be an object.")
        for key, value in given.items()
        if key not in known or not isinstance(value, dict)
    ]
    if faults:
        raise Invalid(faults)
    return given


def _configured(intent: Intent, environment: str, definition: Body, given: Body) -> Edit:
    draft = configuration_draft(given, {}, definition, intent.mint)
    if faults := unknown_members("configuration", given):
        place = pointer_to("environments", environment)
        raise Invalid([fault._replace(pointer=place + fault.pointer) for fault in faults])
    return edit_of(Ref(environment, "flag", definition["key"]), None, draft.document)


def _shown(view: View, document: Document) -> dict[str, Any]:
    return {**rendered(document), "environments": summaries(view, [document.ref.key])[document.ref.key]}
