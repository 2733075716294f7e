"""Somebody between a router and an HTTP API who counts what changes something, and meddles when a test wants it."""

import http.client
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, Self

Mood = Literal["honest", "lying", "late"]


class Meddler:
    """Passes requests on to `target` of loopback, from a port of its own; `moved` lists what asked for a change.

    Only requests that change something are meddled with. `before` runs before one is passed on. "lying": it is answered
    with 200 and not passed on. "late": it is passed on, and the answer kept back until `release`.
    """

    def __init__(self, target: int) -> None:
        self.target = target
        self.mood: Mood = "honest"
        self.before: Callable[[], object] | None = None
        self.moved: list[str] = []
        self._released = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), lambda *given: _Handler(self, *given))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def release(self) -> None:
        """Let go what was kept back, and keep nothing back any more."""
        self.mood = "honest"
        self._released.set()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        """Answer one request as the mood is."""
        changes = method != "GET"
        if changes:
            self.moved.append(f"{method} {path}")
            if self.before:
                self.before()
            if self.mood == "lying":
                return 200, {}, b""
        answer = self._passed_on(method, path, headers, body)
        if changes and self.mood == "late":
            self._released.wait(30)
        return answer

    def _passed_on(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        """Pass it on; read once more where a server that has just changed its configuration drops a connection."""
        answer = self._asked(method, path, headers, body)
        if method == "GET" and answer[0] == 502:
            time.sleep(0.1)
            answer = self._asked(method, path, headers, body)
        return answer

    def _asked(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.target, timeout=10)
        try:
            connection.request(method, path, body or None, headers | {"Host": f"127.0.0.1:{self.target}"})
            answer = connection.getresponse()
            return answer.status, {"ETag": tag} if (tag := answer.headers.get("ETag")) else {}, answer.read()
        except OSError:
            return 502, {}, b"nobody there"
        finally:
            connection.close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one packet for an answer: the second of two would wait for the first to be acknowledged

    def __init__(self, meddler: Meddler, *given: Any) -> None:
        self._meddler = meddler
        super().__init__(*given)

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        kept = {name: value for name, value in self.headers.items() if name.lower() in {"content-type", "if-match"}}
        status, headers, answer = self._meddler.answer(self.command, self.path, kept, body)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_PATCH = do_PUT = _serve  # noqa: N815  # the standard library's names

    def log_message(self, format: str, *_: object) -> None:  # noqa: A002  # likewise
        """Keep silent."""
