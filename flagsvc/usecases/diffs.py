"""What differs between two revisions of an environment."""

import json
from typing import Any

from flagsvc.domain.moves import moves_between
from flagsvc.domain.patch import difference
from flagsvc.domain.records import Ref
from flagsvc.ports import Store, View
from flagsvc.usecases.reading import demand_revision


def diff(
    store: Store, environment: str, start: int, end: int, kind: str | None = None, key: str | None = None
) -> dict[str, Any]:
    """Compare revision `start` with `end`, in either direction, perhaps of one kind or document only.

    Answers {"from", "to", "items": [{"kind", "key", "before", "after", "patch", "moves"}]}; a document that is not
    there, or archived, is null. Raises NotFound for the environment or a revision.
    """
    with store.reading() as view:
        for revision in (start, end):
            demand_revision(view, environment, revision)
        before, after = (_texts(view, environment, revision) for revision in (start, end))
    names = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
    refs = (Ref(environment, *name.split("/", 1)) for name in names)
    chosen = (ref for ref in refs if kind in {None, ref.kind} and key in {None, ref.key})
    items = [_item(ref, before.get(ref.name), after.get(ref.name)) for ref in chosen]
    return {"from": start, "to": end, "items": items}


def _texts(view: View, environment: str, revision: int) -> dict[str, str]:
    documents = view.documents_at(environment, revision)
    return {name: text for name, (text, archived) in documents.items() if not archived}


def _item(ref: Ref, text_before: str | None, text_after: str | None) -> dict[str, Any]:
    before, after = (None if text is None else json.loads(text) for text in (text_before, text_after))
    return {
        "kind": ref.kind,
        "key": ref.key,
        "before": before,
        "after": after,
        "patch": difference(before, after),
        "moves": moves_between(ref.name, before, after) if before and after else [],
    }
