"""One environment's copy in Redis: what is there, and how it is written: under WATCH, with every reply checked."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from redis import Redis, RedisError, ResponseError
from redis.client import Pipeline

from flagsdk.wire import FORMAT, Change, Digest, Whole, entry_of, meta_of, names, stream_id

STREAM_LENGTH = 1024
"""Changes that stay readable; whoever is further behind reads the whole."""
FIELDS_PER_COMMAND = 500
FEW_DOCUMENTS = 500
EMPTY = Digest.of({}).hex

_Meta = Mapping[bytes, bytes]


class HalfApplied(Exception):
    """A command inside a MULTI failed while the others were done: the copy must be written anew."""


class Copy:
    """A guarded look at the copy of one environment. A write after `look` is refused if `meta` has moved meanwhile."""

    def __init__(self, pipe: Pipeline, environment: str) -> None:
        self._pipe: Any = pipe  # redis-py types its commands for sync and async at once
        self._names = names(environment)
        self.environment = environment
        self.meta: _Meta = {}

    @classmethod
    @contextmanager
    def look(cls, redis: Redis, environment: str) -> "Iterator[Copy]":
        """WATCH `meta` and read it; leaving the block gives the connection back."""
        pipe = redis.pipeline(transaction=True)
        copy = cls(pipe, environment)
        try:
            copy._pipe.watch(copy._names.meta)
            copy.meta = copy._read_meta()
            yield copy
        finally:
            copy._leave()

    def is_intact(self, digest: str, *, deep: bool) -> bool:
        """Whether documents and stream fit `meta`: types and last entry, and if `deep` every byte of the documents.

        A copy of few documents is always compared byte by byte.
        """
        pipe, named = self._pipe, self._names
        if pipe.type(named.documents) != (b"none" if digest == EMPTY else b"hash"):
            return False
        revision = self.meta.get(b"revision", b"")
        if pipe.type(named.changes) != (b"none" if revision == b"0" else b"stream"):
            return False
        if revision != b"0" and self._last_entry() != revision + b"-0":
            return False
        deep = deep or pipe.hlen(named.documents) <= FEW_DOCUMENTS
        return not deep or self._digest() == digest

    def write(self, whole: Whole) -> None:
        """Replace everything by `whole`. The stream starts again with a bare notice, which leads readers to re-read."""
        pipe, named = self._pipe, self._names
        pipe.multi()
        pipe.delete(*named)
        texts = list(whole.documents.items())
        for start in range(0, len(texts), FIELDS_PER_COMMAND):
            pipe.hset(named.documents, mapping=dict(texts[start : start + FIELDS_PER_COMMAND]))
        if whole.revision:
            notice = Change(whole.environment, whole.epoch, whole.revision, whole.digest, whole.at, {}, whole.signature)
            pipe.xadd(named.changes, entry_of(notice), id=stream_id(whole.revision))
        pipe.hset(named.meta, mapping=meta_of(whole))
        self._execute()

    def append(self, changes: Sequence[Change], published: int) -> None:
        """Bring documents, stream and `meta` from the revision before `changes` to their last, in one MULTI."""
        pipe, named = self._pipe, self._names
        pipe.multi()
        for change in changes:
            self._queue_documents(change.edits)
            entry = entry_of(change)
            pipe.xadd(named.changes, entry, id=stream_id(change.revision), maxlen=STREAM_LENGTH, approximate=True)
        pipe.hset(named.meta, mapping=meta_of(_without_documents(changes[-1], published)))
        if not changes[-1].signature:
            pipe.hdel(named.meta, "signature")  # that of the revision before, by a publisher that had a key
        self._execute()

    def stamp(self, published: int, signature: str = "") -> None:
        """Note in `meta` that the copy was compared with the database, and where one is given the right signature.

        Entries of the stream keep theirs: a reader that does not trust one reads the whole, and goes on from there.
        """
        fields = {"published": str(published)} | ({"signature": signature} if signature else {})
        self._pipe.multi()
        self._pipe.hset(self._names.meta, mapping=fields)
        self._execute()

    def _leave(self) -> None:
        """Give the connection back. One that may not UNWATCH watches still: it is closed."""
        try:
            self._pipe.reset()
        except ResponseError:
            self._pipe.connection.disconnect()
            self._pipe.watching = False
            self._pipe.reset()
            raise

    def _read_meta(self) -> _Meta:
        try:
            meta: _Meta = self._pipe.hgetall(self._names.meta)
        except ResponseError as fault:
            if "WRONGTYPE" not in str(fault):  # a right that is missing is no copy that is missing
                raise
            return {}  # not ours, so it is written over
        return meta

    def _last_entry(self) -> bytes:
        entries = self._pipe.xrevrange(self._names.changes, count=1)
        return bytes(entries[0][0]) if entries else b""

    def _digest(self) -> str:
        documents = self._pipe.hgetall(self._names.documents)
        try:
            return Digest.of({name.decode(): text.decode() for name, text in documents.items()}).hex
        except UnicodeDecodeError:
            return ""

    def _queue_documents(self, edits: Mapping[str, str | None]) -> None:
        texts = {name: text for name, text in edits.items() if text is not None}
        gone = [name for name, text in edits.items() if text is None]
        if texts:
            self._pipe.hset(self._names.documents, mapping=texts)
        if gone:
            self._pipe.hdel(self._names.documents, *gone)

    def _execute(self) -> None:
        """Run the MULTI. Redis does not roll back: a command that failed inside leaves the others done."""
        failures = [answer for answer in self._pipe.execute(raise_on_error=False) if isinstance(answer, RedisError)]
        if failures:
            raise HalfApplied(str(failures[0]))


def _without_documents(last: Change, published: int) -> Whole:
    """Give what `meta` says after a change."""
    return Whole(
        last.environment, last.epoch, last.revision, last.digest, FORMAT, last.at, {}, published, last.signature
    )
