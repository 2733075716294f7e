"""The strict check of a freeze before it is stored: every fault at once, each with its place and the fix."""

from collections.abc import Mapping
from typing import Any

from flagsdk.core.instants import instant_of
from flagsdk.core.validate import Problem, nearest
from flagsdk.core.validate.cursor import Cursor, Scope, shown
from flagsdk.core.validate.shapes import TEXTS, Check, Member, Shape, is_list, is_object, text
from flagsvc.domain.rollouts.freezes import WEEKDAYS, ZoneOf, clock_of, seconds_of

MAX_REASON = 1000


def freeze_problems(zone_of: ZoneOf, document: Any, documents: Mapping[str, Mapping[str, Any]]) -> list[Problem]:
    """List everything that is wrong with a freeze. Never raises for any JSON value."""
    place = Cursor(document, Scope("freeze", documents))
    if is_object(place, {**FREEZE, "weekly": Member(_weekly(zone_of), nullable=True)}):
        _windows(place)
    return place.scope.problems


def _windows(place: Cursor) -> None:
    since, until = (place.at(name) for name in ("from", "until"))
    if place.at("weekly").value is not None and (since.value is not None or until.value is not None):
        place.at("weekly").report("two-windows", "A freeze is weekly, or has from and until; make two freezes of it.")
    elif _is_instant(since.value) and _is_instant(until.value) and seconds_of(since.value) >= seconds_of(until.value):
        until.report("not-after", "This must be after `from`: the freeze would never be in force.")


def _is_instant(value: object) -> bool:
    return isinstance(value, str) and instant_of(value) is not None


def _instant(place: Cursor) -> None:
    if not _is_instant(place.value):
        place.report("bad-date", f"{shown(place.value)} is no date-time with an offset, as 2026-12-20T00:00:00+01:00.")


def _weekly(zone_of: ZoneOf) -> Check:
    def zone(place: Cursor) -> None:
        if not isinstance(place.value, str):
            place.wrong("the name of a zone, as Europe/Berlin")
        elif zone_of(place.value) is None:
            place.report(
                "unknown-zone", f"The zone {shown(place.value)} is not known here; names are as Europe/Berlin."
            )

    shape: Shape = {
        "weekdays": Member(_weekdays, required=True),
        "start": Member(_clock, required=True),
        "end": Member(_clock, required=True),
        "zone": Member(zone, required=True),
    }

    def check(place: Cursor) -> None:
        is_object(place, shape)

    return check


def _weekdays(place: Cursor) -> None:
    if not is_list(place, len(WEEKDAYS), least=1):
        return
    seen: set[str] = set()
    for item in place.items():
        if item.value not in WEEKDAYS:
            item.report("unknown-weekday", f"There is no weekday {shown(item.value)}{nearest(item.value, WEEKDAYS)}")
        elif item.value in seen:
            item.report("duplicate", f"The weekday {item.value!r} is listed already.")
        else:
            seen.add(item.value)


def _clock(place: Cursor) -> None:
    if clock_of(place.value) is None:
        place.wrong("a time of day from 00:00 to 23:59")


FREEZE: Shape = {
    **{name: TEXTS[name] for name in ("key", "name", "description", "owner", "tags", "archived", "createdAt")},
    "reason": Member(text(MAX_REASON), required=True),
    "from": Member(_instant, nullable=True),
    "until": Member(_instant, nullable=True),
}
"""All members but `weekly`, which needs to know the zones."""
