"""A real HTTP server in this process for what cannot be started here: its state is JSON, and it can be bent.

Faults hit the requests that write: "late" does it and never answers, "mute" never answers and does nothing, "lie" says
yes and does nothing, "refuse" answers 503, "forbid" 403, "drip" answers a byte at a time.
"""

import copy
import json
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from socketserver import BaseServer, ThreadingMixIn, UnixStreamServer
from typing import Any, Literal, NamedTuple, Self
from urllib.parse import parse_qsl, urlsplit

FaultName = Literal["", "late", "mute", "lie", "refuse", "forbid", "drip"]
POLL_SECONDS = 0.01
HOLD_SECONDS = 30.0


class Asked(NamedTuple):
    """One request, as it came."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Read the body; {} where there is none."""
        return json.loads(self.body) if self.body else {}


class Answer(NamedTuple):
    """What is answered: bytes as they are, anything else as JSON."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = {}  # nobody writes to it


class Fake:
    """Subclasses give `answer` and `is_write`, and keep everything they know in `state`."""

    def __init__(self, path: Path | None = None) -> None:
        self.state: dict[str, Any] = {}
        self.fault: FaultName = ""
        self.writes = 0
        self.asked: list[Asked] = []
        self.path = path
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._holder = socket.socket()  # keeps the port while nobody listens
        if path is None:
            self._holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._holder.bind(("127.0.0.1", 0))
            self.port = int(self._holder.getsockname()[1])

    @property
    def url(self) -> str:
        """Its address."""
        return f"unix://{self.path}" if self.path else f"http://127.0.0.1:{self.port}"

    def answer(self, asked: Asked) -> Answer:
        """Answer one request; one at a time."""
        raise NotImplementedError

    def is_write(self, asked: Asked) -> bool:
        """Whether the request would change something that a router tells."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        self._open()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._close()
        self._holder.close()

    @contextmanager
    def down(self) -> Iterator[None]:
        """Refuse connections for the duration."""
        self._close()
        try:
            yield
        finally:
            self._open()

    @contextmanager
    def bent(self, fault: FaultName) -> Iterator[None]:
        """Have the fault for the duration."""
        self.fault = fault
        try:
            yield
        finally:
            self.fault = ""
            self._ended.set()  # whoever waits for an answer goes
            self._ended = threading.Event()

    def respond(self, asked: Asked) -> Answer | None:
        """Answer as the fault allows; None: never."""
        with self._lock:
            fault = self.fault if self.is_write(asked) else ""
            self.asked.append(asked)
            if fault in {"mute", "refuse", "forbid"}:
                return {"refuse": Answer(503, {"message": "not now"}), "forbid": Answer(403, {"message": "no"})}.get(
                    fault
                )
            before = copy.deepcopy(self.state)
            try:
                answer = self.answer(asked)
            except Exception as error:  # noqa: BLE001  # a fault of the stand-in is to be seen by the test
                answer = Answer(500, {"the stand-in": repr(error)})
            if fault == "lie":
                self.state = before
            elif self.is_write(asked) and answer.status < 300:
                self.writes += 1
        return None if fault == "late" else answer

    def _open(self) -> None:
        handler = type("Handler", (_Handler,), {"fake": self})
        if self.path is None:
            self._server: BaseServer = _Tcp(("127.0.0.1", self.port), handler)
        else:
            self._server = _Unix(str(self.path), handler)
        threading.Thread(target=self._server.serve_forever, args=(POLL_SECONDS,), daemon=True).start()

    def _close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        if self.path:
            self.path.unlink(missing_ok=True)


class _Handler(BaseHTTPRequestHandler):
    fake: Fake
    protocol_version = "HTTP/1.1"

    def _serve(self) -> None:
        self.close_connection = True
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        asked = Asked(self.command, parts.path, dict(parse_qsl(parts.query)), self.headers, body)  # type: ignore[arg-type]
        ended = self.fake._ended
        answer = self.fake.respond(asked)
        if answer is None:
            ended.wait(HOLD_SECONDS)
            return
        with suppress(OSError):
            self._send(answer, ended, slowly=self.fake.fault == "drip" and self.fake.is_write(asked))

    do_GET = do_PUT = do_POST = do_PATCH = _serve  # noqa: N815  # names of the library

    def _send(self, answer: Answer, ended: threading.Event, *, slowly: bool) -> None:
        content = b"" if answer.body is None else answer.body
        if not isinstance(content, bytes):
            content = json.dumps(content).encode()
        self.send_response(answer.status)
        for name, value in {"Content-Type": "application/json", **answer.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content) + (HOLD_SECONDS * 100 if slowly else 0)).partition(".")[0])
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)
        while slowly and not ended.wait(0.02):
            self.wfile.write(b" ")
            self.wfile.flush()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Tcp(ThreadingMixIn, HTTPServer):
    daemon_threads = True

    def server_bind(self) -> None:
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)

    def handle_error(self, *_: object) -> None:
        """Say nothing: a client that went away is what is tested."""


class _Unix(ThreadingMixIn, UnixStreamServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Say nothing: a client that went away is what is tested."""
