"""Threads that ask a client all the time, and note what it answered, what it held, and what each call cost."""

import threading
import time
from array import array
from collections.abc import Callable, Hashable, Sequence
from typing import Any, Self

from flagsdk import FlagClient
from tests.faults.oracle import NONE, Oracle, Seen, together
from tests.faults.questions import AUDIENCE, CHILD, CONTEXTS, GONE, HALF, NUMBER, SPLIT
from tests.support.lost import Lost

LONG_SECONDS = 0.1  # a call so long is looked at more closely
BLOCKED_SECONDS = 0.5
"""Of this process's own time. Whatever a source waits for, it waits longer, and no call needs a hundredth of it."""
FLOOR_SECONDS = 0.001
MANY = 1000  # fewer have no such percentile
PAUSE_SECONDS = 0.002

Ask = Callable[[FlagClient, Any], Hashable]
ASKED: dict[str, Ask] = {
    NUMBER: lambda client, context: client.get_integer(NUMBER, context, NONE),
    HALF: lambda client, context: client.get_boolean(HALF, context, NONE),
    AUDIENCE: lambda client, context: client.get_string(AUDIENCE, context, NONE),
    CHILD: lambda client, context: client.get_boolean(CHILD, context, NONE),
    GONE: lambda client, context: client.get_boolean(GONE, context, NONE),
    SPLIT: lambda client, context: client.cohort(SPLIT, context),
}


class Asker(threading.Thread):
    """One thread that asks; `stopped` ends it."""

    def __init__(self, client: FlagClient, stopped: threading.Event, every_seconds: float) -> None:
        super().__init__(name="asker", daemon=True)
        self.seen: set[Seen] = set()
        self.held: list[tuple[str, int]] = []
        self.costs = array("q")  # processor time of each call, in nanoseconds
        self.long: list[tuple[float, float]] = []
        self.raised: list[BaseException] = []
        self._client = client
        self._stopped = stopped
        self._every_seconds = every_seconds

    def run(self) -> None:
        """Ask until it is stopped."""
        turn = 0
        while not self._stopped.wait(self._every_seconds):
            for place in range(len(CONTEXTS)):
                for asked, ask in ASKED.items():
                    self._timed(place, asked, ask)
                self._explained(place, turn)
            self._note_position()
            turn += 1

    def _timed(self, place: int, asked: str, ask: Ask) -> None:
        began, spent = time.monotonic(), time.thread_time_ns()
        try:
            answer = ask(self._client, CONTEXTS[place])
        except BaseException as fault:  # noqa: BLE001 - that is what must never happen, and the thread has to say it
            self.raised.append(fault)
            return
        spent, ended = time.thread_time_ns() - spent, time.monotonic()
        self.costs.append(spent)
        if ended - began > LONG_SECONDS:
            self.long.append((began, ended))
        self.seen.add((None, place, asked, answer))

    def _explained(self, place: int, turn: int) -> None:
        """Ask for answers that name their revision; everything at once, now and then."""
        try:
            detail = self._client.get_boolean_details(CHILD, CONTEXTS[place], NONE)
            if detail.revision is not None:
                self.seen.add((detail.revision, place, CHILD, detail.value))
            if turn % 8 == 0:
                decisions = self._client.evaluate_all(CONTEXTS[place])
                if decisions.revision:
                    self.seen.add((decisions.revision, place, "all", together(decisions.plain())))
        except BaseException as fault:  # noqa: BLE001 - likewise
            self.raised.append(fault)

    def _note_position(self) -> None:
        status = self._client.status
        if status.epoch is not None and status.revision is not None:
            position = (status.epoch, status.revision)
            if not self.held or self.held[-1] != position:
                self.held.append(position)


class Load:
    """Several askers of each client, from `with` to its end; `mark` ends the time that the rest is compared with."""

    def __init__(self, clients: Sequence[FlagClient], threads: int = 3, every_seconds: float = PAUSE_SECONDS) -> None:
        self._stopped = threading.Event()
        self._askers = [Asker(client, self._stopped, every_seconds) for client in clients for _ in range(threads)]
        self._marks = [0] * len(self._askers)
        self._lost = Lost()

    def __enter__(self) -> Self:
        self._lost.__enter__()
        for asker in self._askers:
            asker.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        for asker in self._askers:
            asker.join()
        self._lost.__exit__()

    @property
    def calls(self) -> int:
        """How often the client was asked."""
        return sum(len(asker.costs) for asker in self._askers)

    def mark(self) -> None:
        """From here on it counts."""
        self._marks = [len(asker.costs) for asker in self._askers]

    def faults(self, oracle: Oracle) -> list[str]:
        """Say everything that was wrong: exceptions, wrong answers, steps back, calls that waited or took long."""
        found = [f"raised {fault!r}" for asker in self._askers for fault in asker.raised]
        for asker, mark in zip(self._askers, self._marks, strict=True):
            found += oracle.faults(asker.seen) + oracle.regressions(asker.held)
            found += self._blocked(asker)
            found += _slower(asker.costs[:mark], asker.costs[mark:])
        return found

    def _blocked(self, asker: Asker) -> list[str]:
        own = [ended - began - self._lost.between(began, ended) for began, ended in asker.long]
        return [f"a call was held up for {seconds:.3f} s" for seconds in own if seconds > BLOCKED_SECONDS]


def _slower(before: "array[int]", after: "array[int]") -> list[str]:
    """Compare what one call in a thousand cost, where a mark was set; a millisecond of processor time is allowed."""
    if not before or len(after) < MANY:
        return []
    was, now = _percentile(before) if len(before) >= MANY else 0, _percentile(after)
    allowed = max(2 * was, FLOOR_SECONDS * 1e9)
    return [f"p99.9 of a call was {was / 1e6:.3f} ms and became {now / 1e6:.3f} ms"] if now > allowed else []


def _percentile(costs: "array[int]", share: float = 0.999) -> int:
    return sorted(costs)[int(len(costs) * share)]
