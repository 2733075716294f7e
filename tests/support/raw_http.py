"""A server that answers byte for byte what a test tells it to: for what no real one does on purpose."""

import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress

Script = Callable[[socket.socket, str], None]


class RawHttp:
    """Listens on a free port of loopback; `script(socket, request head)` answers each request, then the line is cut."""

    def __init__(self, script: Script, tls: ssl.SSLContext | None = None) -> None:
        self._script = script
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.heads: list[str] = []
        self._ends: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Cut everything."""
        for end in [self._listener, *self._ends]:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                end, _ = self._listener.accept()
                self._ends.append(end)
                threading.Thread(target=self._serve, args=(end,), daemon=True).start()

    def _serve(self, end: socket.socket) -> None:
        with suppress(OSError):
            if self._tls:
                end = self._tls.wrap_socket(end, server_side=True)
                self._ends.append(end)
            while head := _head(end):
                self.heads.append(head)
                self._script(end, head)
            end.close()


def _head(end: socket.socket) -> str:
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = end.recv(1)
        if not byte:
            return ""
        head += byte
    return head.decode()
