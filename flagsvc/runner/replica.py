"""The replica: one snapshot per environment in memory, following the store, which is the only truth."""

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from flagsdk.core import Snapshot
from flagsdk.wire import FORMAT, Change, Sign, Statement, Whole, is_older, unsigned
from flagsvc.domain.records import Delta, Head
from flagsvc.ports import Store, View
from flagsvc.runner.loop import Loop

RING = 1024
"""How many recent changes are kept per environment, for streams that resume."""

BATCH = 256
"""A replica that is further behind than this reads the whole."""

WARM_AT_ONCE, WARM_PAUSE_SECONDS = 16, 0.001
"""Compiling goes on in small steps: requests are answered meanwhile."""

MOST_TOLD = 5
"""Parts of one document that the log names; the metric counts all."""

_OLDER = "%s went back from epoch %s to the older %s; after a restore run `flagsvc db new-epoch`"

DECIDING = frozenset({"flag", "split"})
Subscriber = Callable[[str, Change | None], None]
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Held:
    snapshot: Snapshot
    at: int  # of the commit, in Unix milliseconds
    signature: str
    recent: tuple[Change, ...]


class Replica:
    """Follows every environment of the store: at once when woken, and by itself about every `poll_seconds`.

    Reading takes no lock and does no I/O. While the database is away the last snapshots stay. A lower revision in the
    same epoch is refused: only another epoch may go back. An epoch that is older is followed, as everything the
    database says, but it is told: readers of the feed refuse it.
    """

    def __init__(
        self,
        store: Store,
        *,
        sign: Sign = unsigned,
        poll_seconds: float = 1.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._sign = sign
        self._monotonic = monotonic
        self._held: Mapping[str, _Held] = {}
        self._subscribers: tuple[Subscriber, ...] = ()
        self._regressed: frozenset[str] = frozenset()
        self._cold: dict[str, list[str]] = {}
        self._confirmed = float("-inf")
        self._loop = Loop("replica", self._turn, poll_seconds)
        self.unsupported = 0
        """How many parts of documents (operators, hashes) were met that this version does not know."""

    def start(self) -> None:
        """Begin to follow."""
        self._loop.start()

    def stop(self) -> None:
        """Stop following; the snapshots stay."""
        self._loop.stop()

    def wake(self, environment: str = "") -> None:
        """Look at the store now, because something was committed. Returns at once, never raises, from any thread."""
        self._loop.wake()

    def snapshot(self, environment: str) -> Snapshot | None:
        """Snapshot of an environment; None when it is unknown or not loaded yet."""
        held = self._held.get(environment)
        return held.snapshot if held else None

    def whole(self, environment: str) -> Whole | None:
        """Give the same snapshot as it travels, signed where there is a key; None as for `snapshot`."""
        held = self._held.get(environment)
        if held is None:
            return None
        snapshot = held.snapshot
        return Whole(
            environment=environment,
            epoch=snapshot.epoch,
            revision=snapshot.revision,
            digest=snapshot.digest,
            format=FORMAT,
            at=held.at,
            documents=snapshot.documents,
            signature=held.signature,
        )

    def environments(self) -> Sequence[str]:
        """Environments of which a snapshot is held."""
        return tuple(self._held)

    def recent(self, environment: str) -> Sequence[Change]:
        """Last changes of the present epoch, oldest first, without a gap; the newest led to `snapshot(environment)`."""
        held = self._held.get(environment)
        return held.recent if held else ()

    def subscribe(self, callback: Subscriber) -> Callable[[], None]:
        """Call `callback(environment, change)` after each change, with None when a snapshot was replaced as a whole.

        It is called from the replica's thread and has to be quick. Returns the function that ends the subscription.
        """
        self._subscribers = (*self._subscribers, callback)

        def unsubscribe() -> None:
            self._subscribers = tuple(known for known in self._subscribers if known is not callback)

        return unsubscribe

    @property
    def age_seconds(self) -> float:
        """Seconds since the store last confirmed what is held; infinite before the first time."""
        return self._monotonic() - self._confirmed

    @property
    def regressed(self) -> frozenset[str]:
        """Environments whose database went back within its epoch: their snapshots stay as they were."""
        return self._regressed

    def turn(self) -> None:
        """Compare with the store once and catch up; raises Unavailable when it does not answer."""
        with self._store.reading() as view:
            heads = view.heads()
            for environment, head in heads.items():
                self._follow(view, environment, head)
        for environment in self._held.keys() - heads.keys():
            self._drop(environment)
        self._confirmed = self._monotonic()

    def _turn(self) -> None:
        self.turn()
        while self._cold and not self._loop.woken:
            self._warm()
            time.sleep(WARM_PAUSE_SECONDS)
        if self._cold:
            self._loop.wake()

    def _warm(self) -> None:
        """Compile a few documents in this thread, so that no request has to do it on the event loop."""
        environment, names = next(iter(self._cold.items()))
        some, names[:] = names[:WARM_AT_ONCE], names[WARM_AT_ONCE:]
        snapshot = self.snapshot(environment)
        if snapshot is not None:
            self.unsupported += unsupported_in(snapshot, some)
        if not names or snapshot is None:
            del self._cold[environment]

    def _follow(self, view: View, environment: str, head: Head) -> None:
        held = self._held.get(environment)
        if held is None or held.snapshot.epoch != head.epoch:
            if held is not None and is_older(head.epoch, held.snapshot.epoch):
                _log.error(_OLDER, environment, held.snapshot.epoch, head.epoch)
            self._load(view, environment)
        elif head.revision < held.snapshot.revision:
            self._refuse(environment, held.snapshot.revision, head.revision)
        elif head.revision > held.snapshot.revision:
            self._catch_up(view, held, head)

    def _catch_up(self, view: View, held: _Held, head: Head) -> None:
        snapshot = held.snapshot
        deltas = view.deltas(snapshot.environment, snapshot.revision, BATCH)
        revisions = [delta.revision for delta in deltas]
        if revisions != list(range(snapshot.revision + 1, head.revision + 1)):
            self._load(view, snapshot.environment)  # too far behind, or a gap
            return
        for delta in deltas:
            self._apply(delta)

    def _apply(self, delta: Delta) -> None:
        held = self._held[delta.environment]
        snapshot = held.snapshot.apply(delta.revision, delta.edits)
        signature = self._signed(snapshot, delta.at)
        change = Change(
            delta.environment, delta.epoch, delta.revision, snapshot.digest, delta.at, delta.edits, signature
        )
        self._replace(delta.environment, _Held(snapshot, delta.at, signature, (*held.recent[1 - RING :], change)))
        self.unsupported += unsupported_in(snapshot, delta.edits)
        self._tell(delta.environment, change)

    def _load(self, view: View, environment: str) -> None:
        whole = view.whole(environment)
        if whole is None:
            return
        snapshot = Snapshot.load(environment, whole.epoch, whole.revision, whole.documents, FORMAT)
        self._replace(environment, _Held(snapshot, whole.at, self._signed(snapshot, whole.at), ()))
        self._cold[environment] = [name for name in snapshot.documents if name.partition("/")[0] in DECIDING]
        self._tell(environment, None)
        _log.info("loaded %s at revision %d", environment, whole.revision)

    def _signed(self, snapshot: Snapshot, at: int) -> str:
        place = (snapshot.environment, snapshot.epoch, snapshot.revision)
        return self._sign(Statement(*place, at, FORMAT, snapshot.digest))

    def _replace(self, environment: str, held: _Held) -> None:
        self._held = {**self._held, environment: held}
        self._regressed -= {environment}

    def _drop(self, environment: str) -> None:
        self._held = {name: held for name, held in self._held.items() if name != environment}
        self._tell(environment, None)
        _log.info("dropped %s, which is archived", environment)

    def _refuse(self, environment: str, held: int, stored: int) -> None:
        if environment not in self._regressed:
            _log.error(
                "%s went back from revision %d to %d within its epoch; after a restore run `flagsvc db new-epoch`",
                environment,
                held,
                stored,
            )
        self._regressed |= {environment}

    def _tell(self, environment: str, change: Change | None) -> None:
        for subscriber in self._subscribers:
            try:
                subscriber(environment, change)
            except Exception:  # noqa: BLE001  # somebody else's fault must not end the replica
                _log.exception("a subscriber failed")


def unsupported_in(snapshot: Snapshot, names: Iterable[str]) -> int:
    """Count and log what this version does not know in the flags and splits among the named; compiles them."""
    found = [(name, _parts_of(snapshot, name)) for name in names]
    for name, parts in found:
        if parts:
            told = "; ".join(parts[:MOST_TOLD])
            _log.warning("%s of %s has parts that this version does not know: %s", name, snapshot.environment, told)
    return sum(len(parts) for _, parts in found)


def _parts_of(snapshot: Snapshot, name: str) -> Sequence[str]:
    kind, _, key = name.partition("/")
    return snapshot.compiled(kind, key).unsupported if kind in DECIDING else ()
