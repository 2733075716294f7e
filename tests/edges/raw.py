"""Servers of a few lines behind an edge: a service that stalls midway in its answer, a back end that reads bodies."""

import socket
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self


class Stalling:
    """Answers each connection's first request with the same bytes, and then neither goes on nor hangs up."""

    def __init__(self, beginning: bytes) -> None:
        self._beginning = beginning
        self._connections: list[socket.socket] = []

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)
        for connection in self._connections:
            connection.close()

    def _serve(self) -> None:
        with suppress(OSError):  # closed: the test is over
            while True:
                connection, _ = self._listener.accept()
                self._connections.append(connection)
                self._begin(connection)

    def _begin(self, connection: socket.socket) -> None:
        with suppress(OSError):
            connection.recv(65536)
            connection.sendall(self._beginning)


class Dripping(Stalling):
    """Answers each connection's first request with the beginning, and then a byte now and then, for ever."""

    PAUSE_SECONDS = 0.05

    def _begin(self, connection: socket.socket) -> None:
        threading.Thread(target=self._drip, args=(connection,), daemon=True).start()

    def _drip(self, connection: socket.socket) -> None:
        with suppress(OSError):  # hung up, or the test is over
            connection.recv(65536)
            connection.sendall(self._beginning)
            while True:
                time.sleep(self.PAUSE_SECONDS)
                connection.sendall(b"x")


class Sink:
    """A back end that answers with the body that it was sent, and its method."""

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Sinking)
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Sinking(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def do_GET(self) -> None:  # the standard library's name
        self._answer(b"")

    def do_POST(self) -> None:  # likewise
        self._answer(self.rfile.read(int(self.headers.get("Content-Length", "0"))))

    def _answer(self, body: bytes) -> None:
        text = self.command.encode() + b" " + body
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *_: object) -> None:  # noqa: A002  # likewise
        """Keep silent."""


DECISION = b"HTTP/1.1 200 OK\r\nX-Cohort: canary\r\nContent-Length: 0\r\n\r\n"
STALLED = {
    "head": b"HTTP/1.1 200 OK\r\nX-Cohort: canary\r\n",
    "body": b"HTTP/1.1 200 OK\r\nX-Cohort: canary\r\nContent-Length: 100000\r\n\r\nx",
    "error": b"HTTP/1.1 500 Internal Server Error\r\nX-Cohort: canary\r\nContent-Length: 100000\r\n\r\nx",
}
"""Where an answer stops: before its head is whole, in the body of a decision, in the body of a refusal."""
