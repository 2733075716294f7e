"""HTTP/1.1 by httptools: with bounds that uvicorn does not set, and a short way for answers that come from memory."""

import asyncio
import sys
from collections.abc import MutableMapping
from typing import Any, Protocol, cast
from urllib.parse import quote_from_bytes, unquote

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

MAX_HEAD_BYTES = 64 * 1024
HEAD_SECONDS = 20.0
"""How long a new connection may take over its first request."""

ASCII = bytes(range(128))
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

    prefixes: tuple[bytes, ...]
    """Beginnings of the paths for which that is worth trying."""

    def answer(self, scope: MutableMapping[str, Any], body: bytes) -> Answer | None:
        """Answer a request that is there in full; None when it has to be called as ASGI."""


class ServerConfig(Config):
    """uvicorn's configuration of a server, and whether that is about to leave."""

    leaving = False


class BoundedProtocol(HttpToolsProtocol):
    """Refuses (400) heads beyond 64 KiB, and closes connections whose first request does not come.

    What stands around the pieces of a body has the same bound. The fields of a trailer are dropped: what an edge
    removes from the head, and what it writes there, must not come in behind it (RFC 9110, section 6.5.1).

    A request for one of the application's `prefixes` is held back until it is there in full, and then offered to its
    `answer`: what is known from memory needs no task and no ASGI messages, which cost more than everything else in it.
    Whatever is not answered so (it comes in pieces, it has to wait, another one is under way) goes uvicorn's usual way.

    A request that asks for another protocol is read again without that wish, which a server may ignore (RFC 9110,
    section 7.8): the parser would pass over its body, and then take that for the next request.

    A request line with bytes beyond ASCII, which proxies pass on, is read as if they were percent-encoded.

    Once the server is leaving, each answer closes its connection and says so (RFC 9112, 9.6): a proxy that went on
    using it could send a write just when it is closed, and could not tell whether that was heard.
    """

    _asked = False
    _in_message = False
    _head_open = False
    _bare_bytes = 0
    _moved_on = False
    _wish_at: int | None = None
    _idle_since = 0.0
    _held_back = False
    _held_body = b""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begin, and look again after HEAD_SECONDS."""
        super().connection_made(transport)
        self._answering: Answering | None = self.app if hasattr(self.app, "answer") else None
        self.loop.call_later(HEAD_SECONDS, self._look)

    def data_received(self, data: bytes) -> None:
        """Parse, and count what neither ends a head nor is body."""
        self._moved_on = False
        self._read(data if data.isascii() or self._in_message else _escaped(data))
        if self._held_back and not self.transport.is_closing():
            self._let_go()
        self._bare_bytes = self._bare_bytes + len(data) if self._in_message and not self._moved_on else 0
        if self._bare_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
            self._turn_away()

    def _read(self, data: bytes) -> None:
        super().data_received(data)
        rest = memoryview(data)
        while self._wish_at is not None and not self.transport.is_closing():
            rest, self._wish_at = rest[self._wish_at :], None
            super().data_received(self._wishless_head())
            super().data_received(rest)  # type: ignore[arg-type]  # the parser takes any buffer

    def _unsupported_upgrade_warning(self) -> None:
        """Note where the parser has stopped, at the end of a head; it is ready for the next request."""
        stopped = sys.exception()
        self._wish_at = stopped.args[0] if stopped else None

    def _wishless_head(self) -> bytes:
        lines = [b"%b %b HTTP/%b" % (self.parser.get_method(), self.url, self.parser.get_http_version().encode())]
        lines += [b"%b: %b" % header for header in self.headers if header[0] != b"upgrade"]
        return b"\r\n".join([*lines, b"", b""])

    @property
    def _wishes(self) -> bool:
        return self.parser.should_upgrade() and self.parser.get_method() != b"CONNECT"

    def on_message_begin(self) -> None:
        """Open a message and its head."""
        self._in_message = self._head_open = True
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a field of the head, and none of a trailer."""
        if self._head_open:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Close the head, and hold the request back when it may be answered at once."""
        if self._wishes:
            return
        self._asked, self._head_open, self._moved_on = True, False, True
        idle = self.cycle is None or self.cycle.response_complete
        answering = self._answering
        if idle and answering is not None and self.url.startswith(answering.prefixes) and not self.flow.write_paused:
            self._held_back, self._held_body = True, b""
        else:
            self._begin_cycle()

    def on_body(self, body: bytes) -> None:
        """Collect the body of a request that is held back."""
        self._moved_on = True
        if self._held_back:
            self._held_body += body
        else:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Answer a request that was held back, if that can be done at once."""
        if self._wishes:
            return
        self._in_message = False
        if not self._held_back:
            super().on_message_complete()
        elif not self._answered():
            self._let_go()
            super().on_message_complete()

    def _let_go(self) -> None:
        """Hand a request that was held back to uvicorn, with what is there of its body."""
        self._held_back = False
        body, self._held_body = self._held_body, b""
        self._begin_cycle()
        if body:
            super().on_body(body)

    def _begin_cycle(self) -> None:
        super().on_headers_complete()
        if self._leaving and self.cycle is not None:
            self.cycle.keep_alive = False

    @property
    def _leaving(self) -> bool:
        return isinstance(self.config, ServerConfig) and self.config.leaving

    def _answered(self) -> bool:
        if self._answering is None or self.expect_100_continue or self.parser.should_upgrade():
            return False
        path, _, query = self.url.partition(b"?")
        text = path.decode("ascii", "replace")
        self.scope["method"] = self.parser.get_method().decode("ascii")
        self.scope["path"] = unquote(text) if "%" in text else text
        self.scope["raw_path"], self.scope["query_string"] = path, query
        answer = self._answering.answer(cast(dict[str, Any], self.scope), self._held_body)
        if answer is None:
            return False
        self._held_back = False
        lasting = self.parser.get_http_version() == "1.1" and self.parser.should_keep_alive()
        self._write(answer, keep_alive=lasting and not self._leaving)
        return True

    def _write(self, answer: Answer, *, keep_alive: bool) -> None:
        lines = [STATUS_LINE[answer.status]]
        lines += [b"%b: %b\r\n" % header for header in self.server_state.default_headers]
        lines.append(answer.head)
        if not keep_alive:
            lines.append(b"connection: close\r\n")
        if answer.status not in BODILESS:
            lines.append(b"content-length: %d\r\n" % len(answer.body))
        lines.append(b"\r\n")
        if self.scope["method"] != "HEAD":
            lines.append(answer.body)
        self.transport.write(b"".join(lines))
        if not keep_alive:
            self.transport.close()
        self.on_response_complete()

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
        if left <= 0 and not self._is_busy():
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

    def _turn_away(self) -> None:
        """Refuse what has no end, in words where that cannot be taken for a part of another answer."""
        cycle = self.cycle
        if cycle is None or (cycle.response_complete if self._head_open else not cycle.response_started):
            self.send_400_response("The head of the request, or what follows its body, is too large.")
        else:
            self.transport.close()

    def _is_busy(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _look(self) -> None:
        if not self._asked and not self.transport.is_closing():
            self.transport.close()


def _escaped(data: bytes) -> bytes:
    """Percent-encode what is not ASCII in the line that a request begins with; the parser would refuse it."""
    line, end, rest = data.partition(b"\n")
    return data if line.isascii() else quote_from_bytes(line, ASCII).encode() + end + rest
