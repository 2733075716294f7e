"""What a document means once it is read: frozen values with everything prepared, so that evaluation only compares."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

Holds = Callable[[object], bool | None]
"""A prepared test of an attribute's value: true, false, or None for unknown. Never raises."""


@dataclass(frozen=True, slots=True)
class Unsupported:
    """Something this reader does not know or cannot read; whatever rests on it does not match. `detail` says what."""

    detail: str


@dataclass(frozen=True, slots=True)
class All:
    """True when every part is; an empty group is true."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Any_:  # noqa: N801  # the counterpart of All; `Any` is taken by typing
    """True when one part is; an empty group is false."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of its part; the opposite of unknown is unknown."""

    part: "Condition"


@dataclass(frozen=True, slots=True)
class Test:
    """An operator applied to an attribute; `holds` is the operator with its operands prepared, before `negate`."""

    attribute: str
    operator: str
    values: tuple[Any, ...]
    ignore_case: bool
    negate: bool
    holds: Holds


@dataclass(frozen=True, slots=True)
class InSegment:
    """Membership of a segment, named by its key."""

    segment: str
    negate: bool


@dataclass(frozen=True, slots=True)
class InBucket:
    """Whether the unit's bucket lies in one of the half-open ranges; `place` maps a unit to its bucket."""

    by: str
    hash: str
    ranges: tuple[tuple[int, int], ...]
    negate: bool
    place: Callable[[str], int]


Condition = All | Any_ | Not | Test | InSegment | InBucket | Unsupported


@dataclass(frozen=True, slots=True)
class Fixed:
    """Serve one variant to everybody."""

    variant: str


@dataclass(frozen=True, slots=True)
class Split:
    """Serve by bucket: `ranges` are (variant, start, end) in order of start and cover [0, space) exactly once."""

    by: str
    hash: str
    salt: str
    space: int
    ranges: tuple[tuple[str, int, int], ...]
    place: Callable[[str], int]


Serve = Fixed | Split | Unsupported


@dataclass(frozen=True, slots=True)
class Rule:
    """What to serve when the condition is true."""

    id: str
    when: Condition
    serve: Serve


@dataclass(frozen=True, slots=True)
class Targets:
    """Units listed one by one for a variant."""

    variant: str
    units: frozenset[str]
    by: str


@dataclass(frozen=True, slots=True)
class Prerequisite:
    """A parent flag and the variants of it that let evaluation go on."""

    flag: str
    variants: frozenset[str]


@dataclass(frozen=True, slots=True)
class Staleness:
    """What a reader does once its snapshot has not been confirmed for longer than `after_seconds`.

    `None` leaves the limit, or what is done, to the reader. "keep": the last good snapshot goes on deciding. "off": the
    flag serves its off variant. It is no part of the decision itself: `evaluate` knows no clock.
    """

    after_seconds: float | None = None
    then: Literal["keep", "off"] | None = None


@dataclass(frozen=True, slots=True)
class Flag:
    """A flag in one environment, or a traffic split seen as a string flag over its backends."""

    key: str
    type: str
    variants: dict[str, Any]
    archived: bool
    enabled: bool
    off: str
    prerequisites: tuple[Prerequisite, ...]
    targets: tuple[Targets, ...]
    rules: tuple[Rule, ...]
    default: Serve
    staleness: Staleness | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    """A reusable audience; `members` are the included units that are not excluded."""

    key: str
    members: frozenset[str]
    excluded: frozenset[str]
    by: str
    when: Condition | None
