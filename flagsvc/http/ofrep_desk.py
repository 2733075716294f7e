"""The desk: answers OFREP evaluations of one environment from its snapshot, and counts them. One event loop only."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from flagsdk.core import ErrorCode, Outcome, Snapshot
from flagsvc.http.ofrep_answers import closing, failure, opening

Context = Mapping[str, Any]
Decide = Callable[[Any], Outcome]
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


class Desk:
    """Evaluates and renders. What an outcome looks like is rendered once and outlives the snapshots that share it."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._rendered: dict[Outcome, _Rendered] = {}
        self._retired: dict[tuple[str, str, str], int] = {}
        self._crowd = _SPARE
        self.take(snapshot)

    def take(self, snapshot: Snapshot) -> None:
        """Answer from this snapshot from now on."""
        self.snapshot = snapshot
        self._closing = closing(snapshot.epoch, snapshot.revision)
        self._flags: list[tuple[str, Decide]] | None = None
        if len(self._rendered) > self._crowd:
            self._retire()

    def single(self, key: str, context: Context) -> tuple[int, bytes]:
        """Status and body for one flag."""
        outcome = self.snapshot.decide[key](context)
        if outcome.error is ErrorCode.FLAG_NOT_FOUND:
            return 404, failure("FLAG_NOT_FOUND", "the environment has no such flag", key)
        outcome.uses += 1
        return (400 if outcome.error else 200), self._item(key, outcome, context)

    def bulk(self, context: Context, streams: bytes) -> bytes:
        """Body for all flags; those that fail are items, too. `streams` is the JSON of the event streams."""
        if self._flags is None:
            self._flags = list(self._present())
        items = []
        for key, decide in self._flags:
            outcome = decide(context)
            outcome.uses += 1
            items.append(self._item(key, outcome, context))
        metadata = self._closing[:-1]
        return b'{"flags":[%b],"metadata":{%b,"eventStreams":%b}' % (b",".join(items), metadata, streams)

    def etag(self, context: Context) -> bytes:
        """Entity tag of the bulk answer: a hash over epoch, revision, environment (= key set) and context."""
        held = self.snapshot
        text = f"{held.environment}\n{held.epoch}\n{held.revision}\n{_CANONICAL.encode(context)}"
        return b'"%b"' % hashlib.sha256(text.encode()).hexdigest()[:32].encode()

    def used(self) -> Iterator[Used]:
        """How often each variant of each flag was served, and why."""
        counts = dict(self._retired)
        for outcome, rendered in self._rendered.items():
            label = _label(rendered.key, outcome)
            counts[label] = counts.get(label, 0) + outcome.uses
        for (key, variant, reason), uses in counts.items():
            yield Used(self.snapshot.environment, key, variant, reason, uses)

    def _item(self, key: str, outcome: Outcome, context: Context) -> bytes:
        rendered = self._rendered.get(outcome)
        if rendered is None:
            rendered = self._rendered[outcome] = _Rendered(opening(key, outcome), key, self.snapshot.flag(key))
        bucket = None if outcome.split is None else outcome.bucket(context)
        if bucket is None:
            return rendered.opening + self._closing
        return b'%b"bucket":%d,%b' % (rendered.opening, bucket, self._closing)

    def _present(self) -> Iterator[tuple[str, Decide]]:
        for key in sorted(self.snapshot.keys()):
            flag = self.snapshot.flag(key)
            if flag is not None:
                yield key, flag.decide

    def _retire(self) -> None:
        """Fold the counts of outcomes that no present flag has, so that edits do not add up in memory."""
        for outcome, rendered in list(self._rendered.items()):
            if self.snapshot.flag(rendered.key) is not rendered.flag:
                label = _label(rendered.key, outcome)
                self._retired[label] = self._retired.get(label, 0) + outcome.uses
                del self._rendered[outcome]
        self._crowd = 2 * len(self._rendered) + _SPARE


def _label(key: str, outcome: Outcome) -> tuple[str, str, str]:
    return key, outcome.variant or "", str(outcome.reason)
