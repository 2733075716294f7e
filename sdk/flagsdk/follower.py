"""The one background thread: it loads, follows and installs snapshots, and outlives every fault."""

import logging
import random
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from flagsdk.core.snapshot import Snapshot
from flagsdk.sources import Resync, Source, SourceFault
from flagsdk.wire import Corrupt, Gap, Position, Whole, admit, advance

FIRST_BACKOFF_SECONDS = 0.1
"""It doubles up to the source's patience. A wait is drawn between zero and the bound: full jitter."""
LEAST_WAIT_SECONDS = 0.02  # a draw of nothing must not become a spin
MOST_WAIT_SECONDS = 300.0  # whatever the other side asks for: a thread cannot wait for any number
CLOSE_SECONDS = 5.0
LOG_SECONDS = 60.0

_log = logging.getLogger("flagsdk")

Install = Callable[[Snapshot, frozenset[str]], None]


@dataclass(frozen=True, slots=True)
class Standing:
    """What the follower knows of itself; replaced as a whole, so readers take no lock."""

    confirmed: float = float("-inf")  # when the source last confirmed that the snapshot is the present one
    fault: str = ""  # what is wrong now, "" = nothing
    faults: int = 0  # how often something was, in all


class Follower:
    """Follows one source and hands each new snapshot to `install`, with the names of the documents that changed."""

    def __init__(
        self,
        source: Source,
        install: Install,
        held: Snapshot | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.standing = Standing()
        self._source = source
        self._install = install
        self._clock = clock
        self._chance = chance
        self._snapshot = held
        self._must_load = True
        self._failures = 0  # in a row
        self._waited = float("-inf")  # when the last wait after a failure ended
        self._logged = float("-inf")
        self._told = False  # whether the log ends in a fault
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="flagsdk", daemon=True)

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Start the thread; call once."""
        self._thread.start()

    def close(self, seconds: float = CLOSE_SECONDS) -> None:
        """End the thread within `seconds`; idempotent."""
        self._closed.set()
        self._source.close()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(seconds)

    def _run(self) -> None:
        while not self._closed.is_set():
            try:
                self._turn()
            except Exception as fault:  # noqa: BLE001 - the thread must outlive every fault; each is counted and said
                if not self._closed.is_set():
                    self._failed(fault)

    def _turn(self) -> None:
        """Load or follow, once."""
        if self._snapshot is None or self._must_load:
            self._load(self._source.load())
            return
        heard = self._source.follow(_position(self._snapshot))
        if heard is None:
            return
        if isinstance(heard, Resync):
            self._reread(heard.reason, heard.whole)
            return
        for change in heard:
            following = advance(self._snapshot, change)
            if isinstance(following, Gap):
                self._reread(following.reason)
                return
            self._replace(following, frozenset(change.edits))
        self._confirm()

    def _load(self, whole: Whole) -> None:
        previous = self._snapshot
        snapshot = admit(whole, previous)
        self._must_load = False
        if previous is None or _position(snapshot) != _position(previous):
            self._replace(snapshot, _changed(previous, snapshot))
        self.standing = Standing(self._clock(), "", self.standing.faults)

    def _reread(self, reason: str, whole: Whole | None = None) -> None:
        """Read the whole again: at once, then slower, so that a source that contradicts itself is not hammered."""
        _log.info("flagsdk: reading the whole again: %s", reason)
        if whole is not None:
            self._load(whole)
            self._failures = 0
            return
        self._must_load = True
        if self._failures:
            self._closed.wait(self._delay(0.0))
        self._failures += 1

    def _replace(self, snapshot: Snapshot, changed: frozenset[str]) -> None:
        self._snapshot = snapshot
        self._install(snapshot, changed)

    def _confirm(self) -> None:
        """All is well. Failures are forgotten by and by: a source that answers once between two is not hammered."""
        now = self._clock()
        self.standing = Standing(now, "", self.standing.faults)
        if now - self._waited > self._source.patience:
            self._failures = 0
        if self._told:
            self._told = False
            _log.warning("flagsdk: %s answers again", self._source.name)

    def _failed(self, fault: Exception) -> None:
        """Count it, say it at most once a minute, and wait. The snapshot stays."""
        if isinstance(fault, Corrupt):
            self._must_load = True
        detail = f"{type(fault).__name__}: {fault}"
        self.standing = Standing(self.standing.confirmed, detail, self.standing.faults + 1)
        self._failures += 1
        self._tell(detail)
        self._closed.wait(self._delay(fault.retry_after if isinstance(fault, SourceFault) else 0.0))
        self._waited = self._clock()

    def _tell(self, detail: str) -> None:
        now = self._clock()
        if now - self._logged > LOG_SECONDS:
            self._logged, self._told = now, True
            with suppress(Exception):  # a handler of the program may raise, and there is nobody to tell
                _log.warning("flagsdk: %s: %s; serving what is held", self._source.name, detail)

    def _delay(self, asked: float) -> float:
        drawn: float = self._chance() * min(self._source.patience, FIRST_BACKOFF_SECONDS * 2 ** min(self._failures, 16))
        return max(LEAST_WAIT_SECONDS, drawn, min(asked, MOST_WAIT_SECONDS) * (1 + self._chance() / 2))


def _position(snapshot: Snapshot) -> Position:
    return Position(snapshot.epoch, snapshot.revision, snapshot.digest)


def _changed(previous: Snapshot | None, snapshot: Snapshot) -> frozenset[str]:
    """Names of the documents that differ."""
    before = previous.documents if previous else {}
    after = snapshot.documents
    return frozenset(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
