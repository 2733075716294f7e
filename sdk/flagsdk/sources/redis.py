"""A snapshot from Redis: the whole in one MULTI, then the stream of changes, and `meta` when it is silent."""

import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

import redis

from flagsdk.redis_link import RedisAddress, parse
from flagsdk.redis_link.connecting import Limits, Links
from flagsdk.sources.source import Resync, SourceFault
from flagsdk.wire import Change, Corrupt, Missing, Position, Refused, Whole, names, read_change, read_whole, stream_id

BLOCK_SECONDS = 2.0
TIMEOUT_SECONDS = 3.0  # just above what XREAD may block: a frozen server is noticed, a quiet one is not taken for it
CONNECT_SECONDS = 1.0
BATCH = 256
SILENCE_SECONDS = 15.0
"""A publisher stamps `meta` every few seconds. If the stamp stands still for so long, nobody publishes here."""

_Answer = TypeVar("_Answer")


class RedisSource:
    """Follows one environment in Redis, wherever its keys are: after each fault their server is looked for anew."""

    patience = 1.0  # soon enough to be at the head within seconds of its return; a thousand readers are little to Redis

    def __init__(
        self, address: str | RedisAddress, environment: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        read = parse(address) if isinstance(address, str) else address
        self.name = read.name
        self._environment = environment
        self._names = names(environment)
        self._clock = clock
        self._stamp = (b"", 0.0)  # `published` as last seen, and when it was seen to move
        self._closed = threading.Event()
        self._links = Links(read, Limits(CONNECT_SECONDS, TIMEOUT_SECONDS), "flagsdk")
        self._redis = self._links.to(environment)

    def load(self) -> Whole:
        """Read `meta` and `documents` in one MULTI, so that no publication can come between them."""
        meta, documents = self._ask(self._read_whole)
        self._stamp = (meta.get(b"published", b""), self._clock())
        return read_whole(self._environment, meta, documents)

    def follow(self, position: Position) -> list[Change] | Resync | None:
        """Wait up to two seconds for entries of the stream; if none come, compare `meta`.

        A reader that waits behind the end of a stream that was started again hears nothing, so silence is not health.
        """
        entries = self._ask(lambda: self._blocking_read(position)) or self._ask(lambda: self._quiet_read(position))
        if isinstance(entries, Resync):
            return entries
        return [read_change(self._environment, entry, fields) for entry, fields in entries]

    def stand_by(self) -> None:
        """Disconnect."""
        self._links.disconnect()

    def close(self) -> None:
        """Disconnect; a read under way in another thread fails at once, and none begins after it."""
        self._closed.set()
        self._links.disconnect()

    def _read_whole(self) -> Any:
        return self._at_one_moment(lambda pipe: pipe.hgetall(self._names.meta).hgetall(self._names.documents))

    def _at_one_moment(self, queue: Callable[[Any], object]) -> Any:
        """Read in one MULTI. A server out of memory refuses even that; then in one go, and the digest has to tell."""
        try:
            return self._pipelined(queue, transaction=True)
        except redis.exceptions.OutOfMemoryError:
            return self._pipelined(queue, transaction=False)

    def _pipelined(self, queue: Callable[[Any], object], *, transaction: bool) -> Any:
        with self._redis.pipeline(transaction=transaction) as pipe:
            queue(pipe)
            return pipe.execute()

    def _blocking_read(self, position: Position) -> Any:
        answer: Any = self._redis.xread(self._after(position), count=BATCH, block=int(BLOCK_SECONDS * 1000))
        return answer[0][1] if answer else []

    def _quiet_read(self, position: Position) -> Any:
        """Entries that came meanwhile, or Resync when `meta` says that we are elsewhere; both read at one moment."""
        fields = ("epoch", "revision", "digest", "published")
        answer, (epoch, revision, digest, published) = self._at_one_moment(
            lambda pipe: pipe.xread(self._after(position), count=BATCH).hmget(self._names.meta, *fields)
        )
        if answer:
            return answer[0][1]
        if epoch is None:
            raise Missing(f"nothing is published for {self._environment!r}")
        held = (position.epoch.encode(), str(position.revision).encode(), position.digest.encode())
        if (epoch, revision, digest) != held:
            return Resync("meta names another revision, and the stream does not lead there")
        self._check_stamp(published or b"")
        return []

    def _after(self, position: Position) -> dict[Any, Any]:
        return {self._names.changes: stream_id(position.revision)}

    def _check_stamp(self, published: bytes) -> None:
        seen, since = self._stamp
        now = self._clock()
        if published != seen:
            self._stamp = (published, now)
        elif now - since > SILENCE_SECONDS:
            self._links.disconnect()  # look for the server again: this may be a demoted node
            raise SourceFault(f"nobody has published for {now - since:.0f} s")

    def _ask(self, question: Callable[[], _Answer]) -> _Answer:
        if self._closed.is_set():
            raise SourceFault("closed")
        try:
            return question()
        except (Refused, SourceFault):
            raise
        except Exception as fault:
            if self._closed.is_set():
                raise SourceFault("closed") from fault
            raise self._understood(fault) from fault
        finally:
            if self._closed.is_set():
                self._links.disconnect()  # it may have connected after `close` did that

    def _understood(self, fault: Exception) -> Exception:
        if not isinstance(fault, redis.RedisError | OSError):
            return Corrupt(f"an answer of an unexpected shape: {fault}")
        self._links.disconnect()  # the keys may be elsewhere now (MOVED, a failover, another address of the name)
        # A stream or hash of the wrong type is what somebody wrote there, not a fault of the line.
        wrong = "WRONGTYPE" in str(fault)
        return Corrupt(str(fault)) if wrong else SourceFault(f"{type(fault).__name__}: {fault}")
