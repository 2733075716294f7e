"""Changes, differences, snapshots and the audit trail."""

from typing import Any

from pydantic import Field

from flagsvc.http.schemas.base import Open
from flagsvc.http.schemas.writes import Moves


class Change(Open):
    """One audited transaction of an environment."""

    environment: str
    revision: int
    at: str
    actor: dict[str, Any]
    reason: str
    action: str
    hash: str


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

    items: list[Difference]


class Snapshot(Open):
    """Everything needed to evaluate an environment at one revision."""

    environment: str
    epoch: str
    revision: int
    at: int = Field(description="Unix milliseconds of the change that made this revision.")
    digest: str
    documents: dict[str, Any]


class VerifiedEnvironment(Open):
    """The state of one environment's chain of changes."""

    environment: str
    revision: int
    ok: bool


class Verification(Open):
    """Whether the audit trail is unbroken."""

    ok: bool
    environments: list[VerifiedEnvironment]
