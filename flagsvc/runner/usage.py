"""Reports of clients on their way to the database: taken into memory at once, written together, never waited for."""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from flagsdk.wire.usage import Report
from flagsvc.domain.errors import Unavailable
from flagsvc.domain.usage import Received, delivered
from flagsvc.ports import Store
from flagsvc.runner.loop import Loop
from flagsvc.usecases.outcomes import tidy_outcomes
from flagsvc.usecases.usage import Recorded, alive, record_reports, tidy_usage

TURN_SECONDS = 5.0
GATHER_SECONDS = 0.2
"""Receipts come in swarms: a turn waits so long for those that follow the first."""
TIDY_SECONDS = 600.0
LOOK_SECONDS = 15.0
MAX_WAITING = 2000
MAX_ROWS_WAITING = 200_000
"""What waits for a database that is away; more is refused, and stays with the clients."""
HASHES_PER_ROW = 8
"""So many hashes take at least the memory of one count; a row is at most 0.6 KB, so that 120 MB wait at most."""
MAX_REMEMBERED = 100_000

_log = logging.getLogger(__name__)


class UsageLog:
    """Takes reports from any thread and writes them in one transaction per turn.

    `told` hears what became of them. A report that is written twice counts once.
    """

    def __init__(self, store: Store, clock: Callable[[], datetime], told: Callable[[Recorded], None]) -> None:
        self._store, self._clock, self._told = store, clock, told
        self._lock = threading.Lock()
        self._waiting: list[Received] = []
        self._rows = 0
        self._held: dict[str, tuple[str, int]] = {}
        self._ratios: Mapping[str, float] = {}
        self._tidied = self._looked = float("-inf")
        self._loop = Loop("usage", self.turn, TURN_SECONDS)

    def start(self) -> None:
        """Begin to write."""
        self._loop.start()

    def stop(self) -> None:
        """Stop, and try once to write what is left."""
        self._loop.stop()
        try:
            self._write()
        except Exception as error:  # noqa: BLE001  # the process ends: nothing more can be done for these
            _log.warning("%d reports of usage could not be written: %s", len(self._waiting), type(error).__name__)

    def accept(self, report: Report) -> bool:
        """Take a report, at once; False when too much waits already. A new revision is written without delay."""
        rows = _rows_of(report)
        with self._lock:
            if len(self._waiting) >= MAX_WAITING or self._rows + rows > MAX_ROWS_WAITING:
                return False
            self._waiting.append(Received(report, self._clock()))
            self._rows += rows
            arrived = self._held.get(report.client) != (report.epoch, report.revision)
            if len(self._held) >= MAX_REMEMBERED:
                self._held.clear()
            self._held[report.client] = (report.epoch, report.revision)
        if arrived:
            self._loop.wake()
        return True

    def ratios(self) -> Mapping[str, float]:
        """Share of the clients alive that hold the present revision, by environment, as of the last look."""
        return self._ratios

    def turn(self) -> None:
        """Write what waits; now and then tidy up, and look who holds what. Raises Unavailable."""
        if self._waiting:
            time.sleep(GATHER_SECONDS)
        wrote = self._write()
        moment = time.monotonic()
        if wrote or moment - self._looked > LOOK_SECONDS:
            self._looked = moment
            self._look()
        if moment - self._tidied > TIDY_SECONDS and not self._tidy():
            self._tidied = moment

    def _tidy(self) -> int:
        """Tell how much was to be done: as long as it is something, the next turn goes on."""
        now = self._clock()
        return tidy_usage(self._store, now) + tidy_outcomes(self._store, now)

    def _write(self) -> bool:
        with self._lock:
            taken = tuple(self._waiting)
        if not taken:
            return False
        recorded = self._recorded(taken)
        with self._lock:  # only now: what was not written is tried again, and what was written twice counts once
            del self._waiting[: len(taken)]
            self._rows = sum(_rows_of(each.report) for each in self._waiting)
        self._told(recorded)
        return True

    def _recorded(self, taken: Sequence[Received]) -> Recorded:
        """Write; what cannot be written for another reason than an absent database is lost, and held against nobody."""
        try:
            return record_reports(self._store, taken)
        except Unavailable:
            raise
        except Exception:  # noqa: BLE001  # one report must not keep all others out for ever
            _log.exception("%d reports of usage are lost", len(taken))
            return Recorded(failed=len(taken))

    def _look(self) -> None:
        with self._store.reading() as view:
            ratios: dict[str, float] = {}
            for environment, head in view.heads().items():
                known = alive(view, environment, self._clock())
                if known:
                    ratios[environment] = delivered(known, head.epoch, head.revision).current / len(known)
        self._ratios = ratios


def _rows_of(report: Report) -> int:
    """Weigh a report: a sample of a few hundred hashes is no single row."""
    hashes = [len(row.sample.hashes) for row in report.units]
    hashes += [len(row.units.hashes) + len(row.slow) + 2 * len(row.failed) for row in report.outcomes]
    return 1 + len(report.uses) + len(report.unknown) + sum(1 + size // HASHES_PER_ROW for size in hashes)
