"""Outcomes as rows that are kept: counts by windows of five seconds, and which units failed when. Pure.

Windows begin at multiples of CELL_SECONDS of Unix time. An outcome belongs to the window in which its report was
written, as the service's clock has it: some seconds after it happened, and before its window can be read
(SETTLED_SECONDS).
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from flagsdk.core.durations import HALF_AGAIN, nearest
from flagsdk.core.sketch import NOTHING, Sample, merged
from flagsdk.wire.members import MAX_NUMBER
from flagsdk.wire.outcomes import OutcomeRow
from flagsvc.domain.usage import Subject, Window

CELL_SECONDS = 5
FOLDED_SECONDS = 60
"""Old windows are folded into these."""
FAILURE_SECONDS = 300
"""A unit's failures are kept once in so much time; so many seconds at most pass until one that goes on is seen anew."""
SETTLED_SECONDS = 15.0
"""So long after its end a window is whole: a tick of the client (2 s), one lost report (3 s), a turn of the writer
(5 s), and as much again as the slower two of these."""


class Cell(NamedTuple):
    """What one row of counts is of; `start` in Unix seconds."""

    subject: Subject
    start: int
    metric: str
    variant: str


class Counts(NamedTuple):
    """What was counted: see flagsdk/wire/outcomes.py."""

    events: int = 0
    bad: int = 0
    slow: Mapping[int, int] = {}
    total: float = 0.0
    squares: float = 0.0
    units: Sample = NOTHING

    def plus(self, other: "Counts") -> "Counts":
        """Add up; units that are in both count once."""
        slow = {place: self.slow.get(place, 0) + other.slow.get(place, 0) for place in self.slow.keys() | other.slow}
        return Counts(
            events=min(MAX_NUMBER, self.events + other.events),
            bad=min(MAX_NUMBER, self.bad + other.bad),
            slow=slow,
            total=self.total + other.total,
            squares=self.squares + other.squares,
            units=merged([self.units, other.units]),
        )

    def slower(self, bound_seconds: float) -> tuple[int, int]:
        """Count the events slower than the bound nearest to this one, and those slower than 1.5 times that bound."""
        place = nearest(bound_seconds)
        return self._beyond(place), self._beyond(place + HALF_AGAIN)

    def _beyond(self, place: int) -> int:
        return sum(count for at, count in self.slow.items() if at > place)


class Failure(NamedTuple):
    """A unit that failed, by its 64-bit hash; `at` is the window, in Unix seconds."""

    subject: Subject
    metric: str
    unit: int
    variant: str
    at: int

    @property
    def bucket(self) -> int:
        """Beginning of the time in which a further failure of this unit is not kept."""
        return self.at - self.at % FAILURE_SECONDS


class Told(NamedTuple):
    """A row that arrived, from whom it does not matter; `at` in Unix seconds."""

    environment: str
    at: float
    row: OutcomeRow

    @property
    def subject(self) -> Subject:
        """What it is about."""
        return Subject(self.environment, self.row.kind, self.row.key)

    @property
    def start(self) -> int:
        """Beginning of its window."""
        moment = int(self.at - self.row.age_ms / 1000)
        return moment - moment % CELL_SECONDS

    @property
    def cell(self) -> Cell:
        """Where its counts are added."""
        return Cell(self.subject, self.start, self.row.metric, self.row.variant)


class SenderKey(NamedTuple):
    """Who posts outcomes of a traffic split, by the id that it gave itself."""

    environment: str
    split: str
    id: str


class Sender(NamedTuple):
    """Somebody who posts outcomes, and which of the posts were taken; `seen_at` in Unix seconds."""

    key: SenderKey
    window: Window
    seen_at: int


def counts_of(told: Iterable[Told]) -> Mapping[Cell, Counts]:
    """Add rows up by window."""
    found: dict[Cell, Counts] = {}
    for each in told:
        row, cell = each.row, each.cell
        counts = Counts(row.events, row.bad, row.slow, row.total, row.squares, row.units)
        found[cell] = found[cell].plus(counts) if cell in found else counts
    return found


def failures_of(told: Iterable[Told]) -> list[Failure]:
    """List the units that failed, the earliest failures first."""
    found = {
        Failure(each.subject, each.row.metric, unit, each.row.variant, each.start)
        for each in told
        for unit in each.row.failed
    }
    return sorted(found, key=lambda failure: (failure.at, failure))


def folded(cell: Cell) -> Cell:
    """Give the cell into which an old one is folded."""
    return cell._replace(start=cell.start - cell.start % FOLDED_SECONDS)
