"""The body of an open answer, read piece by piece. A wait that ends without a byte loses none and breaks nothing."""

import ssl
from typing import Any

import urllib3
from urllib3.util import wait_for_read

PIECE_SECONDS = 10.0
"""How long the rest of a piece may take whose beginning has come."""
CHUNK = 256 * 1024


class Body:
    """Waits beside the socket, not in a read: after a time-out inside a read, http.client refuses every further one."""

    def __init__(self, response: urllib3.BaseHTTPResponse) -> None:
        self._response: Any = response
        self._sock: Any = getattr(response.connection, "sock", None)
        if self._sock:
            self._sock.settimeout(PIECE_SECONDS)

    @property
    def stays_open(self) -> bool:
        """Whether the connection outlives the head of its answer."""
        return self._sock is not None

    def read(self, seconds: float) -> bytes | None:
        """Give what comes next, "" at the end, None when nothing comes within `seconds`. Raises HTTPError, OSError."""
        if not self._has_come():
            if not wait_for_read(self._sock, seconds):
                return None
            if self._is_tls and not self._has_come():
                return None  # a part of a record, or what TLS has to say itself
        piece: bytes = self._response.read1(CHUNK)
        self._pass_the_end_of_a_chunk()
        return piece

    @property
    def _is_tls(self) -> bool:
        return isinstance(self._sock, ssl.SSLSocket)

    def _has_come(self) -> bool:
        """Whether a read finds something at once: in the buffers of http.client and TLS, or on the line.

        A plain socket shows its end as nothing, too; the wait tells it apart. TLS raises when there is nothing.
        """
        lines = self._original.fp
        if lines is None:
            return True
        self._sock.settimeout(0)
        try:
            seen = lines.peek(1)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return False
        finally:
            self._sock.settimeout(PIECE_SECONDS)
        return bool(seen) or self._is_tls

    def _pass_the_end_of_a_chunk(self) -> None:
        """Read the line end after a chunk: http.client reads it only with the next one, for which nobody may wait."""
        original = self._original
        if original.chunked and original.chunk_left == 0 and original.fp is not None:
            original._safe_read(2)  # noqa: SLF001 - what http.client itself does before the next chunk
            original.chunk_left = None

    @property
    def _original(self) -> Any:
        return self._response._original_response  # noqa: SLF001 - urllib3 does not tell whether bytes are buffered
