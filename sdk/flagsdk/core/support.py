"""What a condition rests on, and whether this reader supports all of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from .model import All, Any_, Condition, InSegment, Not, Segment, Unsupported

MAX_SEGMENT_DEPTH = 32
MAX_SIZE = 10_000
"""Conditions of one rule or segment, with those of the segments it uses counted at each use."""


@dataclass(frozen=True, slots=True)
class Support:
    """Size and depth of a condition with its segments unfolded; `faults` says, in words, why it never matches."""

    size: int
    depth: int
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Audience:
    """A segment as conditions use it: read and judged, or with the faults that close every rule that uses it.

    `tests` keeps the compiled tests "is in it" (True) and "is not in it" (False), once somebody needs them.
    """

    segment: Segment | None
    support: Support
    tests: dict[bool, Callable[[Any], bool]] = field(default_factory=dict)


def parts_of(condition: Condition) -> tuple[Condition, ...]:
    """Give the conditions directly inside a group; a leaf has none."""
    match condition:
        case All(parts) | Any_(parts):
            return parts
        case Not(part):
            return (part,)
        case _:
            return ()


def leaves_of(condition: Condition) -> Iterator[Condition]:
    """Give every leaf of a condition, left to right."""
    parts = parts_of(condition)
    if not parts and not isinstance(condition, All | Any_):
        yield condition
    for part in parts:
        yield from leaves_of(part)


def segments_of(condition: Condition | None) -> tuple[str, ...]:
    """Give the keys of the segments that a condition names, in order, without repeats."""
    if condition is None:
        return ()
    return tuple(dict.fromkeys(leaf.segment for leaf in leaves_of(condition) if isinstance(leaf, InSegment)))


def support_of(condition: Condition, audience: Callable[[str], Audience]) -> Support:
    """Judge a condition whose segments are already judged."""
    leaves = list(leaves_of(condition))
    used = [audience(leaf.segment).support for leaf in leaves if isinstance(leaf, InSegment)]
    faults = [leaf.detail for leaf in leaves if isinstance(leaf, Unsupported)]
    faults += (fault for support in used for fault in support.faults)
    size = len(leaves) + sum(support.size for support in used)
    depth = max((support.depth for support in used), default=0)
    return Support(size, depth, tuple(dict.fromkeys((*faults, *_excess(size, depth)))))


def _excess(size: int, depth: int) -> Iterator[str]:
    if size > MAX_SIZE:
        yield f"more than {MAX_SIZE} conditions with the segments unfolded"
    if depth > MAX_SEGMENT_DEPTH:
        yield f"segments nest deeper than {MAX_SEGMENT_DEPTH}"


def judged(segment: Segment, audience: Callable[[str], Audience]) -> Audience:
    """Judge a segment whose own segments are already judged."""
    inner = Support(0, 0, ()) if segment.when is None else support_of(segment.when, audience)
    return Audience(segment, Support(inner.size + 1, inner.depth + 1, inner.faults))


def closed(fault: str) -> Audience:
    """Give a segment that cannot be used, and why."""
    return Audience(None, Support(1, 1, (fault,)))


def supported(audience: Audience) -> Segment:
    """Give the segment of an audience without faults."""
    if audience.segment is None:
        raise AssertionError("a rule that uses an unsupported segment is never looked at")
    return audience.segment
