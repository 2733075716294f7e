"""What is served: one variant or a split, by default, by rule or to listed units."""

from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag
from typing_extensions import TypeAliasType

from flagsvc.http.fields import Key
from flagsvc.http.schemas.base import Closed, Description, Units, Weights
from flagsvc.http.schemas.conditions import Condition


def _shape_of(value: Any) -> str:
    return "~split" if isinstance(value, dict) and "split" in value else "~serve"


class Split(Closed):
    """Weights over variants.

    `salt`, `hash` and `by` are inherited from the split at the same place when left out; `allocation`, the table that
    makes it sticky, belongs to the service and is ignored in requests.
    """

    weights: Weights
    by: Annotated[str, Field(min_length=1)] | None = None
    hash: str | None = None
    salt: str | None = None
    space: Annotated[int, Field(ge=1)] | None = None
    allocation: Any = Field(None, description="[variant, start, end] half-open", json_schema_extra={"readOnly": True})


class ServeVariant(Closed):
    """One variant for everybody."""

    serve: str


class ServeSplit(Closed):
    """A split over variants."""

    split: Split


class _Conditional(Closed):
    id: Annotated[str, Field(max_length=100, description="Stable; drawn when left out.")] | None = None
    description: Description | None = None
    when: Condition


class VariantRule(_Conditional):
    """Serves one variant where its condition is true."""

    serve: str


class SplitRule(_Conditional):
    """Serves a split where its condition is true."""

    split: Split


class Target(Closed):
    """Units that get one variant, whatever the rules say."""

    variant: str
    units: Units
    by: Annotated[str, Field(min_length=1)] | None = None


class Prerequisite(Closed):
    """Another flag that must serve one of these variants."""

    flag: Key
    variants: list[str]


Serve = TypeAliasType(
    "Serve",
    Annotated[Annotated[ServeVariant, Tag("~serve")] | Annotated[ServeSplit, Tag("~split")], Discriminator(_shape_of)],
)
Rule = TypeAliasType(
    "Rule",
    Annotated[Annotated[VariantRule, Tag("~serve")] | Annotated[SplitRule, Tag("~split")], Discriminator(_shape_of)],
)
