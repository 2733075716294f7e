"""Changes, differences, snapshots and the audit trail."""

from typing import Any

from pydantic import Field

from flagsvc.http.schemas.base import Open
from flagsvc.http.schemas.writes import Moves


class ChangeActor(Open):
    """Who made a change, from where, and with which request."""

    kind: str = Field(description="`token`, `user` or `system`.")
    name: str
    token_id: str | None = None
    address: str | None = None
    request_id: str | None = None
    via: str | None = Field(None, description="`console` for a session in a browser; null for a token sent as such.")


class ChangeEdit(Open):
    """One document that a change wrote, and how."""

    kind: str
    key: str
    action: str = Field(description="`create`, `edit`, `archive` or `restore`; of a token what was done to it.")


class ChangedDocument(ChangeEdit):
    """One document of a change, whole."""

    before: dict[str, Any] | None = Field(description="Null for one that was created.")
    after: dict[str, Any] | None


class _Change(Open):
    id: str = Field(description="`ENVIRONMENT:REVISION`.")
    environment: str
    revision: int
    at: str
    actor: ChangeActor
    reason: str
    action: str
    edit_count: int
    previous_hash: str
    hash: str


class Change(_Change):
    """One audited transaction of an environment."""

    edits: list[ChangeEdit] = Field(description="The first 100.")
    before: dict[str, Any] | None = Field(None, description="In the history of one document: it before the change.")
    after: dict[str, Any] | None = Field(None, description="In the history of one document: it after the change.")


class ChangeInFull(_Change):
    """One audited transaction of an environment, with all its documents before and after."""

    edits: list[ChangedDocument]


class ChangePage(Open):
    """A page of changes, newest first."""

    items: list[Change]
    next_cursor: str | None


class Difference(Open):
    """One document at two revisions."""

    kind: str
    key: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    patch: list[dict[str, Any]]
    moves: list[Moves]


class Diff(Open):
    """What differs between two revisions."""

    from_: int = Field(alias="from")
    to: int
    items: list[Difference]


class Snapshot(Open):
    """Everything needed to evaluate an environment at one revision."""

    environment: str
    epoch: str
    revision: int
    at: int = Field(description="Unix milliseconds of the change that made this revision.")
    digest: str
    documents: dict[str, dict[str, Any]] = Field(
        description="`flag/KEY`, `segment/KEY` or `split/KEY` → the document as it is stored: as it is answered alone, "
        "without its version and who changed it."
    )


class VerifiedEnvironment(Open):
    """The state of one environment's chain of changes."""

    environment: str
    revision: int
    ok: bool
    first_broken: int | None = Field(None, description="The first revision that is not as it was written.")
    detail: str | None = Field(None, description="What is wrong there.")


class Verification(Open):
    """Whether the audit trail is unbroken."""

    ok: bool
    environments: list[VerifiedEnvironment]
