"""Back to a stored revision: documents return as they were stored, tables included; nothing is derived anew."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from flagsvc.domain.drafts import configuration_draft
from flagsvc.domain.errors import NotFound
from flagsvc.domain.members import BINDING, CONFIGURED, DEFINED, FREEZE, ROLLOUT
from flagsvc.domain.records import GONE, Document, Edit, Ref, is_archived
from flagsvc.ports import Store, Transaction
from flagsvc.usecases.conditions import demand_live, demand_reason, demand_revision_seen
from flagsvc.usecases.documents import editable
from flagsvc.usecases.intent import Intent, Written
from flagsvc.usecases.reading import NOUNS, demand_open, demand_revision, members_of, required_head
from flagsvc.usecases.releasing import release, release_all
from flagsvc.usecases.writing import Plan, edit_of, locks_of, perform, settle


def revert_document(store: Store, intent: Intent, ref: Ref, revision: int) -> Written:
    """Give a document the content of a revision, as a new change; of a flag, its configuration only.

    A rollout that moves it is aborted, and puts back whatever else it moved. A binding keeps the number of its
    attempts, which only grows. Raises NotFound for a revision or a document that was not there, Archived for an
    archived flag, InUse where it would be archived again, and what `put_document` raises.
    """

    def work(tx: Transaction) -> Written:
        release(tx, intent, [ref])
        current = editable(tx, intent, ref)
        demand_revision(tx, ref.environment, revision)
        then = tx.document_at(ref, revision)
        if then is None:
            raise NotFound(NOUNS[ref.kind], ref.key, ref.environment, f" as of revision {revision}")
        if ref.kind == "flag":
            demand_live(current)
        return settle(tx, replace(intent, takes=True), Plan(f"{ref.kind}.revert", [_back(current, then[0])], ref))

    return perform(store, intent, locks_of(ref.environment, ref.kind), work)


def revert_environment(store: Store, intent: Intent, environment: str, revision: int) -> Written:
    """Put a whole environment back to a revision, as one new change.

    Segments and traffic splits that came later are archived; flags that came later return to their first, disabled
    configuration. Bindings stay as they are, so that the routers follow the way back; those of a traffic split that
    was not in force then are archived with it. Freezes stay, too, so that the way back lifts none, and
    rollouts, which say what was done. What a flag is for all environments (variants, texts, archived or not) stays as
    it is now. Raises NotFound, StaleRevision (against the
    environment's revision), PreconditionRequired, ReasonRequired, Invalid, InUse.
    """

    def work(tx: Transaction) -> Written:
        demand_open(tx, environment)
        demand_reason(tx, intent, [environment])
        demand_revision_seen(tx, intent, environment, required_head(tx, environment).revision)
        demand_revision(tx, environment, revision)
        release_all(tx, intent, environment)
        then = {name: text for name, (text, _) in tx.documents_at(environment, revision).items()}
        edits = list(_all_back(tx, intent, environment, then))
        return settle(tx, replace(intent, takes=True), Plan("environment.revert", edits, environment=environment))

    return perform(store, intent, [environment], work)


def _all_back(tx: Transaction, intent: Intent, environment: str, then: Mapping[str, str]) -> Iterator[Edit]:
    for document in tx.documents(environment):
        if document.ref.kind == BINDING:
            if not document.archived and is_archived(then.get(f"split/{members_of(document)['split']}", GONE)):
                yield _archived(document)
        elif document.ref.kind in {FREEZE, ROLLOUT} or (document.ref.kind == "flag" and document.archived):
            continue
        elif document.ref.name in then:
            yield _back(document, then[document.ref.name])
        elif document.ref.kind == "flag":
            definition = {name: value for name, value in members_of(document).items() if name in DEFINED}
            yield edit_of(document.ref, document, configuration_draft({}, {}, definition, intent.mint).document)
        else:
            yield _archived(document)


def _archived(document: Document) -> Edit:
    return edit_of(document.ref, document, {**members_of(document), "archived": True})


def _back(current: Document, text: str) -> Edit:
    then: dict[str, Any] = json.loads(text)
    if current.ref.kind == BINDING:
        return edit_of(current.ref, current, {**then, "attempt": members_of(current)["attempt"]})
    if current.ref.kind != "flag":
        return Edit(current.ref, current.text, text)
    return edit_of(current.ref, current, with_configuration(members_of(current), then))


def with_configuration(flag: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Give a flag the configuration of another state or environment; its definition stays."""
    fixed = {name: value for name, value in flag.items() if name not in CONFIGURED}
    return {**fixed, **{name: other[name] for name in CONFIGURED if name in other}}
