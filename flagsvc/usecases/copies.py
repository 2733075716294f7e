"""From environment to environment: the same salts, the same tables, so the same units get the same variants."""

from collections.abc import Mapping
from typing import Any

from flagsvc.domain.errors import Fault, Invalid
from flagsvc.domain.members import pointer_to, unknown_member
from flagsvc.domain.records import READER_KINDS, Document, Edit, Ref
from flagsvc.ports import Store, Transaction
from flagsvc.usecases.conditions import demand_clean, demand_reason, demand_revision_seen
from flagsvc.usecases.intent import Intent, Written
from flagsvc.usecases.reading import demand_open, members_of, required_head
from flagsvc.usecases.reverts import with_configuration
from flagsvc.usecases.writing import Plan, edit_of, perform, settle

LISTS = {"flags": "flag", "segments": "segment", "splits": "split"}


def copy_documents(store: Store, intent: Intent, environment: str, body: Mapping[str, Any]) -> Written:
    """Bring documents of the environment `body["from"]` here, as one change; without any list, all of them.

    Bindings stay where they are: a router is driven by one environment. Nothing is archived here. Raises NotFound for
    an environment, Invalid for keys that are not there or documents that do not fit here (a missing segment, say),
    StaleRevision (against this environment's revision), and so on.
    """
    demand_clean(body)
    _demand_shape(body)
    source = str(body["from"])

    def work(tx: Transaction) -> Written:
        for each in (source, environment):
            demand_open(tx, each)
        demand_reason(tx, intent, [environment])
        demand_revision_seen(tx, intent, environment, required_head(tx, environment).revision)
        here = {document.ref: document for document in tx.documents(environment)}
        edits = [_copied(here, environment, document) for document in _chosen(tx, source, body)]
        return settle(tx, intent, Plan("environment.copy", edits, environment=environment))

    return perform(store, intent, [source, environment], work)


def _demand_shape(body: Mapping[str, Any]) -> None:
    faults = [Fault("/from", "missing", "Name the environment to copy from.")] if not body.get("from") else []
    for name, value in body.items():
        if name not in {"from", *LISTS}:
            faults.append(unknown_member(name, ("from", *LISTS)))
        elif name in LISTS and value is not None and not isinstance(value, list):
            faults.append(Fault(pointer_to(name), "wrong-type", "This must be a list of keys."))
    if faults:
        raise Invalid(faults)


def _chosen(tx: Transaction, source: str, body: Mapping[str, Any]) -> list[Document]:
    documents = (document for document in tx.documents(source) if document.ref.kind in READER_KINDS)
    there = {document.ref.name: document for document in documents if not document.archived}
    if not any(body.get(name) is not None for name in LISTS):
        return list(there.values())
    wanted = {
        f"{kind}/{key}": pointer_to(name, index)
        for name, kind in LISTS.items()
        for index, key in enumerate(body.get(name) or ())
    }
    if missing := [name for name in wanted if name not in there]:
        raise Invalid([Fault(wanted[name], "unknown-document", f"There is no {name} in {source}.") for name in missing])
    return [there[name] for name in wanted]


def _copied(here: Mapping[Ref, Document], environment: str, document: Document) -> Edit:
    ref = Ref(environment, document.ref.kind, document.ref.key)
    current = here.get(ref)
    if current is None or ref.kind != "flag":
        return Edit(ref, current.text if current else None, document.text)
    return edit_of(ref, current, with_configuration(members_of(current), members_of(document)))
