"""Conditions: groups, comparisons, segments and bucket ranges, told apart by the member that only one of them has."""

from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag
from typing_extensions import TypeAliasType

from flagsvc.http.fields import Key
from flagsvc.http.schemas.base import Closed

_SHAPES = ("all", "any", "not", "segment", "bucket")


def _shape_of(value: Any) -> str:
    if isinstance(value, dict):
        return next((f"~{shape}" for shape in _SHAPES if shape in value), "~attribute")
    return "~attribute"


class All(Closed):
    """True if every condition is; the empty group is true."""

    all: list["Condition"]


class AnyOf(Closed):
    """True if at least one condition is; the empty group is false."""

    any: list["Condition"]


class Not(Closed):
    """True if the condition is false. What is unknown stays unknown."""

    not_: "Condition" = Field(alias="not")


class Comparison(Closed):
    """An attribute against values, any of which may hold. A missing attribute makes it neither true nor false."""

    attribute: Annotated[str, Field(min_length=1, description="Name, or dotted path into nested objects.")]
    op: Annotated[str, Field(description="An operator of docs/evaluation.md.", examples=["in"])]
    values: list[Any] = Field(default_factory=list)
    negate: bool = False
    ignore_case: bool = False


class InSegment(Closed):
    """Membership of a segment."""

    segment: Key
    negate: bool = False


class Range(Closed):
    """Where a unit falls."""

    salt: str
    hash: str = "murmur3"
    by: str = "targetingKey"
    space: Annotated[int, Field(ge=1)] = 100_000
    ranges: list[Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=2, max_length=2)]]


class InBucket(Closed):
    """Whether the unit's bucket lies in one of the half-open ranges."""

    bucket: Range
    negate: bool = False


Condition = TypeAliasType(
    "Condition",
    Annotated[
        Annotated[All, Tag("~all")]
        | Annotated[AnyOf, Tag("~any")]
        | Annotated[Not, Tag("~not")]
        | Annotated[Comparison, Tag("~attribute")]
        | Annotated[InSegment, Tag("~segment")]
        | Annotated[InBucket, Tag("~bucket")],
        Discriminator(_shape_of),
    ],
)
