"""An ASGI application behind a real uvicorn, in a thread of this process, on a port of its own."""

import threading
from typing import Any, Self

import httpx2
import uvicorn

from tests.support.plain import PLAIN
from tests.support.timing import eventually


class Served:
    """Serves while the block runs: lifespan included, connections over loopback."""

    def __init__(self, app: Any) -> None:
        config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", lifespan="on", ws="wsproto")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, name="uvicorn")
        self.port = 0

    def __enter__(self) -> Self:
        self._thread.start()
        eventually(lambda: self._server.started or not self._thread.is_alive(), "uvicorn")
        assert self._thread.is_alive()
        self.port = self._server.servers[0].sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(30)
        assert not self._thread.is_alive()

    def client(self, **options: Any) -> httpx2.Client:
        """Make an HTTP client for it; close it after use."""
        return httpx2.Client(
            base_url=f"http://127.0.0.1:{self.port}", trust_env=False, verify=PLAIN, timeout=30, **options
        )
