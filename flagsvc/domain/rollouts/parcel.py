"""A notice on its way to one notifier: when it is tried again, and when no more. Times are Unix seconds."""

from dataclasses import dataclass

from flagsvc.domain.instants import milliseconds_of
from flagsvc.domain.rollouts.notice import Notice

FIRST_PAUSE_SECONDS = 5.0
LONGEST_PAUSE_SECONDS = 300.0
GIVE_UP_SECONDS = 6 * 3600.0
"""So long after it happened nothing more is tried: whoever mends a notifier then wants to hear of today."""
MANY = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """`tries`: how often it failed. `due_ms`: nobody takes it before, by the database's clock."""

    notifier: str
    notice: Notice
    tries: int = 0
    due_ms: int = 0


def pause_after(tries: int) -> float:
    """Give the seconds until it is tried again, after that many failures: 5, 10, 20 … at most 300."""
    return min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2.0 ** min(tries - 1, MANY))


def is_stale(notice: Notice, now: float) -> bool:
    """Tell whether it happened so long ago that nobody is told any more."""
    return now - milliseconds_of(notice.at) / 1000 >= GIVE_UP_SECONDS
