"""Waiting and limits of time in tests, on a machine that may be taken away for a second at any moment.

`eventually` is patient: a test of *whether* something comes says nothing of how soon. `within` is for the tests of
*how soon*: it counts the time in which this process could have run, and its limits leave room below what would be the
case without the code under test (a timeout of its own, a next poll, for ever).
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Self

PATIENCE_SECONDS = 60.0
POLL_SECONDS, POLL_SECONDS_MOST = 0.005, 0.05


def eventually(holds: Callable[[], object], what: str = "what was waited for") -> None:
    """Poll, less and less often, until it holds; fails after a minute, naming what did not come."""
    deadline, pause = time.monotonic() + PATIENCE_SECONDS, POLL_SECONDS
    while not holds():
        assert time.monotonic() < deadline, f"not within {PATIENCE_SECONDS:.0f} s: {what}"
        time.sleep(pause)
        pause = min(pause * 1.25, POLL_SECONDS_MOST)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Fail when the block takes longer than `seconds` of this process's own time."""
    with Stopwatch() as watch:
        yield
        taken = watch.seconds
    assert taken <= seconds, f"took {taken:.3f} s, not {seconds} s"


class Stopwatch:
    """Seconds since the start, without those in which this process was kept from running.

    A thread sleeps for a moment, again and again; what it oversleeps, everybody here has lost.
    """

    NAP_SECONDS = 0.005

    def __enter__(self) -> Self:
        self._lost = 0.0
        self._ended = threading.Event()
        self._watching = threading.Thread(target=self._watch, daemon=True)
        self._watching.start()
        self._started = time.monotonic()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._watching.join()

    @property
    def seconds(self) -> float:
        """Time that was ours."""
        return time.monotonic() - self._started - self._lost

    def _watch(self) -> None:
        before = time.monotonic()
        while not self._ended.wait(self.NAP_SECONDS):
            before, passed = (now := time.monotonic()), now - before
            self._lost += max(0.0, passed - 2 * self.NAP_SECONDS)
