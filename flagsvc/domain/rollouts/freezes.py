"""Freeze windows: the times at which no rollout starts or advances. Values and rules; zones are handed in.

Rolling back is never frozen.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from math import inf
from typing import Any

from flagsdk.core.instants import instant_of
from flagsvc.domain.instants import said_of

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ZoneOf = Callable[[str], tzinfo | None]
"""Finds a zone of the IANA database by its name; None where there is none."""

_EPOCH = date(1970, 1, 1).toordinal() * 86_400
_FAR = datetime(9999, 1, 1, tzinfo=UTC).timestamp()
_NEARBY = (-2, -1, 0, 1)
"""The days, counted from today, whose windows can hold a moment of today: windows last a day, and zones skip one."""
_MOST_WINDOWS = 200
"""How many windows in a row are followed; by then hourly ones of a whole week have come round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weekly:
    """A window on some weekdays (0 is Monday), by the clocks on the wall of `zone`, end excluded.

    An `end` that is not after the `start` lies on the next day. An edge that the clocks skip or show twice, when they
    are changed, is taken so that the window is as long as it can be: none vanishes, and none comes twice.
    """

    weekdays: frozenset[int]
    start: time
    end: time
    zone: tzinfo

    def end_at(self, now: float) -> float | None:
        """Tell when the window ends that is open at `now`, in Unix seconds; None when none is."""
        today = datetime.fromtimestamp(now, self.zone).date()
        windows = (self._window(today + timedelta(days)) for days in _NEARBY)
        return max((end for start, end in filter(None, windows) if start <= now < end), default=None)

    def _window(self, day: date) -> tuple[float, float] | None:
        if day.weekday() not in self.weekdays:
            return None
        last = day if self.end > self.start else day + timedelta(1)
        return min(self._instants(day, self.start)), max(self._instants(last, self.end))

    def _instants(self, day: date, clock: time) -> tuple[float, ...]:
        wall = datetime.combine(day, clock, self.zone)
        return tuple(wall.replace(fold=fold).timestamp() for fold in (0, 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Freeze:
    """A freeze of an environment: from `since` until `until` (Unix seconds), or weekly.

    `unknown_zone` names a zone that this machine does not know; such a freeze is always in force.
    """

    environment: str
    key: str
    reason: str
    since: float = -inf
    until: float = inf
    weekly: Weekly | None = None
    unknown_zone: str = ""

    def end_at(self, now: float) -> float | None:
        """Tell when the freeze that is in force at `now` ends; infinity when only a person ends it, None for none."""
        if self.weekly is not None:
            return self.weekly.end_at(now)
        return self.until if self.since <= now < self.until else None


def freeze_of(environment: str, document: Mapping[str, Any], zone_of: ZoneOf) -> Freeze:
    """Read a freeze from its checked document."""
    said = {"environment": environment, "key": document["key"], "reason": document["reason"]}
    if weekly := document.get("weekly"):
        zone = zone_of(weekly["zone"])
        return Freeze(**said, weekly=_weekly(weekly, zone)) if zone else Freeze(**said, unknown_zone=weekly["zone"])
    since, until = document.get("from"), document.get("until")
    return Freeze(**said, since=seconds_of(since) if since else -inf, until=seconds_of(until) if until else inf)


def frozen_by(freezes: Iterable[Freeze], now: float) -> Freeze | None:
    """Give the freeze that is in force at `now`; of several the one that ends last, and then the first by key."""
    ends = ((freeze, freeze.end_at(now)) for freeze in sorted(freezes, key=lambda freeze: freeze.key))
    in_force = ((freeze, end) for freeze, end in ends if end is not None)
    return max(in_force, key=lambda pair: pair[1], default=(None, inf))[0]


def thaws_at(freezes: Iterable[Freeze], now: float) -> float:
    """Tell when nothing freezes any more: `now` if nothing does; windows that touch or overlap count as one.

    Infinity when a person has to end a freeze, or when weekly windows leave no gap.
    """
    known, moment = tuple(freezes), now
    for _ in range(_MOST_WINDOWS):
        if (freeze := frozen_by(known, moment)) is None:
            return moment
        moment = freeze.end_at(moment) or inf
        if moment == inf:
            break
    return inf


def frozen_sentence(freezes: Iterable[Freeze], now: float) -> str:
    """Say what freezes the environment and until when; "" when nothing does."""
    known = tuple(freezes)
    if (freeze := frozen_by(known, now)) is None:
        return ""
    thaw = thaws_at(known, now)
    until = "until somebody ends it" if thaw >= _FAR else f"until {said_of(thaw)}"
    return f"{freeze.environment!r} is frozen by {freeze.key!r} {until}: {_why(freeze)}"


def seconds_of(text: str) -> float:
    """Read a checked date-time with an offset as Unix seconds."""
    seconds, fraction = instant_of(text) or (_EPOCH, "")
    return seconds - _EPOCH + float(f"0.{fraction or 0}")


def clock_of(text: object) -> time | None:
    """Read "HH:MM", from 00:00 to 23:59; None for anything else."""
    if not isinstance(text, str) or len(text) != len("HH:MM") or text[2] != ":":
        return None
    hour, minute = text[:2], text[3:]
    if not (text.isascii() and hour.isdigit() and minute.isdigit()):
        return None
    return time(int(hour), int(minute)) if int(hour) < 24 and int(minute) < 60 else None  # noqa: PLR2004  # a clock


def _weekly(members: Mapping[str, Any], zone: tzinfo) -> Weekly:
    return Weekly(
        weekdays=frozenset(map(WEEKDAYS.index, members["weekdays"])),
        start=clock_of(members["start"]) or time.min,
        end=clock_of(members["end"]) or time.min,
        zone=zone,
    )


def _why(freeze: Freeze) -> str:
    if freeze.unknown_zone:
        return f"{freeze.reason} (the zone {freeze.unknown_zone!r} is not known here, so it is taken as in force)"
    return freeze.reason
