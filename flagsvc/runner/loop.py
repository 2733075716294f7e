"""One loop: a daemon thread that takes a turn now and then, at once when woken, and outlives every failure."""

import logging
import random
import threading
from collections.abc import Callable

from flagsvc.domain.errors import Unavailable, for_the_log

MIN_BACKOFF_SECONDS = 0.1
MAX_BACKOFF_SECONDS = 3.0
"""After an outage everything is up to date again within five seconds: this pause, and a turn."""

CHANCE = random.SystemRandom()
"""Of the loops' own: whoever seeds the generator that all share would let every replica wait equally long."""

_log = logging.getLogger(__name__)


class Loop:
    """Calls `turn` about every `seconds`, and at once after `wake`; a failed turn is tried again with full jitter.

    The first failure of a row is logged, and the recovery; not what lies between, so that an outage fills no disk.
    """

    def __init__(self, name: str, turn: Callable[[], object], seconds: float) -> None:
        self.name = name
        self._turn = turn
        self._seconds = seconds
        self._failures = 0
        self._woken = threading.Event()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin; the first turn comes at once."""
        self._thread.start()

    def wake(self) -> None:
        """Take the next turn now. Returns at once, never raises, from any thread."""
        self._woken.set()

    @property
    def woken(self) -> bool:
        """Whether somebody waits for the next turn, or for the end."""
        return self._woken.is_set()

    def stop(self, seconds: float = 2.0) -> None:
        """End after the present turn; waits at most `seconds` for it. May be called twice."""
        self._stopped.set()
        self._woken.set()
        if self._thread.is_alive():
            self._thread.join(seconds)

    def finish(self) -> None:
        """End after the present turn, from within it."""
        self._stopped.set()

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._woken.clear()
            pause = self._attempt()
            self._woken.wait(pause)

    def _attempt(self) -> float:
        try:
            self._turn()
        except Exception as error:  # noqa: BLE001  # the runner's turn is a named boundary: nothing ends a loop
            self._failed(error)
            longest = max(MIN_BACKOFF_SECONDS, self._seconds) * 2**self._failures
            return CHANCE.uniform(0, min(MAX_BACKOFF_SECONDS, longest))
        if self._failures:
            _log.info("%s works again after %d failed turns", self.name, self._failures)
        self._failures = 0
        return self._seconds * CHANCE.uniform(0.8, 1.2)

    def _failed(self, error: Exception) -> None:
        self._failures = min(self._failures + 1, 20)
        if self._failures == 1:
            expected = isinstance(error, Unavailable | OSError)
            _log.warning("%s failed: %s", self.name, for_the_log(error), exc_info=None if expected else error)
