"""What use cases share when they read: open environments, documents that must exist, and how documents are shown."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from flagsvc.domain.errors import NotFound
from flagsvc.domain.page import Page
from flagsvc.domain.records import CATALOG, Document, Head, Ref, is_archived
from flagsvc.ports import View

EVERYTHING = 1_000_000  # a page that no list fills

NOUNS = {
    "flag": "flag",
    "segment": "segment",
    "split": "traffic split",
    "binding": "binding",
    "freeze": "freeze",
    "rollout": "rollout",
    "plan": "plan",
    "environment": "environment",
}


def members_of(document: Document | None) -> dict[str, Any]:
    """Parse a stored text; nothing there is an empty object."""
    members: dict[str, Any] = {} if document is None else json.loads(document.text)
    return members


def rendered(document: Document) -> dict[str, Any]:
    """Show a document: its members, and who wrote it when."""
    return {
        "createdAt": document.created_at,
        **members_of(document),
        "version": document.version,
        "changedAt": document.changed_at,
        "changedBy": document.changed_by,
    }


def required(view: View, ref: Ref) -> Document:
    """Read a document that must exist, archived or not; raises NotFound."""
    document = view.document(ref)
    if document is None:
        raise NotFound(NOUNS[ref.kind], ref.key, None if ref.environment == CATALOG else ref.environment)
    return document


def required_head(view: View, environment: str) -> Head:
    """Read where an environment stands (the catalogue and archived ones have a history, too); raises NotFound."""
    head = view.head(environment)
    if head is None:
        raise NotFound("environment", environment)
    return head


def demand_open(view: View, environment: str) -> None:
    """Pass for an environment that is not archived; raises NotFound."""
    document = view.document(Ref(CATALOG, "environment", environment))
    if document is None or document.archived:
        raise NotFound("environment", environment)


def demand_revision(view: View, environment: str, revision: int) -> None:
    """Pass for a revision that the environment has reached; raises NotFound."""
    if not 0 <= revision <= required_head(view, environment).revision:
        raise NotFound("revision", str(revision), environment)


def open_environments(view: View) -> list[str]:
    """List the environments that are not archived, by key."""
    found, _ = view.find(CATALOG, "environment", Page(limit=EVERYTHING))
    return [document.ref.key for document in found]


class Documents(Mapping[str, Mapping[str, Any]]):
    """The documents in force in one environment as they will be after some edits; read only when asked for."""

    def __init__(self, view: View, environment: str, edits: Mapping[str, str]) -> None:
        self._view = view
        self._environment = environment
        self._edits = edits
        self._read: dict[str, Mapping[str, Any] | None] = {}

    @property
    def edited(self) -> Iterable[str]:
        """Names of the documents that are edited."""
        return self._edits.keys()

    def __getitem__(self, name: str) -> Mapping[str, Any]:
        if name not in self._read:
            self._read[name] = self._find(name)
        if (members := self._read[name]) is None:
            raise KeyError(name)
        return members

    def __iter__(self) -> Iterator[str]:
        stored = (document.ref.name for document in self._view.documents(self._environment) if not document.archived)
        edited = (name for name, text in self._edits.items() if not is_archived(text))
        return iter(dict.fromkeys([*edited, *(name for name in stored if name not in self._edits)]))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _find(self, name: str) -> Mapping[str, Any] | None:
        kind, _, key = name.partition("/")
        document = None if name in self._edits else self._view.document(Ref(self._environment, kind, key))
        text = self._edits.get(name, document.text if document else None)
        members: Mapping[str, Any] | None = None if text is None or is_archived(text) else json.loads(text)
        return members
