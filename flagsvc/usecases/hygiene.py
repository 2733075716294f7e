"""Flags that nobody needs any more, why, and what keeps each of them from being archived."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from flagsvc.domain.cells import cell_of
from flagsvc.domain.hygiene import ADVICE, Flag, Place, Reason, reasons_of
from flagsvc.domain.members import ROLLOUT
from flagsvc.domain.records import CATALOG, Document
from flagsvc.ports import Store, View
from flagsvc.usecases.reading import members_of


def list_stale_flags(store: Store, now: datetime, days: int) -> list[dict[str, Any]]:
    """List the flags for which there is a reason to remove them, by key; see domain.hygiene for what counts as one."""
    with store.reading() as view:
        definitions = [document for document in view.documents(CATALOG, "flag") if not document.archived]
        sides = {environment: _side(view, environment) for environment in sorted(view.heads())}
    found = ((document, _flag(document, sides)) for document in definitions)
    judged = ((document, reasons_of(flag, now, days)) for document, flag in found)
    return [_shown(document, reasons, sides) for document, reasons in judged if reasons]


class _Side(NamedTuple):
    """What one environment knows of its flags, each by key."""

    documents: Mapping[str, Document]
    evaluated: Mapping[str, str]
    users: Mapping[str, Sequence[str]]


def _side(view: View, environment: str) -> _Side:
    documents = {document.ref.key: document for document in view.documents(environment, "flag")}
    evaluated = view.usage_last(environment, "flag", list(documents))
    return _Side(documents, evaluated, view.users_by_kind(environment, "flag"))


def _flag(definition: Document, sides: Mapping[str, _Side]) -> Flag:
    places = [_place(name, side, definition.ref.key) for name, side in sides.items() if _has(side, definition)]
    expires = members_of(definition).get("expires")
    return Flag(created_at=definition.created_at, expires=expires, places=places)


def _has(side: _Side, definition: Document) -> bool:
    return definition.ref.key in side.documents


def _place(environment: str, side: _Side, key: str) -> Place:
    document = side.documents[key]
    return Place(
        environment=environment,
        cell=cell_of(members_of(document)),
        changed_at=document.changed_at,
        evaluated_at=side.evaluated.get(key),
        moved=any(name.startswith(f"{ROLLOUT}/") for name in side.users.get(key, ())),
    )


def _shown(document: Document, reasons: Sequence[Reason], sides: Mapping[str, _Side]) -> dict[str, Any]:
    members = members_of(document)
    blocked = list(_blocking(document.ref.key, sides))
    return {
        "key": document.ref.key,
        **{name: members.get(name) for name in ("name", "owner", "tags", "type", "expires")},
        "createdAt": document.created_at,
        "reasons": [reason._asdict() for reason in reasons],
        "advice": ADVICE[reasons[0].code],
        "canArchive": not blocked,
        "blockedBy": blocked,
    }


def _blocking(key: str, sides: Mapping[str, _Side]) -> Iterator[dict[str, str]]:
    for environment, side in sides.items():
        for name in side.users.get(key, ()):
            kind, _, user = name.partition("/")
            yield {"environment": environment, "kind": kind, "key": user}
