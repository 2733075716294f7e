"""Flags that nobody needs any more."""

from typing import Literal

from pydantic import Field

from flagsvc.http.fields import Key
from flagsvc.http.schemas.base import Open
from flagsvc.http.schemas.flags import FlagType


class StaleReason(Open):
    """Why a flag may be superfluous."""

    code: Literal["never-evaluated", "not-evaluated", "off-everywhere", "fully-rolled-out", "unchanged", "expired"] = (
        Field(
            description="`never-evaluated`, `not-evaluated`: in no environment, as far as clients have reported. "
            "`off-everywhere`: in no environment on. `fully-rolled-out`: wherever it is on, everybody gets the same. "
            "`unchanged`: left between two variants, and moved by no rollout. `expired`: past its own date."
        )
    )
    detail: str
    environment: Key | None = Field(description="Null: of all environments.")
    since: str = Field(description="A time; of `expired` what the flag says.")


class BlockedBy(Open):
    """What refers to a flag, so that it cannot be archived."""

    environment: Key
    kind: str
    key: Key


class StaleFlag(Open):
    """A flag with a reason to remove it."""

    key: Key
    name: str | None
    owner: str | None
    tags: list[str]
    type: FlagType
    expires: str | None
    created_at: str
    reasons: list[StaleReason] = Field(min_length=1)
    advice: str
    can_archive: bool
    blocked_by: list[BlockedBy]


class AskedBy(Open):
    """Who asked for a key that is not there, and how often."""

    application: str = Field(description="As it names itself; empty: it has no name.")
    sdk: str
    asked: int
    last_asked_at: str


class UnknownKey(Open):
    """A key that clients asked for in vain, and what may be meant."""

    environment: Key
    key: Key
    asked: int
    first_asked_at: str
    last_asked_at: str
    asked_by: list[AskedBy] = Field(min_length=1, description="The last one first.")
    archived_at: str | None = Field(description="When the flag of that key was archived; null: there never was one.")
    similar: list[Key] = Field(max_length=3, description="Flags whose keys are alike, the nearest first.")


class OtherKeys(Open):
    """How often something was asked for in vain that is not kept by its key."""

    environment: Key
    asked: int
    first_asked_at: str
    last_asked_at: str


class UnknownKeys(Open):
    """All of them, those asked for most often first."""

    days: int = Field(description="What nobody has asked for in so many days is forgotten.")
    items: list[UnknownKey]
    others: list[OtherKeys] = Field(description="At most one of each environment.")


class Hygiene(Open):
    """All of them, by key."""

    days: int
    items: list[StaleFlag]
