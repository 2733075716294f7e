"""A service that is nothing but the feed: real store, real replica, real uvicorn, on a free port of loopback."""

import socket
import threading
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette

from flagsvc.http.authentication import Principal
from flagsvc.http.feed import Feed
from flagsvc.runner.replica import Replica
from tests.publisher.database import Database
from tests.support.timing import eventually

TOKEN = "sdk-token"  # noqa: S105 - of nobody


class Feeding:
    """The feed of `production` over a database; `tokens` may be changed while it runs. `start` after `stop` again."""

    def __init__(self, folder: Path, *, limit: int = 1000, look_seconds: float = 0.1, **serving: Any) -> None:
        self.database = Database(folder)
        self.replica = Replica(self.database.store, poll_seconds=0.2)
        self.replica.turn()
        self.tokens = {
            TOKEN: Principal("1", "sdk", "sdk", "production"),
            "admin-token": Principal("2", "admin", "admin", None),
            "nowhere-token": Principal("3", "nowhere", "sdk", "nowhere"),
            "archived-token": Principal("4", "archived", "sdk", "archived", archived=True),
        }
        self._limit, self._look_seconds = limit, look_seconds
        self._serving: dict[str, Any] = {
            "log_level": "critical",
            "timeout_graceful_shutdown": 5,
        } | serving  # of uvicorn
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Serve, in a thread."""
        self.feed = Feed(self.replica, self, limit=self._limit, look_seconds=self._look_seconds)
        self._server = uvicorn.Server(uvicorn.Config(Starlette(routes=self.feed.routes), **self._serving))
        sock = self._socket.dup()
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [sock]}, daemon=True)
        self._thread.start()
        eventually(lambda: self._server.started)

    def stop(self) -> None:
        """Say farewell and end, with streams open."""
        self._server.servers[0].get_loop().call_soon_threadsafe(self.feed.close)
        self._server.should_exit = True
        self._thread.join(10)
        assert not self._thread.is_alive(), "open streams held the server up"

    def write(self, documents: dict[str, dict[str, object] | None]) -> int:
        """Commit a change and let the replica see it."""
        revision = self.database.write(documents)
        self.replica.turn()
        return revision

    def check(self, text: str) -> Principal | None:
        """Tell who holds a token."""
        return self.tokens.get(text)

    async def admitted(self, text: str) -> Principal | None:
        """Tell it on the event loop."""
        return self.tokens.get(text)

    def close(self) -> None:
        """End everything."""
        self.stop()
        self._socket.close()
        self.database.close()
