"""HTTP/1.1 by httptools: with bounds that uvicorn does not set, and a short way for answers that come from memory."""

import asyncio
from collections.abc import MutableMapping
from typing import Any, Protocol, cast

from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

MAX_HEAD_BYTES = 64 * 1024
HEAD_SECONDS = 20.0
"""How long a new connection may take over its first request."""

BODILESS = frozenset({204, 304})


class Answer(Protocol):
    """A response: status, header block without Content-Length, body."""

    @property
    def status(self) -> int:
        """Status code."""

    @property
    def head(self) -> bytes:
        """Header lines, each ending with CR LF."""

    @property
    def body(self) -> bytes:
        """Body."""


class Answering(Protocol):
    """An ASGI application that can answer some requests at once."""

    def answer(self, scope: MutableMapping[str, Any], body: bytes) -> Answer | None:
        """Answer a request that is there in full; None when it has to be called as ASGI."""


class BoundedProtocol(HttpToolsProtocol):
    """Refuses (400) heads beyond 64 KiB, and closes connections whose first request does not come.

    A request that has arrived in full is first offered to the application's `answer`: what is known from memory needs
    no task and no ASGI messages, which cost more than everything else in it.
    """

    _asked = False
    _head_open = False
    _head_bytes = 0
    _parsing = False
    _idle_since = 0.0
    _pending: tuple[RequestResponseCycle, ASGI3Application] | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begin, and look again after HEAD_SECONDS."""
        super().connection_made(transport)
        self._answer = self.app.answer if hasattr(self.app, "answer") else None
        self.loop.call_later(HEAD_SECONDS, self._look)

    def data_received(self, data: bytes) -> None:
        """Parse, start what was parsed, and count what belongs to an unfinished head."""
        self._parsing = True
        super().data_received(data)
        self._parsing = False
        if self._pending is not None:
            cycle, app = self._pending
            self._pending = None
            if not self._answered(cycle):
                super()._start_asgi_task(cycle, app)
        if self._head_open:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
                self.send_400_response("The head of the request is too large.")

    def on_message_begin(self) -> None:
        """Open a head."""
        self._head_open = True
        self._head_bytes = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Close the head."""
        self._asked, self._head_open = True, False
        super().on_headers_complete()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        """Wait for the rest of what was received, so that a small request is there in full."""
        if self._parsing and self._pending is None and self._answer is not None:
            self._pending = (cycle, app)
        else:
            super()._start_asgi_task(cycle, app)

    def _answered(self, cycle: RequestResponseCycle) -> bool:
        """Answer without ASGI if that can be done; on every doubt it cannot."""
        if cycle.more_body or self.flow.write_paused or self.transport.is_closing() or self._answer is None:
            return False
        answer = self._answer(cast(dict[str, Any], cycle.scope), bytes(cycle.body))
        if answer is None:
            return False
        self._write(cycle, answer)
        cycle.response_started = cycle.response_complete = True
        if not cycle.keep_alive:
            self.transport.close()
        self.on_response_complete()
        return True

    def _write(self, cycle: RequestResponseCycle, answer: Answer) -> None:
        lines = [STATUS_LINE[answer.status]]
        lines += [b"%b: %b\r\n" % header for header in self.server_state.default_headers]
        lines.append(answer.head)
        if not cycle.keep_alive:
            lines.append(b"connection: close\r\n")
        if answer.status not in BODILESS:
            lines.append(b"content-length: %d\r\n" % len(answer.body))
        lines.append(b"\r\n")
        if cycle.scope["method"] != "HEAD":
            lines.append(answer.body)
        self.transport.write(b"".join(lines))

    def on_response_complete(self) -> None:
        """Go on with the next pipelined request, or note the time, at which one timer per connection looks."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
            return
        self._idle_since = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def timeout_keep_alive_handler(self) -> None:
        """Close the connection if it has been idle for long enough, else look again when it could have been."""
        self.timeout_keep_alive_task = None
        left = self._idle_since + self.timeout_keep_alive - self.loop.time()
        if left <= 0 and self.cycle.response_complete:
            super().timeout_keep_alive_handler()
        elif not self.transport.is_closing():
            pause = left if left > 0 else self.timeout_keep_alive
            self.timeout_keep_alive_task = self.loop.call_later(pause, self.timeout_keep_alive_handler)

    def connection_lost(self, exc: Exception | None) -> None:
        """End, timer included."""
        super()._unset_keepalive_if_required()
        super().connection_lost(exc)

    def _unset_keepalive_if_required(self) -> None:
        """Leave the timer alone: it looks by itself whether the connection was idle."""

    def _look(self) -> None:
        if not self._asked and not self.transport.is_closing():
            self.transport.close()
