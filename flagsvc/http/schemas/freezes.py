"""Freezes: when no rollout starts or advances."""

from typing import Annotated, Literal

from pydantic import Field

from flagsvc.domain.rollouts.freeze_check import MAX_REASON
from flagsvc.http.fields import Key, Moment
from flagsvc.http.schemas import documents
from flagsvc.http.schemas.base import Closed, Open
from flagsvc.http.schemas.writes import WriteAnswer

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
Clock = Annotated[str, Field(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$", description="HH:MM, 00:00 to 23:59.")]
Reason = Annotated[str, Field(min_length=1, max_length=MAX_REASON, description="Why; said to whoever has to wait.")]


class Weekly(Closed):
    """A window that comes every week, by the clocks on the wall of its zone."""

    weekdays: Annotated[list[Weekday], Field(min_length=1, max_length=7, description="Days on which it begins.")]
    start: Clock
    end: Annotated[Clock, Field(description="Excluded. Not after `start`: on the next day.")]
    zone: Annotated[str, Field(max_length=100, description="Of the IANA database, such as Europe/Berlin.")]


class _Freeze(documents.Texts, documents.Answered):
    reason: Reason
    from_: Moment | None = Field(None, alias="from", description="First moment; null: it has begun.")
    until: Moment | None = Field(None, description="End, excluded; null: until it is archived.")
    weekly: Weekly | None = Field(None, description="Instead of `from` and `until`.")


class FreezeCreate(_Freeze):
    """A new freeze; with neither `until` nor `weekly` it lasts until it is archived."""

    key: Key


class FreezeReplace(_Freeze):
    """A freeze. The key may be sent back as it was."""

    key: Key | None = None


class AnsweredWeekly(Open):
    """A window that comes every week."""

    weekdays: list[Weekday]
    start: str
    end: str
    zone: str


class Freeze(documents.Answer):
    """A freeze."""

    reason: str
    from_: str | None = Field(alias="from")
    until: str | None
    weekly: AnsweredWeekly | None


class FreezePage(Open):
    """A page of freezes."""

    items: list[Freeze]
    next_cursor: str | None


class FreezeWritten(WriteAnswer):
    """The answer of a write to a freeze."""

    document: Freeze
