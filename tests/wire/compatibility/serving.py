"""The three ways in which frozen bytes reach a reader: laid into a real Redis, served over HTTP, or put into a file."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from redis import Redis

from flagsdk.sources import Source
from flagsdk.sources.file import FileSource
from flagsdk.sources.http import HttpSource
from flagsdk.sources.redis import RedisSource
from flagsdk.wire import names

ENVIRONMENT = "production"
State = Mapping[str, Any]


class InRedis:
    """Redis with exactly the names and texts of a state: {"meta": …, "documents": …, "changes": [[id, fields], …]}."""

    def __init__(self, url: str) -> None:
        self._redis: Any = Redis.from_url(url)
        self.source: Source = RedisSource(url, ENVIRONMENT)

    def show(self, state: State) -> None:
        """Replace everything, at one moment."""
        named = names(ENVIRONMENT)
        with self._redis.pipeline(transaction=True) as pipe:
            pipe.delete(*named)
            for name, fields in ((named.meta, state["meta"]), (named.documents, state["documents"])):
                if fields:
                    pipe.hset(name, mapping=fields)
            for entry, fields in state["changes"]:
                pipe.xadd(named.changes, fields, id=entry)
            pipe.execute()

    def close(self) -> None:
        self.source.close()
        self._redis.close()


class InFile:
    """A file that holds a state: its text."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.source: Source = FileSource(path, ENVIRONMENT)

    def show(self, state: str) -> None:
        """Put another file in its place, so that a reader sees that it is another."""
        fresh = self._path.with_suffix(".new")
        fresh.write_text(state, encoding="utf-8")
        fresh.rename(self._path)

    def close(self) -> None:
        self.source.close()


class OverHttp:
    """A server whose two answers are the texts of a state: {"snapshot": …, "events": …}; streams then stay open."""

    def __init__(self) -> None:
        self.state: State = {}
        self._ended = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.source: Source = HttpSource(f"http://127.0.0.1:{self._server.server_port}", "token")

    def show(self, state: State) -> None:
        """Answer with these texts from now on; open streams end, so that the reader comes again."""
        self._ended.set()
        self._ended = threading.Event()
        self.state = state

    def close(self) -> None:
        self.source.close()
        self._ended.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                state, ended = outer.state, outer._ended
                stream = self.path.endswith("/changes")
                body = state["events" if stream else "snapshot"].encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream" if stream else "application/json")
                if not stream:
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                    return
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                events = b"retry: 1000\n: welcome\n\n" + body
                self.wfile.write(b"%x\r\n%s\r\n" % (len(events), events))
                ended.wait(60)
                self.wfile.write(b"0\r\n\r\n")

            def log_message(self, *_: object) -> None:
                """Keep quiet."""

        return Handler


WAYS = ("redis", "http", "file")


@contextmanager
def serving(way: str, redis_url: str, folder: Path) -> Iterator[InRedis | OverHttp | InFile]:
    """Open one of the ways, with nothing to read yet."""
    made: InRedis | OverHttp | InFile
    made = InRedis(redis_url) if way == "redis" else OverHttp() if way == "http" else InFile(folder / "snapshot.json")
    try:
        yield made
    finally:
        made.close()


def frozen(name: str) -> str:
    """Read a file that was frozen."""
    return (Path(__file__).parent / "written" / name).read_text(encoding="utf-8")


def frozen_state(way: str, *, before: bool = False) -> Any:
    """Give what today's service wrote, in the form that each way shows."""
    suffix = "-before" if before else ""
    if way == "redis":
        return json.loads(frozen(f"redis{suffix}.json"))
    snapshot = frozen(f"snapshot{suffix}.json")
    return snapshot if way == "file" else {"snapshot": snapshot, "events": frozen("events.txt")}
