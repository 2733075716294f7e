"""Who wants to know when flags change, and which flags a change reaches."""

import logging
from collections.abc import Callable, Iterable

from flagsdk.core.snapshot import FLAG, Snapshot
from flagsdk.core.support import segments_of
from flagsdk.registry import entered

Callback = Callable[[frozenset[str]], object]

_log = logging.getLogger("flagsdk")


class Listeners:
    """Callbacks by flag keys. One that raises is logged and stays; none can keep a snapshot from being used."""

    def __init__(self) -> None:
        self._all: dict[object, tuple[frozenset[str] | None, Callback]] = {}
        self.faults = 0

    def add(self, keys: Iterable[str] | None, callback: Callback) -> Callable[[], None]:
        """Call `callback` with those of `keys` (one key, several, None for all) that changed; returns the way out."""
        wanted = None if keys is None else frozenset((keys,) if isinstance(keys, str) else keys)
        return entered(self._all, (wanted, callback))

    def tell(self, previous: Snapshot | None, snapshot: Snapshot, changed: frozenset[str]) -> None:
        """Call everybody whose flags rest on a document that changed, before or after."""
        snapshots = [snapshot] if previous is None else [previous, snapshot]
        for wanted, callback in list(self._all.values()):
            keys = wanted if wanted is not None else frozenset().union(*(each.keys(FLAG) for each in snapshots))
            reached = frozenset(key for key in keys if any(changed & rests_on(each, key) for each in snapshots))
            if reached:
                self._call(callback, reached)

    def _call(self, callback: Callback, reached: frozenset[str]) -> None:
        try:
            callback(reached)
        except (Exception, SystemExit):  # noqa: BLE001 - a listener's fault is its own, and ends nobody's thread
            self.faults += 1
            _log.exception("flagsdk: a listener failed")


def rests_on(snapshot: Snapshot, key: str) -> frozenset[str]:
    """Names of all documents that a flag's decisions depend on: its own, its parents' and segments', at any depth."""
    found: set[str] = set()
    waiting = [f"flag/{key}"]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        kind, _, other = name.partition("/")
        if kind == "segment":
            segment = snapshot.audience(other).segment
            waiting += [f"segment/{used}" for used in segments_of(segment.when)] if segment else []
        else:
            waiting += snapshot.compiled(kind, other).rests_on
    return frozenset(found)
