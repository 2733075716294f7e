"""Environments: documents of the catalogue, each with a history of its own."""

from collections.abc import Mapping
from typing import Any

from flagsdk.core.validate.shapes import is_key
from flagsvc.domain.drafts import configuration_draft, environment_draft
from flagsvc.domain.errors import Exists, Fault, InUse, Invalid
from flagsvc.domain.members import ROLLOUT
from flagsvc.domain.page import Listing, Page
from flagsvc.domain.patch import Patch
from flagsvc.domain.records import CATALOG, READER_KINDS, Document, Edit, Ref
from flagsvc.domain.rollouts.state import LIVE
from flagsvc.domain.tokens import EVERYWHERE
from flagsvc.ports import Store, Transaction
from flagsvc.usecases.conditions import demand_clean, demand_live, demand_reason, demand_version, edited
from flagsvc.usecases.intent import Found, Intent, Written
from flagsvc.usecases.reading import EVERYTHING, members_of, open_environments, rendered, required, required_head
from flagsvc.usecases.writing import Plan, edit_of, perform, settle

Body = Mapping[str, Any]


def list_environments(store: Store, page: Page) -> Listing:
    """List environments; raises BadQuery."""
    with store.reading() as view:
        found, cursor = view.find(CATALOG, "environment", page)
    return Listing([rendered(document) for document in found], cursor)


def get_environment(store: Store, key: str) -> Found:
    """Read one environment, archived or not; raises NotFound."""
    with store.reading() as view:
        document = required(view, _ref(key))
        return Found(rendered(document), document.version, required_head(view, CATALOG).revision)


def create_environment(store: Store, intent: Intent, body: Body) -> Written:
    """Create an environment with every flag in it: disabled, or as in the environment `body["copyFrom"]`.

    With `copyFrom`, segments and traffic splits come along; salts and tables stay the same. Raises Exists, Invalid.
    """

    def work(tx: Transaction) -> Written:
        members = {name: value for name, value in body.items() if name != "copyFrom"}
        document = _drafted(members, {})
        ref, source = _ref(document["key"]), body.get("copyFrom")
        if tx.document(ref) is not None:
            raise Exists("environment", ref.key)
        if source is not None and source not in open_environments(tx):
            raise Invalid([Fault("/copyFrom", "unknown-environment", f"There is no environment {source!r}.")])
        tx.lock([source] if source else [])
        head = required_head(tx, CATALOG)
        tx.open_environment(ref.key, head.epoch)
        contents = _copied(tx, source, ref.key) if source else _fresh(tx, intent, ref.key)
        return settle(tx, intent, Plan("environment.create", [edit_of(ref, None, document), *contents], ref))

    demand_clean(body)
    return perform(store, intent, [CATALOG], work)


def put_environment(store: Store, intent: Intent, key: str, body: Body) -> Written:
    """Replace name, description and policy; raises NotFound, Archived, StaleRevision, PreconditionRequired, Invalid."""
    return _edited(store, intent, key, Patch("replace", body))


def patch_environment(store: Store, intent: Intent, key: str, patch: Patch) -> Written:
    """Change parts of an environment; raises what `put_environment` raises, and BadPatch."""
    return _edited(store, intent, key, patch)


def archive_environment(store: Store, intent: Intent, key: str) -> Written:
    """Close an environment for good: no reads of its documents, no writes; its history stays. The last one stays."""

    def work(tx: Transaction) -> Written:
        current = _editable(tx, intent, key)
        if not current.archived and open_environments(tx) == [key]:
            raise InUse(f"Environment {key!r} is the last one and", ["the service"])
        if live := [f"{key}/{ROLLOUT}/{stored.key}" for stored in tx.rollouts(key, LIVE)]:
            raise InUse(f"Environment {key!r}", live)
        tx.close_environment(key)
        edit = edit_of(current.ref, current, {**members_of(current), "archived": True})
        return settle(tx, intent, Plan("environment.archive", [edit], current.ref))

    return perform(store, intent, [CATALOG, key], work)


def _edited(store: Store, intent: Intent, key: str, patch: Patch) -> Written:
    def work(tx: Transaction) -> Written:
        current = _editable(tx, intent, key)
        demand_live(current)
        before = members_of(current)
        edit = edit_of(current.ref, current, _drafted(edited(patch, before), before))
        return settle(tx, intent, Plan("environment.edit", [edit], current.ref))

    return perform(store, intent, [CATALOG, key], work)


def _editable(tx: Transaction, intent: Intent, key: str) -> Document:
    current = required(tx, _ref(key))
    demand_reason(tx, intent, [key])
    demand_version(tx, intent, current, [key])
    return current


def _drafted(body: Body, before: Body) -> dict[str, Any]:
    draft = environment_draft(body, before)
    faults = list(draft.faults)
    if not is_key(draft.document.get("key")):
        faults.append(Fault("/key", "bad-key", "A key has 1 to 100 of A-Z a-z 0-9 . _ -, a letter or digit first."))
    if draft.document.get("key") == EVERYWHERE:
        faults.append(
            Fault("/key", "bad-key", f"{EVERYWHERE!r} stands for all environments in tokens: choose another.")
        )
    if faults:
        raise Invalid(faults)
    return draft.document


def _fresh(tx: Transaction, intent: Intent, environment: str) -> list[Edit]:
    definitions, _ = tx.find(CATALOG, "flag", Page(limit=EVERYTHING, filters={}))
    archived, _ = tx.find(CATALOG, "flag", Page(limit=EVERYTHING, filters={"archived": "true"}))
    drafts = (configuration_draft({}, {}, members_of(each), intent.mint).document for each in [*definitions, *archived])
    return [edit_of(Ref(environment, "flag", document["key"]), None, document) for document in drafts]


def _copied(tx: Transaction, source: str, environment: str) -> list[Edit]:
    read = (document for document in tx.documents(source) if document.ref.kind in READER_KINDS)
    documents = [document for document in read if document.ref.kind == "flag" or not document.archived]
    return [Edit(document.ref._replace(environment=environment), None, document.text) for document in documents]


def _ref(key: str) -> Ref:
    return Ref(CATALOG, "environment", key)
