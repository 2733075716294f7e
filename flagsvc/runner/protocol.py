"""HTTP/1.1 by httptools, with bounds that uvicorn does not set: how long and how slow the head of a request may be."""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD_BYTES = 64 * 1024
HEAD_SECONDS = 20.0
"""How long a new connection may take over its first request."""


class BoundedProtocol(HttpToolsProtocol):
    """Refuses (400) heads beyond 64 KiB, and closes connections whose first request does not come."""

    _asked = False
    _head_open = False
    _head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begin, and look again after HEAD_SECONDS."""
        super().connection_made(transport)
        self.loop.call_later(HEAD_SECONDS, self._look)

    def data_received(self, data: bytes) -> None:
        """Parse, and count what belongs to an unfinished head."""
        super().data_received(data)
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

    def _look(self) -> None:
        if not self._asked and not self.transport.is_closing():
            self.transport.close()
