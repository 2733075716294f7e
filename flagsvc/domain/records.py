"""The rows that the store keeps, as plain frozen values."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from flagsvc.domain.actor import Actor

CATALOG = "_catalog"
"""The pseudo-environment of flag definitions (kind "flag") and of the environments themselves (kind "environment")."""

READER_KINDS = ("flag", "segment", "split")
"""What a snapshot holds. Documents of other kinds (bindings) take a revision, too, but no reader is given them."""

UNTEXTED = "token"
"""Kind of what a change may name although it is no document."""

ARCHIVED_MARK = '"archived":true'
GONE = "{" + ARCHIVED_MARK + "}"
"""The text of a document that is not in force, whatever else it says."""


class Ref(NamedTuple):
    """The address of one document."""

    environment: str
    kind: str
    key: str

    @property
    def name(self) -> str:
        """The document's name inside its environment, "flag/checkout"."""
        return f"{self.kind}/{self.key}"


class Head(NamedTuple):
    """Where an environment stands."""

    epoch: str
    revision: int


def is_archived(text: str) -> bool:
    """Tell whether a canonical text carries the archived mark, which takes the document from the readers."""
    return ARCHIVED_MARK in text and json.loads(text).get("archived") is True


@dataclass(frozen=True, slots=True)
class Document:
    """A stored document: canonical text, and the change that wrote it (`version` = revision of that change)."""

    ref: Ref
    text: str
    version: int
    archived: bool
    created_at: str
    changed_at: str
    changed_by: str


@dataclass(frozen=True, slots=True)
class Edit:
    """One document before and after a change, as canonical texts; before is None at creation, nothing is deleted."""

    ref: Ref
    before: str | None
    after: str

    @property
    def action(self) -> str:
        """What happened to the document in one word."""
        if self.before is None:
            return "create"
        marks = is_archived(self.before), is_archived(self.after)
        return {(False, True): "archive", (True, False): "restore"}.get(marks, "edit")


@dataclass(frozen=True, slots=True)
class EditSummary:
    """What a change's row keeps of an edit: the name and the SHA-256 of the texts."""

    kind: str
    key: str
    action: str
    before: str | None
    after: str


@dataclass(frozen=True, slots=True)
class Change:
    """One row of the append-only trail of an environment; `at` is a text of `instants`."""

    environment: str
    revision: int
    at: str
    actor: Actor
    reason: str
    action: str
    edits: tuple[EditSummary, ...]
    previous_hash: str
    hash: str


@dataclass(frozen=True, slots=True)
class Delta:
    """What a reader applies: name → text, None where the document is gone; `at` in Unix milliseconds."""

    environment: str
    epoch: str
    revision: int
    at: int
    edits: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Whole:
    """All that a reader of an environment gets at one revision: name → text; `at` in Unix milliseconds."""

    environment: str
    epoch: str
    revision: int
    at: int
    documents: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Token:
    """A token without its secret; `kind` is "admin", "sdk" or "evaluation", environment None means all."""

    id: str
    kind: str
    environment: str | None
    name: str
    hash: str
    created_at: str
    created_by: str
    expires_at: str | None = None
    revoked_at: str | None = None
    used_at: str | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """What a token was exchanged for: `hash` is the SHA-256 of its id, which only the browser's cookie holds.

    `used_at` is coarse; `expires_at` is the end whatever the use.
    """

    hash: str
    token_id: str
    created_at: str
    used_at: str
    expires_at: str


@dataclass(frozen=True, slots=True)
class Remembered:
    """The answer to a request, kept under its Idempotency-Key for the owner of the token."""

    owner: str
    key: str
    request: str
    body_hash: str
    answer: str
    at: str
