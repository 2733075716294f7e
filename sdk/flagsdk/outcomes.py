"""What became of what was served: counted in windows of some seconds, until it is reported. Bounded; nobody waits."""

import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from typing import NamedTuple

from flagsdk.core.durations import place_of
from flagsdk.core.sketch import Sketch
from flagsdk.wire.outcomes import MAX_AGE_MS, MAX_FAILED, MAX_OUTCOMES, OutcomeRow

WINDOW_SECONDS = 5.0
MAX_EVENTS = 50_000
"""Outcomes noted and not added up yet, some 10 MB at most; what comes on top is dropped, and counted."""
FOLD_AT, FOLD_MOST = 256, 512
"""From so many on, whoever notes another one adds some up, half a millisecond's worth at most."""
MAX_CELLS = 200
"""Variants times metrics of one window; outcomes of further ones are dropped, and counted."""
MAX_FAILED_UNITS = 2000
"""Units that failed, remembered in one window; outcomes of further ones count, their units do not."""
MAX_ROWS = 1000
"""Rows of closed windows that wait for the service: about 20 minutes of two variants and two metrics."""
KEEP_SECONDS = MAX_AGE_MS / 1000

CellKey = tuple[str, str, str, str]
"""Kind, key, variant, metric."""


class Event(NamedTuple):
    """One outcome. `unit`: a 64-bit hash of who had it, or None."""

    cell: CellKey
    ok: bool
    seconds: float | None
    value: float
    unit: int | None


class Timed(NamedTuple):
    """A row of a window that ended at `at`, by the clock of the process."""

    at: float
    row: OutcomeRow

    def aged(self, now: float) -> OutcomeRow:
        """Give the row as it is reported now."""
        return self.row._replace(age_ms=min(MAX_AGE_MS, max(0, int((now - self.at) * 1000))))


class _Cell:
    """What one variant has by one metric in the present window."""

    __slots__ = ("bad", "events", "failed", "sketch", "slow", "squares", "total")

    def __init__(self) -> None:
        self.events = self.bad = 0
        self.slow: dict[int, int] = {}
        self.total = self.squares = 0.0
        self.sketch = Sketch()
        self.sketch.start()
        self.failed: set[int] = set()

    def add(self, event: Event) -> None:
        self.events += 1
        self.bad += not event.ok
        self.total += event.value
        self.squares += event.value * event.value
        if event.seconds is not None:
            place = place_of(event.seconds)
            self.slow[place] = self.slow.get(place, 0) + 1
        if event.unit is not None and (place := event.unit >> 32) < self.sketch.threshold:
            self.sketch.note(place)

    def rows(self, key: CellKey) -> Iterator[OutcomeRow]:
        """Give what was counted; failed units that one row has no room for come in rows of their own."""
        failed = iter(self.failed)
        first = frozenset(islice(failed, MAX_FAILED))
        yield OutcomeRow(
            *key,
            events=self.events,
            bad=self.bad,
            slow=self.slow,
            total=self.total,
            squares=self.squares,
            units=self.sketch.sample(),
            failed=first,
        )
        while more := frozenset(islice(failed, MAX_FAILED)):
            yield OutcomeRow(*key, failed=more)


class Outcomes:
    """Counts the outcomes of one client. `note` is for any thread; all else for the one that reports.

    A note is an append, which no other thread can come into. The lock is between those who add up, and nobody who
    notes waits for it: who finds it taken leaves the adding up to its holder.
    """

    _events: deque[Event]
    _cells: dict[CellKey, _Cell]
    _waiting: list[Timed]

    def __init__(self) -> None:
        self.dropped = 0
        """Outcomes that were given up, in all."""
        self.after_fork()

    def after_fork(self) -> None:
        """Begin anew in a forked child: what was counted so far is the parent's to report."""
        self._adding = threading.Lock()
        self._events, self._cells, self._waiting = deque(), {}, []
        self._failed = self._lost = 0
        self._closed_at = float("-inf")

    def note(self, event: Event) -> None:
        """Count an outcome."""
        waiting = len(self._events)
        if waiting >= MAX_EVENTS:
            self._lost += 1
            return
        self._events.append(event)
        if waiting > FOLD_AT and self._adding.acquire(blocking=False):
            try:
                self._fold(FOLD_MOST)
            finally:
                self._adding.release()

    def due(self, now: float) -> bool:
        """Whether there is something to report now."""
        if self._waiting:
            return True
        return bool(self._events or self._cells) and now - self._closed_at >= WINDOW_SECONDS

    def close(self, now: float, *, early: bool = False) -> None:
        """Close the present window when it has lasted long enough, or `early`; forget what has waited for too long."""
        if early or now - self._closed_at >= WINDOW_SECONDS:
            for _ in range(len(self._events) // FOLD_MOST + 1):
                with self._adding:  # for a moment only: while it is taken, what others note piles up
                    self._fold(FOLD_MOST)
            with self._adding:
                cells, self._cells, self._failed = self._cells, {}, 0
                self.dropped, self._lost = self.dropped + self._lost, 0
            self._closed_at = now
            self._waiting += [Timed(now, row) for key, cell in cells.items() for row in cell.rows(key)]
        old = sum(now - timed.at > KEEP_SECONDS for timed in self._waiting)
        self.drop(self._waiting[: max(old, len(self._waiting) - MAX_ROWS)])

    def batches(self) -> Sequence[tuple[Timed, ...]]:
        """Give the rows of closed windows, in batches that fit into a report."""
        rows = self._waiting
        return [tuple(rows[start : start + MAX_OUTCOMES]) for start in range(0, len(rows), MAX_OUTCOMES)]

    def accept(self, rows: Sequence[Timed]) -> None:
        """Forget rows that were taken."""
        gone = set(map(id, rows))
        self._waiting = [timed for timed in self._waiting if id(timed) not in gone]

    def drop(self, rows: Sequence[Timed]) -> None:
        """Give rows up, and count their outcomes."""
        self.accept(rows)
        self.dropped += sum(timed.row.events for timed in rows)

    def _fold(self, most: int) -> None:
        with suppress(IndexError):
            for _ in range(most):
                self._add(self._events.popleft())

    def _add(self, event: Event) -> None:
        cell = self._cells.get(event.cell)
        if cell is None:
            if len(self._cells) >= MAX_CELLS:
                self._lost += 1
                return
            cell = self._cells[event.cell] = _Cell()
        cell.add(event)
        if (
            not event.ok
            and event.unit is not None
            and event.unit not in cell.failed
            and self._failed < MAX_FAILED_UNITS
        ):
            cell.failed.add(event.unit)
            self._failed += 1
