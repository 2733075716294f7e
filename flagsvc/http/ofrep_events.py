"""OFREP's event stream: tells a provider that it should evaluate again. It carries revisions, never flags."""

import json
import random
from collections.abc import AsyncIterator, Callable
from urllib.parse import parse_qs

import anyio
from sse_starlette import EventSourceResponse

from flagsdk.core import Snapshot
from flagsdk.wire import Position
from flagsvc.http.authentication import Principal
from flagsvc.http.fanout import FAREWELL, Fanout, Mailbox
from flagsvc.http.hot_body import Refusal
from flagsvc.http.ofrep_channel import Channels
from flagsvc.http.ofrep_gate import Headers
from flagsvc.http.stream import LOOK_SECONDS, LOOKS_PER_HEARTBEAT

PATH = b"/ofrep/v1/events"
INACTIVITY_SECONDS = 120
SEND_SECONDS = 10.0
GRACE_SECONDS = 1.0
RETRY_MS = (1000, 5000)
_HEARTBEAT = b": still here\n\n"


class Events:
    """Streams over the fan-out that the feed uses, too. A token or its channel says which environment it is about."""

    def __init__(self, fanout: Fanout, snapshot: Callable[[str], Snapshot | None], channels: Channels) -> None:
        self._fanout = fanout
        self._snapshot = snapshot
        self._channels = channels
        self._advertised: dict[Principal, bytes] = {}

    def principal(self, query: bytes) -> Principal | None:
        """Find who opens a stream by the channel in its address; None without a valid one."""
        return self._channels.open(parse_qs(query.decode("latin-1")).get("channel", [""])[0])

    def advertisement(self, principal: Principal) -> bytes:
        """Render the `eventStreams` of a bulk answer: where this principal can listen."""
        known = self._advertised.get(principal)
        if known is None:
            uri = f"{PATH.decode()}?channel={self._channels.sign(principal)}"
            stream = {"type": "sse", "endpoint": {"requestUri": uri}, "inactivityDelaySec": INACTIVITY_SECONDS}
            known = self._advertised[principal] = json.dumps([stream], separators=(",", ":")).encode()
        return known

    def response(self, principal: Principal, headers: Headers, more: bytes) -> EventSourceResponse:
        """Make the stream, until client or service leaves or the token ends; Refusal 503 when there are too many."""
        if self._fanout.crowded:
            raise Refusal(503, "", "no further stream can be opened here now", b"retry-after: 5\r\n")
        stream = _Stream(self, self._fanout, principal, headers.get(b"last-event-id", b""))
        return EventSourceResponse(
            stream.events(),
            headers=dict(line.split(": ", 1) for line in more.decode("latin-1").splitlines()),
            ping=0,  # the stream has its own heartbeat, which also looks whether the token still counts
            send_timeout=SEND_SECONDS,
            shutdown_event=stream.leaving,
            shutdown_grace_period=GRACE_SECONDS,
            data_sender_callable=stream.end_with_server,
        )

    def holds(self, principal: Principal) -> bool:
        """Whether the token behind a stream is still valid."""
        return self._channels.holds(principal)

    def position(self, environment: str) -> Position | None:
        """Where the environment stands here."""
        snapshot = self._snapshot(environment)
        return Position(snapshot.epoch, snapshot.revision) if snapshot else None


class _Stream:
    def __init__(self, events: Events, fanout: Fanout, principal: Principal, last_seen: bytes) -> None:
        self.leaving = anyio.Event()
        self._events = events
        self._fanout = fanout
        self._principal = principal
        self._environment = principal.environment or ""
        self._last_seen = last_seen.decode("latin-1")
        self._mailbox: Mailbox | None = None

    async def events(self) -> AsyncIterator[bytes]:
        self._mailbox = mailbox = self._fanout.join(self._environment)
        try:
            yield f"retry: {random.randint(*RETRY_MS)}\n: welcome\n\n".encode()  # noqa: S311  # jitter, no secret
            if self._last_seen and self._last_seen != str(self._events.position(self._environment)):
                yield self._notice()
            quiet = 0
            while self._events.holds(self._principal):
                notice = await mailbox.take(LOOK_SECONDS)
                if notice is None:
                    quiet += 1
                    if quiet % LOOKS_PER_HEARTBEAT == 0:
                        yield _HEARTBEAT
                elif notice.last:
                    yield notice.data
                    return
                else:
                    yield self._notice()
        finally:
            self._fanout.leave(mailbox)

    async def end_with_server(self) -> None:
        await self.leaving.wait()
        if self._mailbox:
            self._mailbox.put(FAREWELL)

    def _notice(self) -> bytes:
        position = self._events.position(self._environment)
        data = json.dumps({"type": "refetchEvaluation", "etag": str(position)}, separators=(",", ":"))
        return f"id: {position}\nevent: message\ndata: {data}\n\n".encode()
