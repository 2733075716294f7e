"""A stand-in for the feed that answers every request alike: with a refusal, with garbage, or with a bent stream."""

import socketserver
import threading
from collections.abc import Sequence
from typing import Self

from flagsdk.wire import Change, change_json

GREETING = b"retry: 50\n: welcome\n\n"
LAST_SECONDS = 30.0


class StandIn(socketserver.ThreadingTCPServer):
    """Listens on a free port of loopback. `held`: the connection stays open after the answer, as a stream does."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, answer: bytes, stream: bytes | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        self.answer = answer
        self.stream = stream
        self.asked = 0
        self.ended = threading.Event()
        self.port = int(self.server_address[1])
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Answering(socketserver.BaseRequestHandler):
    server: StandIn

    def handle(self) -> None:
        received = b""
        while b"\r\n\r\n" not in received:
            piece = self.request.recv(65536)
            if not piece:
                return
            received += piece
        self.server.asked += 1
        if self.server.stream is not None and b"/changes" in received:
            self.request.sendall(self.server.stream)
            self.server.ended.wait(LAST_SECONDS)
        else:
            self.request.sendall(self.server.answer)


def reply(status: str, body: bytes = b"", *headers: str, length: int | None = None) -> bytes:
    """Write an answer that ends its connection; `length` says something else than how long the body is."""
    said = len(body) if length is None else length
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {said}", "Connection: close", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def stream_of(changes: Sequence[Change]) -> bytes:
    """Write a stream of events that brings these changes, in this order, and stays open."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
    events = (f"id: {c.epoch}.{c.revision}\nevent: change\ndata: {change_json(c)}\n\n".encode() for c in changes)
    return head + GREETING + b"".join(events)
