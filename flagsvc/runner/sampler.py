"""The sampler: looks at what the service depends on, in the background, so that a health request calls nobody."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from flagsvc.runner.loop import Loop

OK, DEGRADED, DOWN, OFF = "ok", "degraded", "down", "off"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a probe found: a status (ok, degraded, down, or off where not configured) and a value fit for people."""

    status: str
    value: str


@dataclass(frozen=True, slots=True)
class State:
    """A reading, and since when its status holds (RFC 3339, UTC)."""

    status: str
    value: str
    since: str


Probe = Callable[[], Reading]
"""Looks once; bounded in time by itself. An exception means down."""


class Sampler:
    """Takes a reading of every probe each `seconds`; each has its own thread: a slow one delays no other."""

    def __init__(
        self,
        probes: Mapping[str, Probe],
        *,
        seconds: float = 2.0,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._clock = clock
        self._lock = threading.Lock()  # the probes' threads write, each its own name
        self._states: Mapping[str, State] = {}
        self._loops = [Loop(f"probe {name}", self._look(name, probe), seconds) for name, probe in probes.items()]

    def start(self) -> None:
        """Begin to sample."""
        for loop in self._loops:
            loop.start()

    def stop(self) -> None:
        """Stop; waits for nobody for long."""
        for loop in self._loops:
            loop.stop(seconds=0.1)

    def states(self) -> Mapping[str, State]:
        """Latest state of each probe that was read at least once, by name."""
        return self._states

    def _look(self, name: str, probe: Probe) -> Callable[[], None]:
        def turn() -> None:
            try:
                reading = probe()
            except Exception as error:  # noqa: BLE001  # whatever a probe raises means that its subject is down
                reading = Reading(DOWN, type(error).__name__)
            self._note(name, reading)

        return turn

    def _note(self, name: str, reading: Reading) -> None:
        with self._lock:
            before = self._states.get(name)
            changed = before is None or before.status != reading.status
            since = self._clock().isoformat(timespec="seconds") if changed or before is None else before.since
            self._states = {**self._states, name: State(reading.status, reading.value, since)}
        if changed and (before is not None or reading.status in (DEGRADED, DOWN)):
            _log.warning("%s is %s (%s)", name, reading.status, reading.value)


def elapsed(action: Callable[[], object]) -> float:
    """Do something and give the milliseconds that it took."""
    start = time.perf_counter()
    action()
    return (time.perf_counter() - start) * 1000
