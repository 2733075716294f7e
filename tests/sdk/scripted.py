"""A source whose answers a test gives: an implementation of the port that can lie, fail and keep silent."""

import queue
import threading
import time

from flagsdk.sources import TURN_SECONDS, Resync, SourceFault
from flagsdk.wire import Change, Position, Whole

Heard = list[Change] | Resync | Exception | None


class Scripted:
    """Loads `present` (or raises it), and hears what is put into `heard`."""

    name = "scripted"
    patience = 0.05

    def __init__(self, present: Whole | Exception) -> None:
        self.present: Whole | Exception = present
        self.heard: queue.Queue[Heard] = queue.Queue()
        self.loads = 0
        self.follows: list[Position] = []
        self.closed = threading.Event()
        self._silent_for = 0.0

    def load(self) -> Whole:
        self.loads += 1
        if isinstance(self.present, Exception):
            raise self.present
        return self.present

    def follow(self, position: Position) -> list[Change] | Resync | None:
        self.follows.append(position)
        until = time.monotonic() + TURN_SECONDS
        while not self.closed.is_set():
            if time.monotonic() > until:
                return None
            try:
                answer = self.heard.get(timeout=0.01)
            except queue.Empty:
                continue
            if isinstance(answer, Exception):
                self.closed.wait(self._silent_for)
                raise answer
            return answer
        raise SourceFault("closed")

    def silence(self, seconds: float) -> None:
        """Answer nothing for so long, then fail."""
        self._silent_for = seconds
        self.heard.put(SourceFault("timed out"))

    def close(self) -> None:
        self.closed.set()
