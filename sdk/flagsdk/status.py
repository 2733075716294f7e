"""How a client stands, and who wants to know when that changes."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from flagsdk.registry import entered

State = Literal["starting", "ready", "stale", "closed"]

_log = logging.getLogger("flagsdk")


@dataclass(frozen=True, slots=True)
class Status:
    """How a client stands.

    "starting": no snapshot yet, defaults are served. "ready": current. "stale": the last good snapshot is served, and
    no source has confirmed it for a while. "closed": likewise, for good.
    `source` is where the snapshot was last confirmed or came from: a source's name, "disk", "bootstrap" or "offline".
    `age_seconds` counts from the last confirmation, infinite before the first; `fault` is what is wrong now, in words;
    `faults`, how often something was.
    """

    state: State
    source: str
    environment: str | None
    epoch: str | None
    revision: int | None
    age_seconds: float
    fault: str
    faults: int


class Watchers:
    """Callbacks for a change of state. One that raises is logged and stays."""

    def __init__(self) -> None:
        self._all: dict[object, Callable[[Status], object]] = {}
        self._state: State = "starting"
        self.faults = 0

    def add(self, callback: Callable[[Status], object]) -> Callable[[], None]:
        """Call `callback` from now on; returns the function that ends it."""
        return entered(self._all, callback)

    def look(self, status: Status) -> None:
        """Tell everybody if the state is another than last time."""
        if status.state == self._state:
            return
        self._state = status.state
        for callback in list(self._all.values()):
            try:
                callback(status)
            except (Exception, SystemExit):  # noqa: BLE001 - a callback's fault is its own, and ends nobody's thread
                self.faults += 1
                _log.exception("flagsdk: a callback for the status failed")
