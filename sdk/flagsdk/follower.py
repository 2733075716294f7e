"""The one background thread: it loads, follows and installs snapshots, and outlives every fault."""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace

from flagsdk.backoff import Backoff
from flagsdk.core.snapshot import Snapshot
from flagsdk.ladder import Ladder
from flagsdk.reserve import Reserve, admitted
from flagsdk.sources import TURN_SECONDS, Resync, Source, SourceFault, drawn
from flagsdk.standing import Held, Standing
from flagsdk.wire import Change, Gap, Position, Refused, Verify, Whole, admit, advance

CLOSE_SECONDS = 5.0
LOG_SECONDS = 60.0
SILENT_SECONDS = 1.0
"""A failure that took longer was a silence, not a refusal: it is not waited for again before others are asked."""

_log = logging.getLogger("flagsdk")

Install = Callable[[Snapshot, frozenset[str]], None]


class Follower:
    """Follows the best source that answers.

    `install(snapshot, changed)` gets each new snapshot with the names of the documents that changed. `turned` is called
    after every turn, whatever came of it, at least every few seconds. `reserve` has something for the time before the
    first source answers, and keeps what arrives for the next start. With `verify`, only what is signed is taken.
    """

    def __init__(  # noqa: PLR0913 - what it is made of, each by its name
        self,
        ladder: Ladder,
        install: Install,
        turned: Callable[[], None],
        reserve: Reserve,
        held: Held | None = None,
        *,
        verify: Verify | None = None,
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = drawn,
    ) -> None:
        self.standing = Standing(held.source, held.confirmed) if held else Standing(ladder.current.name)
        self._snapshot = held.snapshot if held else None
        self._whole = held.whole if held else None
        self._ladder = ladder
        self._verify = verify
        self._install = install
        self._turned = turned
        self._reserve = reserve
        self._clock = clock
        self._backoff = Backoff(chance)
        self._from_reserve = held is not None and held.from_reserve
        self._must_load = True
        self._must_move = False
        self._began = float("-inf")  # when the present turn did
        self._was_silent = False  # whether the last failure was a long silence
        self._logged = float("-inf")
        self._told = False  # whether the log ends in a fault
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="flagsdk", daemon=True)

    @property
    def held(self) -> Held | None:
        """What a follower in another process can go on from; None before there is a snapshot."""
        snapshot, whole, standing = self._snapshot, self._whole, self.standing
        if not (snapshot and whole):
            return None
        return Held(snapshot, whole, standing.source, standing.confirmed, self._from_reserve)

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
        self._ladder.close()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(seconds)

    def _run(self) -> None:
        self._guarded(self._start_from_reserve)
        while not self._closed.is_set():
            self._guarded(self._turn)
        self._between()

    def _guarded(self, step: Callable[[], None]) -> None:
        try:
            step()
        except Exception as fault:  # noqa: BLE001 - the thread must outlive every fault; each is counted and said
            if not self._closed.is_set():
                self._failed(fault, _said(fault))

    def _start_from_reserve(self) -> None:
        """Serve what was kept until a source answers: yesterday's flags are better than none."""
        if self._snapshot is not None:
            return
        for kept in self._reserve.candidates():
            try:
                snapshot = admitted(kept, self._verify)
            except Refused as fault:
                _log.warning("flagsdk: what the %s holds is not used: %s", kept.source, fault)
                continue
            self._from_reserve = True
            self.standing = replace(self.standing, source=kept.source, confirmed=self._clock() - kept.age_seconds)
            self._replace(snapshot, _changed(None, snapshot), kept.whole)
            return

    def _turn(self) -> None:
        """Load or follow, once."""
        self._began = self._clock()
        if self._snapshot is None or self._must_load:
            self._load()
        elif self._must_move:
            self._move(self._snapshot)
        elif not self._climbed(self._snapshot):
            self._hear(self._ladder.current, self._snapshot)
        self._between()

    def _between(self) -> None:
        """Do what is done after every turn, whatever came of it, and now and then during a long wait."""
        if not self._from_reserve:  # what is kept must have come from a source
            self._reserve.keep(self._whole, self.standing.confirmed, at_once=self._closed.is_set())
        with suppress(Exception):  # whoever is told must not end the thread; what fails is counted there
            self._turned()

    def _load(self) -> None:
        """Read the whole from the best source that has it."""
        faults = self._first_of(self._ladder.rungs(), lambda source: self._take(source, source.load()))
        if faults is not None:
            raise faults

    def _move(self, snapshot: Snapshot) -> None:
        """Follow the best source that leads on from here: none need give the whole again."""
        rungs = self._ladder.rungs(current_last=self._was_silent)
        faults = self._first_of(rungs, lambda source: self._hear(source, snapshot))
        if faults is not None:
            raise faults

    def _climbed(self, snapshot: Snapshot) -> bool:
        """Whether a better source was tried, and answers."""
        better = tuple(self._ladder.better())
        return bool(better) and self._first_of(better, lambda source: self._hear(source, snapshot)) is None

    def _first_of(self, sources: Iterable[Source], attempt: Callable[[Source], bool]) -> Exception | None:
        """Attempt it with one source after the other until one succeeds; else give what went wrong."""
        faults: list[tuple[Source, Exception]] = []
        for source in sources:
            try:
                if attempt(source):
                    return None
            except Exception as fault:  # noqa: BLE001 - the next source may do better; the last word is the caller's
                faults.append((source, fault))
                self._ladder.rest(source, _asked(fault))
            if self._closed.is_set():
                break
        return faults[0][1] if len(faults) == 1 else _all_of(faults)

    def _hear(self, source: Source, snapshot: Snapshot) -> bool:
        """Follow a source for one turn; whether it has confirmed anything."""
        heard = source.follow(_position(snapshot))
        if heard is None:
            return False
        if isinstance(heard, Resync):
            return self._reread(source, heard)
        for change in heard:
            following = advance(snapshot, change, verify=self._verify)
            if isinstance(following, Gap):
                return self._reread(source, Resync(following.reason))
            self._replace(following, frozenset(change.edits), _after(self._whole, following, change))
            snapshot = following
        self._confirm(source)
        return True

    def _take(self, source: Source, whole: Whole) -> bool:
        previous = self._snapshot
        if self._from_reserve and previous and not self._succeeds(whole, previous):
            previous = None
        snapshot = admit(whole, previous, verify=self._verify)
        self._must_load = self._must_move = False
        self.standing = Standing(source.name, self._clock(), "", self.standing.faults)  # it is young when installed
        if previous is None or _position(snapshot) != _position(previous):
            self._replace(snapshot, _changed(self._snapshot, snapshot), whole)
        self._from_reserve = False  # only now: a fork in between goes on from what was kept
        self._ladder.settle(source)
        return True

    def _succeeds(self, whole: Whole, kept: Snapshot) -> bool:
        """Whether what a source says has to follow on from what was kept, which may be of another place or time.

        With a pinned key, an epoch that was signed once is never left for an older one, not even by a restart.
        """
        pinned = self._verify is not None
        return whole.environment == kept.environment and (pinned or whole.epoch == kept.epoch)

    def _reread(self, source: Source, resync: Resync) -> bool:
        """Read the whole again: at once, then slower, so that a source that contradicts itself is not hammered."""
        _log.info("flagsdk: reading the whole again: %s", resync.reason)
        if resync.whole is not None:
            self._backoff.failures = 0
            return self._take(source, resync.whole)
        if source is not self._ladder.current:
            return self._take(source, source.load())
        self._must_load = True
        if self._backoff.failures:
            self._pause(self._backoff.delay(self._ladder.current.patience))
        self._backoff.failures += 1
        return False

    def _replace(self, snapshot: Snapshot, changed: frozenset[str], whole: Whole) -> None:
        self._snapshot, self._whole = snapshot, whole
        self._install(snapshot, changed)

    def _confirm(self, source: Source) -> None:
        """All is well."""
        now = self._clock()
        self.standing = Standing(source.name, now, "", self.standing.faults)
        self._ladder.settle(source)
        self._must_move = False
        self._backoff.worked(now, source.patience)
        if self._told:
            self._told = False
            _log.warning("flagsdk: %s answers again", source.name)

    def _failed(self, fault: Exception, detail: str) -> None:
        """Count it, say it at most once a minute, and wait. The snapshot stays."""
        self._backoff.failures += 1
        if isinstance(fault, Refused):
            self._must_load = True
        self._must_move = not self._ladder.alone  # which begins with the best again: one that blinks is kept
        self.standing = replace(self.standing, fault=detail, faults=self.standing.faults + 1)
        self._was_silent = self._clock() - self._began > SILENT_SECONDS
        self._tell(detail)
        self._between()
        self._pause(self._backoff.delay(self._ladder.current.patience, _asked(fault)))
        self._backoff.waited(self._clock())

    def _tell(self, detail: str) -> None:
        now = self._clock()
        if now - self._logged > LOG_SECONDS:
            self._logged, self._told = now, True
            with suppress(Exception):  # a handler of the program may raise, and there is nobody to tell
                who = f"{self._ladder.current.name}: " if self._ladder.alone else ""
                _log.warning("flagsdk: %s%s; serving what is held", who, detail)

    def _pause(self, seconds: float) -> None:
        """Wait, with a turn for others now and then, until the time is over or the client is closed."""
        until = self._clock() + seconds
        while not self._closed.wait(min(TURN_SECONDS, max(0.0, until - self._clock()))) and self._clock() < until:
            self._between()


def _position(snapshot: Snapshot) -> Position:
    return Position(snapshot.epoch, snapshot.revision, snapshot.digest)


def _after(held: Whole | None, snapshot: Snapshot, change: Change) -> Whole:
    """Give the snapshot after a change in the form in which it could have been loaded."""
    documents: Mapping[str, str] = snapshot.documents
    published = held.published if held else 0
    identity = (snapshot.environment, snapshot.epoch, snapshot.revision, snapshot.digest, snapshot.format)
    return Whole(*identity, change.at, documents, published, change.signature)


def _changed(previous: Snapshot | None, snapshot: Snapshot) -> frozenset[str]:
    """Names of the documents that differ."""
    before = previous.documents if previous else {}
    after = snapshot.documents
    return frozenset(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))


def _asked(fault: Exception) -> float:
    return fault.retry_after if isinstance(fault, SourceFault) else 0.0


def _said(fault: Exception) -> str:
    kind = type(fault).__name__
    with suppress(Exception):  # whose words they are nobody knows
        return f"{kind}: {fault}"
    return kind


def _all_of(faults: list[tuple[Source, Exception]]) -> SourceFault:
    said = "; ".join(f"{source.name}: {_said(fault)}" for source, fault in faults)
    return SourceFault(said or "no source has confirmed anything yet")
