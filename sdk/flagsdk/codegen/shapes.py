"""The type that a flag's values have in common, as far as they agree."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

MOST_MEMBERS = 100
"""An object with more members is a table of data rather than a structure."""


@dataclass(frozen=True, slots=True)
class Plain:
    """A type with a name of its own."""

    name: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A list; `item` is what its items have in common."""

    item: "Shape"


@dataclass(frozen=True, slots=True)
class Optional:
    """A shape, or null."""

    shape: "Shape"


@dataclass(frozen=True, slots=True)
class Struct:
    """An object: members by name, and the names of those that are always there."""

    members: dict[str, "Shape"]
    required: frozenset[str]


Shape = Plain | Listed | Optional | Struct

ANY, NULL, OBJECT = Plain("Any"), Plain("None"), Plain("dict[str, Any]")
NOTHING = Plain("")  # of the items of an empty list: agrees with everything
_PLAIN = {bool: Plain("bool"), int: Plain("int"), float: Plain("float"), str: Plain("str"), type(None): NULL}
_NUMBERS = (_PLAIN[int], _PLAIN[float])


def common(values: Iterable[Any]) -> Shape:
    """Give the shape that all values fit; NOTHING of no values."""
    found: Shape = NOTHING
    for value in values:
        found = _both(found, _shape(value))
    return found


def _shape(value: Any) -> Shape:
    if type(value) is list:
        return Listed(common(value))
    if type(value) is not dict:
        return _PLAIN[type(value)]
    if len(value) > MOST_MEMBERS:
        return OBJECT
    return Struct({name: _shape(value[name]) for name in sorted(value)}, frozenset(value))


def _both(one: Shape, other: Shape) -> Shape:
    if other in (one, NOTHING):
        return one
    if one == NOTHING:
        return other
    if one in _NUMBERS and other in _NUMBERS:
        return _PLAIN[float]
    return _nullable(one, other) or _composed(one, other) or ANY


def _nullable(one: Shape, other: Shape) -> Shape | None:
    if NULL not in (one, other) and not isinstance(one, Optional) and not isinstance(other, Optional):
        return None
    left, right = (shape.shape if isinstance(shape, Optional) else shape for shape in (one, other))
    both = _both(NOTHING if left == NULL else left, NOTHING if right == NULL else right)
    return both if both == ANY else Optional(both)


def _composed(one: Shape, other: Shape) -> Shape | None:
    if isinstance(one, Listed) and isinstance(other, Listed):
        return Listed(_both(one.item, other.item))
    if isinstance(one, Struct) and isinstance(other, Struct):
        members = {
            name: _both(one.members.get(name, NOTHING), other.members.get(name, NOTHING))
            for name in sorted({*one.members, *other.members})
        }
        return Struct(members, one.required & other.required) if len(members) <= MOST_MEMBERS else OBJECT
    return OBJECT if OBJECT in (one, other) and any(isinstance(shape, Struct) for shape in (one, other)) else None
