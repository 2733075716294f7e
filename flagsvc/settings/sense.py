"""What no option of any router can mean, whatever its kind: told at start-up, where it is cheap to mend."""

import math
from collections.abc import Iterator, Sized
from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import Any

NAMED = frozenset({"backends", "deployments"})


def nonsense(options: Any) -> Iterator[tuple[str, str]]:
    """Give each option of a checked dataclass that makes no sense, with a sentence that says what is expected."""
    for field in fields(options):
        value = getattr(options, field.name)
        if words := _wrong(field, value):
            yield field.name, words


def _wrong(field: Field[Any], value: Any) -> str:
    if isinstance(value, float) and not (math.isfinite(value) and value >= 0):
        return "expected a number that is finite and not negative"
    if value == "" and field.default is MISSING:
        return "is empty"
    if field.name in NAMED and isinstance(value, Sized) and not len(value):
        return "name one at least"
    if any(str(path).startswith("~") for path in _paths(value)):
        return "~ is not expanded here: write the whole path"
    return ""


def _paths(value: Any) -> Iterator[Path]:
    if isinstance(value, Path):
        yield value
    elif isinstance(value, list | tuple):
        yield from (one for one in value if isinstance(one, Path))
