"""When this process was kept from running: the intervals, so that what was slow meanwhile can be judged afterwards."""

import threading
import time
from typing import Self

NAP_SECONDS = 0.005


class Lost:
    """A thread that naps, from `with` to its end; what it oversleeps was lost to everybody here."""

    def __init__(self) -> None:
        self._intervals: list[tuple[float, float]] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="lost", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def between(self, began: float, ended: float) -> float:
        """Seconds of that interval, by time.monotonic, that were lost."""
        return sum(max(0.0, min(ended, last) - max(began, first)) for first, last in self._intervals)

    def _watch(self) -> None:
        before = time.monotonic()
        while not self._ended.wait(NAP_SECONDS):
            now = time.monotonic()
            if now - before > 3 * NAP_SECONDS:
                self._intervals.append((before, now))
            before = now
