"""A relay of HTTP between the program and the service, which does to single requests what a test wants."""

import http.client
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

Fault = Literal["lose", "unavailable", "in-flight", "outcome-unknown", "garbage", "redirect"]
_ANSWERS: Mapping[str, tuple[int, str]] = {
    "unavailable": (503, "unavailable"),
    "in-flight": (409, "request-in-flight"),
    "outcome-unknown": (503, "outcome-unknown"),
    "garbage": (502, ""),
    "redirect": (307, ""),
}


@dataclass
class Between:
    """`faults`: for each method, what happens to its next requests; "lose" passes one on, and loses the answer."""

    port: int
    url: str = ""
    faults: dict[str, list[Fault]] = field(default_factory=dict)
    seen: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def methods(self) -> list[str]:
        """Name the methods that came, in their order."""
        return [method for method, _ in self.seen]


@contextmanager
def between(port: int) -> Iterator[Between]:
    """Relay to a port of this machine."""
    relay = Between(port)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(relay))
    relay.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield relay
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(relay: Between) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            relay.seen.append((self.command, dict(self.headers)))
            waiting = relay.faults.get(self.command) or []
            fault = waiting.pop(0) if waiting else None
            if fault in _ANSWERS:
                self._answer(*_ANSWERS[str(fault)])
                return
            status, headers, content = _passed_on(relay.port, self, body)
            if fault == "lose":
                self.close_connection = True
                return
            self.send_response_only(status)
            for name, value in headers:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def _answer(self, status: int, code: str) -> None:
            content = json.dumps({"status": status, "code": code, "detail": f"made up: {code}"}).encode()
            body = content if code else b"<html>"
            self.send_response_only(status)
            self.send_header("Content-Type", "application/problem+json" if code else "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Location", "http://127.0.0.1:1/elsewhere")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002  # the base class's name
            pass

    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        setattr(Handler, f"do_{method}", Handler._any)
    return Handler


def _passed_on(port: int, request: BaseHTTPRequestHandler, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(request.command, request.path, body or None, dict(request.headers))
        answer = connection.getresponse()
        return answer.status, answer.getheaders(), answer.read()
    finally:
        connection.close()
