"""Environments side by side."""

from typing import Any, Literal

from pydantic import Field

from flagsvc.http.fields import Key
from flagsvc.http.schemas.base import Open


class ComparedEnvironment(Open):
    """An environment that is compared: a column."""

    key: Key
    name: str | None
    protected: bool
    revision: int


class ComparedValue(Open):
    """One place that is not the same everywhere."""

    pointer: str = Field(description="RFC 6901 pointer into the sides.")
    values: dict[str, Any] = Field(description="Environment → value; one that has no such member is left out.")


class ComparedItem(Open):
    """A document in each of the environments."""

    kind: Literal["flag", "segment", "split"]
    key: Key
    name: str | None
    differs: bool = Field(description="Whether contents differ, or it is not everywhere.")
    same_units: bool | None = Field(
        description="Whether, contents being the same, salts and tables are, too, so that the same units get the same. "
        "Null where contents differ."
    )
    sides: dict[str, dict[str, Any] | None] = Field(
        description="Environment → content, without versions, salts, tables and ids of rules; of a flag its "
        "configuration. Null: it is not there."
    )
    differences: list[ComparedValue] = Field(description="Empty where it is not everywhere.")


class EnvironmentComparison(Open):
    """What differs, by kind and key."""

    environments: list[ComparedEnvironment]
    items: list[ComparedItem]
