"""Outcomes of what was served, as rows of a report: how it went, in which window, for how many units. Values ⇄ JSON.

Rows add up: two of the same variant and window mean the sum of both, and the union of their units.
"""

import struct
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any, NamedTuple

from flagsdk.core.durations import PLACES
from flagsdk.core.sketch import NOTHING, Sample
from flagsdk.wire.faults import Corrupt
from flagsdk.wire.members import MAX_COUNT, decimal_in, hashes_text, number_in, sample_in, subject_in, text_in

MAX_OUTCOMES = 40
"""Rows of one report, so that the largest one still is a report; further ones follow in further reports."""
MAX_FAILED = 64
"""Failed units in one row; further ones follow in a row that has only these."""
MAX_AGE_MS = 600_000
"""What is older is nobody's window any more."""
MAX_VALUE = 1e12
MAX_TOTAL, MAX_SQUARES = MAX_VALUE * MAX_COUNT, MAX_VALUE**2 * MAX_COUNT


class OutcomeRow(NamedTuple):
    """What became of one variant of a flag or split, by one metric, in one window that ended `age_ms` ago.

    `slow`: events by the place of their duration (core/durations.py); `total` and `squares` of the values; `units`
    samples the units that had an event, `failed` are 64-bit hashes of those of which one was bad.
    """

    kind: str
    key: str
    variant: str
    metric: str
    age_ms: int = 0
    events: int = 0
    bad: int = 0
    slow: Mapping[int, int] = {}
    total: float = 0.0
    squares: float = 0.0
    units: Sample = NOTHING
    failed: frozenset[int] = frozenset()


def outcome_members(row: OutcomeRow) -> dict[str, Any]:
    """Write a row; what is nothing is left out."""
    members: dict[str, Any] = {
        "kind": row.kind,
        "key": row.key,
        "variant": row.variant,
        "metric": row.metric,
        "ageMs": row.age_ms,
        "events": row.events,
        "bad": row.bad,
    }
    if row.slow:
        members["slow"] = {str(place): count for place, count in sorted(row.slow.items())}
    if row.total or row.squares:
        members |= {"total": row.total, "squares": row.squares}
    if row.units != NOTHING:
        members |= {"level": row.units.level, "hashes": hashes_text(row.units)}
    if row.failed:
        members["failed"] = b64encode(struct.pack(f">{len(row.failed)}Q", *sorted(row.failed))).decode()
    return members


def outcome_of(members: Mapping[str, Any]) -> OutcomeRow:
    """Read a row; raises Corrupt."""
    kind, key = subject_in(members)
    events = number_in(members, "events", most=MAX_COUNT)
    row = OutcomeRow(
        kind=kind,
        key=key,
        variant=text_in(members, "variant"),
        metric=text_in(members, "metric"),
        age_ms=number_in(members, "ageMs", most=MAX_AGE_MS),
        events=events,
        bad=number_in(members, "bad", most=events),
        slow=_slow(members.get("slow", {}), events),
        total=decimal_in(members, "total", MAX_TOTAL),
        squares=decimal_in(members, "squares", MAX_SQUARES),
        units=sample_in(members) if "level" in members else NOTHING,
        failed=_failed(text_in(members, "failed", most=12 * MAX_FAILED)) if "failed" in members else frozenset(),
    )
    if row.squares < 0:
        raise Corrupt("squares are not negative")
    return row


def _slow(members: Any, events: int) -> Mapping[int, int]:
    if not isinstance(members, dict) or len(members) > PLACES:
        raise Corrupt("slow is not an object of counts by place")
    found = {_place(place): number_in(members, place, most=MAX_COUNT) for place in members}
    if sum(found.values()) > events:
        raise Corrupt("slow counts more than events")
    return found


def _place(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(PLACES)) and int(text) < PLACES):
        raise Corrupt(f"a place in slow is not a number below {PLACES}")
    return int(text)


def _failed(text: str) -> frozenset[int]:
    if len(text) > 12 * MAX_FAILED:
        raise Corrupt("too many failed units")
    try:
        octets = b64decode(text, validate=True)
        return frozenset(struct.unpack(f">{len(octets) // 8}Q", octets))
    except (ValueError, struct.error) as fault:
        raise Corrupt("failed is not base64 of eight bytes each") from fault
