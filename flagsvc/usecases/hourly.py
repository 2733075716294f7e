"""How much flags were used in each of the last 24 hours; an hour that is over is read once."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from flagsvc.domain.instants import moment_of
from flagsvc.domain.usage import hour_of
from flagsvc.ports import View

SHOWN_HOURS = 24
EVERY = timedelta(minutes=1)
LATE = timedelta(minutes=10)
"""So long after its end an hour may still grow: a report is filed under the hour in which it came, and stored later."""

Place = tuple[str, str]


class Hours(NamedTuple):
    """Uses by hour and place (environment and key), and when each place was last evaluated."""

    read_at: datetime | None
    counts: Mapping[str, Mapping[Place, int]]
    rows: Mapping[Place, Sequence[int]]
    last: Mapping[Place, str]


NO_HOURS = Hours(None, {}, {}, {})


def hours_after(view: View, before: Hours, keys: Mapping[str, Sequence[str]], now: datetime) -> Hours:
    """Give the hours as they are now, at most a minute old; `keys`: the flags of each environment."""
    if before.read_at is not None and timedelta(0) <= now - before.read_at < EVERY:
        return before
    starts = [hour_of(now - timedelta(hours=back)) for back in reversed(range(SHOWN_HOURS))]
    known = {start: before.counts[start] for start in starts if _is_over(start, before)}
    wanted = next((start for start in starts if start not in known), starts[-1])
    counts = {**known, **_read(view, wanted)}
    last = {
        (environment, key): at
        for environment, flags in keys.items()
        for key, at in view.usage_last(environment, "flag", flags).items()
    }
    return Hours(now, {start: counts.get(start, {}) for start in starts}, _rows(starts, counts), last)


def _is_over(start: str, before: Hours) -> bool:
    """Whether an hour was over for so long when it was read that it cannot have grown since."""
    if before.read_at is None or start not in before.counts:
        return False
    return moment_of(start) + timedelta(hours=1) + LATE <= before.read_at


def _read(view: View, since: str) -> dict[str, dict[Place, int]]:
    found: dict[str, dict[Place, int]] = {}
    for each in view.usage_hours("flag", since):
        found.setdefault(each.start, {})[each.environment, each.key] = each.uses
    return found


def _rows(starts: Sequence[str], counts: Mapping[str, Mapping[Place, int]]) -> dict[Place, list[int]]:
    rows: dict[Place, list[int]] = {}
    for index, start in enumerate(starts):
        for place, uses in counts.get(start, {}).items():
            rows.setdefault(place, [0] * SHOWN_HOURS)[index] = uses
    return rows
