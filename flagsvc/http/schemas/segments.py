"""Segments: named audiences."""

from typing import Annotated

from pydantic import Field

from flagsvc.http.fields import Key
from flagsvc.http.schemas import documents
from flagsvc.http.schemas.base import Open, Units
from flagsvc.http.schemas.conditions import Condition
from flagsvc.http.schemas.writes import WriteAnswer


class _Segment(documents.Texts, documents.Answered):
    included: Units = Field(default_factory=list, description="Units that belong to it.")
    excluded: Units = Field(default_factory=list, description="Units that do not, whatever else holds.")
    by: Annotated[str, Field(min_length=1)] = "targetingKey"
    when: Condition | None = Field(None, description="Who else belongs to it; null: nobody.")


class SegmentCreate(_Segment):
    """A new segment."""

    key: Key


class SegmentReplace(_Segment):
    """A segment. The key may be sent back as it was."""

    key: Key | None = None


class Segment(documents.Described):
    """A segment."""

    included: Units
    excluded: Units
    by: str
    when: Condition | None


class SegmentPage(Open):
    """A page of segments."""

    items: list[Segment]
    next_cursor: str | None


class SegmentWritten(WriteAnswer):
    """The answer of a write to a segment."""

    document: Segment
