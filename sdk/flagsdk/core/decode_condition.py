"""Conditions of rules and segments, from JSON to model; a shape this reader does not know is kept as Unsupported."""

from collections.abc import Callable
from typing import Any

from .context import TARGETING_KEY
from .hashing import NATIVE, UnknownHash, hash_of
from .malformed import Malformed, member, optional, typed
from .model import All, Any_, Condition, InBucket, InSegment, Not, Test, Unsupported
from .operators import OPERATORS, BadOperand, prepare

MAX_DEPTH = 32
"""Deeper groups are refused on write long before; an evaluator must still survive them."""


def decode_condition(value: Any, depth: int = 0) -> Condition:
    """Read a condition; never raises: what cannot be read is Unsupported, with the fault in words."""
    if type(value) is not dict:
        return Unsupported("a condition must be an object")
    if depth > MAX_DEPTH:
        return Unsupported(f"groups nest deeper than {MAX_DEPTH}")
    try:
        return _SHAPES[_shape(value)](value, depth)
    except Malformed as fault:
        return Unsupported(f"{fault.pointer.lstrip('/')} {fault.detail}")
    except (BadOperand, UnknownHash) as fault:
        return Unsupported(str(fault))


def _shape(value: dict[str, Any]) -> str:
    """Name the shape by the one member that tells it."""
    names = [name for name in _SHAPES if name in value]
    if len(names) != 1:
        raise BadOperand("a condition of unknown shape")
    return names[0]


def _parts(values: list[Any], depth: int) -> tuple[Condition, ...]:
    return tuple(decode_condition(value, depth + 1) for value in values)


def _all(value: dict[str, Any], depth: int) -> Condition:
    return All(_parts(member(value, "all", list), depth))


def _any(value: dict[str, Any], depth: int) -> Condition:
    return Any_(_parts(member(value, "any", list), depth))


def _not(value: dict[str, Any], depth: int) -> Condition:
    return Not(decode_condition(value["not"], depth + 1))


def _test(value: dict[str, Any], depth: int) -> Condition:
    name, attribute = member(value, "op", str), member(value, "attribute", str)
    if name not in OPERATORS:
        return Unsupported(f"operator {name!r}")
    values: list[Any] = optional(value, "values", [])
    ignore_case = optional(value, "ignoreCase", default=False)
    holds = prepare(name, values, ignore_case=ignore_case)
    return Test(attribute, name, tuple(values), ignore_case, optional(value, "negate", default=False), holds)


def _segment(value: dict[str, Any], depth: int) -> Condition:
    return InSegment(member(value, "segment", str), optional(value, "negate", default=False))


def _bucket(value: dict[str, Any], depth: int) -> Condition:
    bucket = member(value, "bucket", dict)
    place = hash_of(optional(bucket, "hash", NATIVE), member(bucket, "salt", str), space_of(bucket))
    ranges = tuple(_range(entry) for entry in member(bucket, "ranges", list))
    by, name = optional(bucket, "by", TARGETING_KEY), optional(bucket, "hash", NATIVE)
    return InBucket(by, name, ranges, optional(value, "negate", default=False), place)


def space_of(split: dict[str, Any], pointer: str = "") -> int | None:
    """Give the number of buckets where it is written; the hash's own otherwise."""
    space = split.get("space")
    return None if space is None else typed(space, int, f"{pointer}/space")


def _range(entry: Any) -> tuple[int, int]:
    start, end = _pair(typed(entry, list, "/bucket/ranges"))
    return typed(start, int, "/bucket/ranges"), typed(end, int, "/bucket/ranges")


def _pair(entry: list[Any]) -> list[Any]:
    if len(entry) != 2:  # noqa: PLR2004  # [start, end)
        raise Malformed("/bucket/ranges", "must hold pairs")
    return entry


_SHAPES: dict[str, Callable[[dict[str, Any], int], Condition]] = {
    "all": _all,
    "any": _any,
    "not": _not,
    "attribute": _test,
    "segment": _segment,
    "bucket": _bucket,
}
