"""The two temperaments of a model: requests refuse what they do not know, answers may grow."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from flagsvc.http.fields import Key

_COMMON = ConfigDict(strict=True, frozen=True, alias_generator=to_camel)


class Closed(BaseModel):
    """A part of a request: unknown members are faults, types are never coerced."""

    model_config = _COMMON | ConfigDict(extra="forbid")


class Open(BaseModel):
    """A part of an answer: clients ignore members they do not know."""

    model_config = _COMMON | ConfigDict(extra="allow")


def read_only(description: str) -> Any:
    """Declare a member that the service writes; a request may send it back unchanged."""
    return Field(None, description=description, json_schema_extra={"readOnly": True})


Weight = Annotated[int, Field(ge=0, le=100_000, description="Share in 1/100 000.")]
Weights = Annotated[dict[str, Weight], Field(description="Variant or backend → weight; the sum is exactly 100 000.")]
Name = Annotated[str, Field(max_length=200, description="Title for people.")]
Description = Annotated[str, Field(max_length=10_000, description="What it is for.")]
Tags = Annotated[list[Annotated[str, Field(max_length=100)]], Field(description="Words to find it by.")]
Unit = Annotated[str, Field(min_length=1)]
Units = list[Unit]
Keys = list[Key]
