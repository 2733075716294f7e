"""What the background thread knows of itself, as values that are replaced as a whole: readers take no lock."""

from dataclasses import dataclass

from flagsdk.core.snapshot import Snapshot
from flagsdk.wire import Whole


@dataclass(frozen=True, slots=True)
class Standing:
    """How following goes.

    `source`: where the snapshot was last confirmed, or else came from. `confirmed`: when (monotonic seconds) a source
    last confirmed that it is the present one. `fault`: what is wrong now, "" = nothing. `faults`: how often in all.
    """

    source: str
    confirmed: float = float("-inf")
    fault: str = ""
    faults: int = 0


@dataclass(frozen=True, slots=True)
class Held:
    """A snapshot in both forms: what a forked child goes on from.

    `source`: where it was last confirmed, or else came from. `confirmed`: when (monotonic). `from_reserve`: no source
    has confirmed it yet, so none need lead on from it, and it is not kept.
    """

    snapshot: Snapshot
    whole: Whole
    source: str
    confirmed: float
    from_reserve: bool
