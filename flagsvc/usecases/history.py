"""What happened: the changes of an environment, the audit trail of all, and the proof that neither was touched."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from flagsvc.domain.chain import Break, links, text_hash
from flagsvc.domain.errors import BadQuery, NotFound
from flagsvc.domain.page import Listing, Page
from flagsvc.domain.records import UNTEXTED, Change, EditSummary, Ref
from flagsvc.ports import Store, View
from flagsvc.usecases.conditions import parsed
from flagsvc.usecases.reading import required_head

SHOWN_EDITS = 100
BATCH = 500


def list_changes(
    store: Store, environment: str, page: Page, kind: str | None = None, key: str | None = None
) -> Listing:
    """List changes, newest first; of one document (kind and key) with its text before and after each.

    Raises NotFound for the environment, BadQuery for the page or half a name.
    """
    if (kind is None) != (key is None):
        raise BadQuery("kind" if kind is None else "key", "kind and key name a document together: give both or none")
    with store.reading() as view:
        required_head(view, environment)
        ref = Ref(environment, kind, key) if kind is not None and key is not None else None
        found, cursor = view.changes(environment, page, ref)
        items = [{**_shown(change), **(_around(view, ref, change.revision) if ref else {})} for change in found]
    return Listing(items, cursor)


def get_change(store: Store, environment: str, revision: int) -> dict[str, Any]:
    """Read one change with every document before and after; raises NotFound."""
    with store.reading() as view:
        required_head(view, environment)
        change = view.change(environment, revision)
        if change is None:
            raise NotFound("revision", str(revision), environment)
        edits = [_edit(edit) | _around(view, Ref(environment, edit.kind, edit.key), revision) for edit in change.edits]
    return {**_shown(change), "edits": edits}


def list_audit(store: Store, page: Page) -> Listing:
    """List the changes of all environments, newest first, by environment, actor, since, until, kind, key, action.

    `kind` and `key` mean one document together; `action` is the beginning of one. Raises BadQuery.
    """
    with store.reading() as view:
        found, cursor = view.audit(page)
    return Listing([_shown(change) for change in found], cursor)


def export_audit(store: Store, filters: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Yield all changes that the filters of `list_audit` let through, newest first, each with all its documents.

    Read page by page, each in a sight of its own: changes are never edited, and later ones come before the first.
    """
    cursor: str | None = None
    while True:
        with store.reading() as view:
            found, cursor = view.audit(Page(limit=BATCH, cursor=cursor, filters=filters))
        for change in found:
            yield {**_shown(change), "edits": [_edit(edit) for edit in change.edits]}
        if cursor is None:
            return


def verify_audit(store: Store) -> dict[str, Any]:
    """Recompute the chain of every environment and compare all stored texts with it.

    Answers {"ok", "environments": [{"environment", "revision", "ok"} and, where broken, "firstBroken", "detail"]}.
    """
    with store.reading() as view:
        verdicts = [_verdict(view, environment) for environment in view.environments()]
    return {"ok": all(verdict["ok"] for verdict in verdicts), "environments": verdicts}


def _verdict(view: View, environment: str) -> dict[str, Any]:
    revision = required_head(view, environment).revision
    verdict: dict[str, Any] = {"environment": environment, "revision": revision}
    found = _first_break(view, environment, revision)
    if found is None:
        return {**verdict, "ok": True}
    return {**verdict, "ok": False, "firstBroken": found.revision, "detail": found.detail}


def _first_break(view: View, environment: str, head: int) -> Break | None:
    recorded: dict[str, tuple[int, str]] = {}
    last: Change | None = None
    for change, broken in links(_trail(view, environment)):
        if broken or (broken := _texts_differ(view, change)):
            return broken
        recorded |= {name: (change.revision, after) for name, after in _recorded(change).items()}
        last = change
    reached, end = (last.revision, last.hash) if last else (0, "")
    if (reached, end) != (head, view.chain_head(environment)):
        return Break(min(reached, head) + 1, f"the environment stands at {head}, its changes end at {reached}")
    return _documents_differ(view, environment, recorded)


def _trail(view: View, environment: str) -> Iterator[Change]:
    after = 0
    while batch := view.trail(environment, after, BATCH):
        yield from batch
        after = batch[-1].revision


def _texts_differ(view: View, change: Change) -> Break | None:
    written = view.written(change.environment, change.revision, change.revision)
    if {name: text_hash(text) for _, name, text in written} != _recorded(change):
        return Break(change.revision, "a stored document is not the one that was written")
    return None


def _recorded(change: Change) -> dict[str, str]:
    return {f"{edit.kind}/{edit.key}": edit.after for edit in change.edits if edit.kind != UNTEXTED}


def _documents_differ(view: View, environment: str, recorded: Mapping[str, tuple[int, str]]) -> Break | None:
    documents = view.documents(environment)
    present = {document.ref.name: (document.version, text_hash(document.text)) for document in documents}
    wrong = [name for name in {*recorded, *present} if recorded.get(name) != present.get(name)]
    if not wrong:
        return None
    first = min(recorded.get(name, present.get(name, (0, "")))[0] for name in wrong)
    return Break(first, f"not as the changes left them: {', '.join(sorted(wrong)[:3])}")


def _shown(change: Change) -> dict[str, Any]:
    actor = {name: value for name, value in asdict(change.actor).items() if value is not None}
    names = {"token_id": "tokenId", "request_id": "requestId"}
    return {
        "id": f"{change.environment}:{change.revision}",
        "environment": change.environment,
        "revision": change.revision,
        "at": change.at,
        "actor": {names.get(name, name): value for name, value in actor.items()},
        "reason": change.reason,
        "action": change.action,
        "edits": [_edit(edit) for edit in change.edits[:SHOWN_EDITS]],
        "editCount": len(change.edits),
        "previousHash": change.previous_hash,
        "hash": change.hash,
    }


def _edit(edit: EditSummary) -> dict[str, Any]:
    return {"kind": edit.kind, "key": edit.key, "action": edit.action}


def _around(view: View, ref: Ref, revision: int) -> dict[str, Any]:
    before, after = view.document_at(ref, revision - 1), view.document_at(ref, revision)
    return {"before": before and parsed(before[0]), "after": after and parsed(after[0])}
