"""A snapshot from the service's HTTP feed: the whole by ETag, then a stream of changes, or polling without one."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import urllib3

from flagsdk.sources.source import Resync, SourceFault
from flagsdk.sources.sse import EventStream, NoStream
from flagsdk.wire import Change, Position, Whole, parse_change, parse_whole

CONNECT_SECONDS = 2.0
READ_SECONDS = 10.0
HELLO_SECONDS = 5.0
"""The feed greets a stream at once. A stream without a greeting sits behind a proxy that holds answers back."""
POLL_SECONDS = 15.0
STREAM_AGAIN_SECONDS = 300.0

_OK, _NOT_MODIFIED = 200, 304
_UNAUTHORISED = frozenset({401, 403})


class HttpSource:
    """Follows the environment that the token belongs to."""

    patience = 3.0  # a thousand clients must not keep a service down that comes up

    def __init__(
        self,
        url: str,
        token: str,
        *,
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        parts = urlsplit(url)
        self.name = f"{parts.scheme} {parts.hostname}"
        self._base = url.rstrip("/") + "/sdk/v1"
        self._headers = {"Authorization": f"Bearer {token}", "User-Agent": "flagsdk"}
        self._clock = clock
        self._chance = chance
        self._closed = threading.Event()
        self._using = threading.Lock()
        self._pool = urllib3.PoolManager(maxsize=2, retries=False)
        self._stream: EventStream | None = None
        self._poll_until = 0.0

    def load(self) -> Whole:
        """GET the snapshot, compressed where the server can."""
        with self._at_work():
            whole = self._snapshot(None)
        if whole is None:
            raise SourceFault("the service answered 304 to a question without a condition")
        return whole

    def follow(self, position: Position) -> list[Change] | Resync:
        """Wait for the next events of the stream, at most until two heartbeats were missed; or for the next poll."""
        with self._at_work():
            return self._follow(position)

    def close(self) -> None:
        """End a wait or a read in another thread, and every connection."""
        self._closed.set()
        if stream := self._stream:
            stream.interrupt()
        self._hang_up()

    @contextmanager
    def _at_work(self) -> Iterator[None]:
        """Use the connections. Who is closed meanwhile closes them at the end: only then is it known which are open."""
        try:
            with self._using:
                yield
        finally:
            if self._closed.is_set():
                self._hang_up()

    def _hang_up(self) -> None:
        """Close every connection, unless the other thread is using them and will do it."""
        if self._using.acquire(blocking=False):
            self._drop()
            self._pool.clear()
            self._using.release()

    def _follow(self, position: Position) -> list[Change] | Resync:
        if self._stream is None and self._clock() < self._poll_until:
            return self._poll(position)
        try:
            stream = self._stream or self._open(position)
            return _answer(stream, position)
        except NoStream as fault:
            self._drop()
            self._poll_until = self._clock() + STREAM_AGAIN_SECONDS
            return Resync(str(fault))
        except BaseException:
            self._drop()
            raise

    def _poll(self, position: Position) -> list[Change] | Resync:
        if self._closed.wait(POLL_SECONDS * (0.5 + self._chance())):
            raise SourceFault("closed")
        whole = self._snapshot(position)
        return [] if whole is None else Resync("polled", whole)

    def _snapshot(self, held: Position | None) -> Whole | None:
        headers = self._headers | {"Accept-Encoding": "gzip"}
        if held:
            headers["If-None-Match"] = f'"{held}"'
        try:
            response = self._pool.request("GET", f"{self._base}/snapshot", headers=headers, timeout=_wait(READ_SECONDS))
        except (urllib3.exceptions.HTTPError, OSError) as fault:
            raise SourceFault(f"{type(fault).__name__}: {fault}") from fault
        if held and response.status == _NOT_MODIFIED:
            return None
        if response.status != _OK:
            raise _refusal(response)
        return parse_whole(response.data)

    def _open(self, position: Position) -> EventStream:
        headers = self._headers | {"Accept": "text/event-stream", "Accept-Encoding": "identity"}
        headers["Last-Event-ID"] = str(position)
        try:
            response = self._pool.request(
                "GET", f"{self._base}/changes", headers=headers, timeout=_wait(HELLO_SECONDS), preload_content=False
            )
        except urllib3.exceptions.ReadTimeoutError as fault:
            raise NoStream("the stream of changes does not get through") from fault
        except (urllib3.exceptions.HTTPError, OSError) as fault:
            raise SourceFault(f"{type(fault).__name__}: {fault}") from fault
        if response.status != _OK:
            refusal = _refusal(response)
            response.close()
            raise refusal
        self._stream = EventStream(response)
        return self._stream

    def _drop(self) -> None:
        stream, self._stream = self._stream, None
        if stream:
            stream.close()


def _wait(seconds: float) -> urllib3.Timeout:
    return urllib3.Timeout(connect=CONNECT_SECONDS, read=seconds)


def _answer(stream: EventStream, position: Position) -> list[Change] | Resync:
    changes = []
    for event in stream.events():
        if event.kind == "resync":
            return Resync("the feed cannot resume from here")
        if event.kind == "farewell":
            raise SourceFault("the service is leaving", stream.retry_seconds)
        if event.kind == "change":
            changes.append(parse_change(event.data))
    return [each for each in changes if each.epoch != position.epoch or each.revision > position.revision]


def _refusal(response: urllib3.BaseHTTPResponse) -> SourceFault:
    after = response.headers.get("Retry-After", "")
    hint = "; is the token right?" if response.status in _UNAUTHORISED else ""
    return SourceFault(f"the service answered {response.status}{hint}", float(after) if after.isdecimal() else 0.0)
