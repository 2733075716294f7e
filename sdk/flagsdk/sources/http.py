"""A snapshot from the service's HTTP feed: the whole by ETag, then a stream of changes, or polling without one."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from urllib.parse import urlsplit

import urllib3

from flagsdk.sources.connections import Connections
from flagsdk.sources.refusal import refusal
from flagsdk.sources.source import TURN_SECONDS, Resync, SourceFault, drawn
from flagsdk.sources.sse import HELLO_SECONDS, EventStream, NoStream
from flagsdk.wire import Change, Corrupt, Position, Whole, parse_change, parse_whole

CONNECT_SECONDS = 2.0
READ_SECONDS = 10.0
LOAD_SECONDS = 15.0
"""For a whole snapshot, or for the head of a stream, with everything that belongs to it: a line may drip for ever."""
SLICE_SECONDS = TURN_SECONDS
POLL_SECONDS = 15.0
STREAM_AGAIN_SECONDS = 300.0

_OK, _NOT_MODIFIED = 200, 304


class HttpSource:
    """Follows the environment that the token belongs to; where an `environment` is named, it takes no other."""

    patience = 3.0  # a thousand clients must not keep a service down that comes up

    def __init__(
        self,
        url: str,
        token: str,
        *,
        environment: str = "",
        ca_file: str = "",
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = drawn,
    ) -> None:
        parts = urlsplit(url)
        self.name = f"{parts.scheme} {parts.hostname}"
        self._base = url.rstrip("/") + "/sdk/v1"
        self._headers = {"Authorization": f"Bearer {token}", "User-Agent": "flagsdk"}
        self._environment = environment
        self._clock = clock
        self._chance = chance
        self._closed = threading.Event()
        self._open_anew = partial(Connections, url, ca_file)
        self._connections = self._open_anew()
        self._using = threading.Lock()
        self._stream: EventStream | None = None
        self._poll_until = 0.0
        self._poll_at = 0.0

    def load(self) -> Whole:
        """GET the snapshot, compressed where the server can."""
        with self._at_work():
            whole = self._snapshot(None)
        if whole is None:
            raise SourceFault("the service answered 304 to a question without a condition")
        return whole

    def follow(self, position: Position) -> list[Change] | Resync | None:
        """Wait for the next events of the stream, or for the next poll; None after two seconds without any.

        A stream that is silent for two heartbeats is a SourceFault.
        """
        with self._at_work():
            return self._follow(position)

    def after_fork(self) -> None:
        """Begin anew in a forked child: the thread of the parent holds the lock as long as it waits."""
        self._using = threading.Lock()
        self._stream = None
        self._connections = self._open_anew()

    def stand_by(self) -> None:
        """Close the stream: changes that nobody reads would wait there."""
        with self._at_work():
            self._drop()

    def close(self) -> None:
        """End a wait or a read in another thread, and every connection."""
        self._closed.set()
        self._connections.cut()
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
            self._connections.close()
            self._using.release()

    def _follow(self, position: Position) -> list[Change] | Resync | None:
        if self._closed.is_set():
            raise SourceFault("closed")
        if self._stream is None and self._clock() < self._poll_until:
            return self._poll(position)
        try:
            stream = self._stream or self._open(position)
            return _answer(stream, position)
        except NoStream as fault:
            self._drop()
            self._poll_until = self._clock() + STREAM_AGAIN_SECONDS
            self._put_poll_off()
            return Resync(str(fault))
        except BaseException:
            self._drop()
            raise

    def _poll(self, position: Position) -> list[Change] | Resync | None:
        left = self._poll_at - self._clock()
        if left > 0 and self._closed.wait(min(left, SLICE_SECONDS)):
            raise SourceFault("closed")
        if left > SLICE_SECONDS:
            return None
        self._put_poll_off()
        whole = self._snapshot(position)
        return [] if whole is None else Resync("polled", whole)

    def _put_poll_off(self) -> None:
        self._poll_at = self._clock() + POLL_SECONDS * (0.5 + self._chance())

    def _snapshot(self, held: Position | None) -> Whole | None:
        headers = self._headers | {"Accept-Encoding": "gzip"}
        if held:
            headers["If-None-Match"] = f'"{held}"'
        response = self._get("snapshot", headers, READ_SECONDS, whole=True)
        if held and response.status == _NOT_MODIFIED:
            return None
        if response.status != _OK:
            raise refusal(response)
        whole = parse_whole(response.data)
        if self._environment and whole.environment != self._environment:
            raise Corrupt(f"the token is of environment {whole.environment!r}, not {self._environment!r}")
        return whole

    def _open(self, position: Position) -> EventStream:
        headers = self._headers | {"Accept": "text/event-stream", "Accept-Encoding": "identity"}
        headers["Last-Event-ID"] = str(position)
        response = self._get("changes", headers, HELLO_SECONDS, whole=False)
        if response.status != _OK:
            refused = refusal(response)
            response.close()
            raise refused
        self._stream = EventStream(response)
        return self._stream

    def _get(self, path: str, headers: dict[str, str], seconds: float, *, whole: bool) -> urllib3.BaseHTTPResponse:
        timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=seconds)
        try:
            with self._connections.deadline(LOAD_SECONDS):
                answer: urllib3.BaseHTTPResponse = self._connections.request(
                    f"{self._base}/{path}", headers, timeout, whole=whole
                )
        except (urllib3.exceptions.HTTPError, OSError) as fault:
            if isinstance(fault, urllib3.exceptions.ReadTimeoutError) and not whole:
                raise NoStream("the stream of changes does not get through") from fault
            raise SourceFault(f"{type(fault).__name__}: {fault}") from fault
        return answer

    def _drop(self) -> None:
        stream, self._stream = self._stream, None
        if stream:
            stream.close()
            self._connections.sweep()


def _answer(stream: EventStream, position: Position) -> list[Change] | Resync | None:
    events = stream.events(SLICE_SECONDS)
    if events is None:
        return None
    changes = []
    for event in events:
        if event.kind == "resync":
            return Resync("the feed cannot resume from here")
        if event.kind == "farewell":
            raise SourceFault("the service is leaving", stream.retry_seconds)
        if event.kind == "change":
            changes.append(parse_change(event.data))
    return [each for each in changes if each.epoch != position.epoch or each.revision > position.revision]
