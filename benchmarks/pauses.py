"""Pauses of the whole machine: how much too late a sleeper wakes that wants next to nothing of it."""

import time
from collections.abc import Callable
from threading import Event, Thread
from typing import Self

NAP_SECONDS = 0.01


class Sleeper:
    """Sleeps for 10 ms at a time, in a thread of its own, until it is stopped; `longest` is in seconds.

    What a sleeper missed, everybody else on the machine missed, too: a time in a tail that is no longer than its
    longest pause says nothing of the program that was measured. Its own process has to be idle meanwhile.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self.longest = 0.0
        self._now = now
        self._stopped = Event()
        self._thread = Thread(target=self._sleep, name="sleeper", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()

    def _sleep(self) -> None:
        before = self._now()
        while not self._stopped.wait(NAP_SECONDS):
            after = self._now()
            self.longest = max(self.longest, after - before - NAP_SECONDS)
            before = after
