"""The desk: answers OFREP evaluations of one environment from its snapshot, and counts them. One event loop only."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from flagsdk.core import ErrorCode, Outcome, Snapshot
from flagsdk.core.bulk import Bulk
from flagsvc.http.ofrep_answers import failure, opening, place

Context = Mapping[str, Any]
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"))
_SPARE = 1000


class Used(NamedTuple):
    """How often one outcome was served."""

    environment: str
    key: str
    variant: str
    reason: str
    uses: int


class _Rendered(NamedTuple):
    opening: bytes
    key: str
    flag: object


class _Line(NamedTuple):
    """All flags of a snapshot, and the items of those that come out the same for everybody, ready-made."""

    everything: Bulk
    constant: list[bytes]


class Desk:
    """Evaluates and renders. What an outcome looks like is rendered once and outlives the snapshots that share it."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._rendered: dict[Outcome, _Rendered] = {}
        self._items: dict[Outcome, bytes] = {}
        self._retired: dict[tuple[str, str, str], int] = {}
        self._crowd = _SPARE
        self._line: _Line | None = None
        self._bulks = 0
        self.take(snapshot)

    def take(self, snapshot: Snapshot) -> None:
        """Answer from this snapshot from now on."""
        self._settle()
        self.snapshot = snapshot
        self._place = place(snapshot.epoch, snapshot.revision)
        self._line = None
        if len(self._rendered) > self._crowd:
            self._retire()

    def single(self, key: str, context: Context) -> tuple[int, bytes]:
        """Status and body for one flag."""
        outcome = self.snapshot.decide[key](context)
        if outcome.error is ErrorCode.FLAG_NOT_FOUND:
            return 404, failure("FLAG_NOT_FOUND", "the environment has no such flag", key)
        outcome.uses += 1
        status = 400 if outcome.error else 200
        bucket = None if outcome.split is None else outcome.bucket(context)
        start = self._opening(key, outcome)
        if bucket is None:
            return status, b"%b,%b}}" % (start, self._place)
        return status, b'%b,"bucket":%d,%b}}' % (start, bucket, self._place)

    def bulk(self, context: Context, streams: bytes) -> bytes:
        """Body for all flags; those that fail are items, too. `streams` is the JSON of the event streams.

        Items are ready-made bytes, which is why they carry no bucket; revision and epoch stand once, for the set.
        """
        line = self._line or self._line_up()
        outcomes = line.everything.varying(context)
        self._bulks += 1
        try:
            items = list(map(self._items.__getitem__, outcomes.values()))
        except KeyError:
            items = [self._item(key, outcome) for key, outcome in outcomes.items()]
        flags = b",".join([*line.constant, *items])
        return b'{"flags":[%b],"metadata":{%b},"eventStreams":%b}' % (flags, self._place, streams)

    def etag(self, context: Context) -> bytes:
        """Entity tag of the bulk answer: a hash over environment (= key set), epoch, revision and context."""
        held = self.snapshot
        text = f"{held.environment}\n{held.epoch}\n{held.revision}\n{_CANONICAL.encode(context)}"
        return b'"%b"' % hashlib.sha256(text.encode()).hexdigest()[:32].encode()

    def used(self) -> Iterator[Used]:
        """How often each variant of each flag was served, and why."""
        self._settle()
        counts = dict(self._retired)
        for outcome, rendered in self._rendered.items():
            label = _label(rendered.key, outcome)
            counts[label] = counts.get(label, 0) + outcome.uses
        for (key, variant, reason), uses in counts.items():
            yield Used(self.snapshot.environment, key, variant, reason, uses)

    def _opening(self, key: str, outcome: Outcome) -> bytes:
        rendered = self._rendered.get(outcome)
        if rendered is None:
            rendered = self._rendered[outcome] = _Rendered(opening(key, outcome), key, self.snapshot.flag(key))
        return rendered.opening

    def _item(self, key: str, outcome: Outcome) -> bytes:
        item = self._items.get(outcome)
        if item is None:
            item = self._items[outcome] = self._opening(key, outcome) + b"}}"
        return item

    def _line_up(self) -> _Line:
        """Render, once per snapshot, what comes out the same for everybody."""
        everything = self.snapshot.everything
        items = [self._item(key, outcome) for key, outcome in everything.constants.items()]
        self._line = _Line(everything, [b",".join(items)] if items else [])
        return self._line

    def _settle(self) -> None:
        """Count the constant outcomes of the bulk answers given since the last time."""
        for outcome in self._line.everything.constants.values() if self._line else ():
            outcome.uses += self._bulks
        self._bulks = 0

    def _retire(self) -> None:
        """Fold the counts of outcomes that no present flag has, so that edits do not add up in memory."""
        for outcome, rendered in list(self._rendered.items()):
            if self.snapshot.flag(rendered.key) is not rendered.flag:
                label = _label(rendered.key, outcome)
                self._retired[label] = self._retired.get(label, 0) + outcome.uses
                del self._rendered[outcome]
                self._items.pop(outcome, None)
        self._crowd = 2 * len(self._rendered) + _SPARE


def _label(key: str, outcome: Outcome) -> tuple[str, str, str]:
    return key, outcome.variant or "", str(outcome.reason)
