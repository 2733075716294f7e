"""The server: one uvicorn process, and how it leaves: not ready, drain, farewell, exit; at once on a second signal.

While it drains, it answers as ever, but closes each connection after its next answer. When nobody can connect any more,
whatever was on its way still gets its answer.
"""

import asyncio
import logging
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import FrameType
from typing import Any

import uvicorn

from flagsvc.runner.protocol import BoundedProtocol, ServerConfig

LAST_ANSWERS_SECONDS = 0.5
"""How long requests may take to arrive over connections that were made just before the last moment."""
LOOK_SECONDS = 0.02
KEEP_ALIVE_SECONDS = 75
"""Longer than proxies keep idle connections, so that it is they who close them."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Departure:
    """How to leave: `unready` at once, `farewell` after `drain_seconds`, then wait for `open_seconds` at most."""

    unready: Callable[[], None]
    farewell: Callable[[], None]
    drain_seconds: float
    open_seconds: int


class Server(uvicorn.Server):
    """uvicorn with uvloop and httptools; SIGTERM and SIGINT begin the departure. Calls `listening` once it serves."""

    def __init__(
        self, app: Callable[..., Awaitable[Any]], departure: Departure, listening: Callable[[], None] = lambda: None
    ) -> None:
        config = ServerConfig(
            app,
            loop="uvloop",
            http=BoundedProtocol,
            ws="none",
            interface="asgi3",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=departure.open_seconds,
        )
        super().__init__(config)
        self._config = config
        self._departure = departure
        self._listening = listening
        self._loop: asyncio.AbstractEventLoop | None = None
        self._leaving = False
        self._departing: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve; from now on signals find the loop."""
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        if self.started:
            self._listening()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to leave; a second signal ends the process at once."""
        if self._leaving or self._loop is None:
            sys.stdout.flush()
            os._exit(128 + sig)
        self._leaving = True
        self._loop.call_soon_threadsafe(self._begin, signal.Signals(sig).name)

    def _begin(self, name: str) -> None:
        _log.info("%s: leaving", name)
        self._departing = asyncio.create_task(self._leave())

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop to listen; answer, after a drain, what is on its way; then end as uvicorn does.

        uvicorn closes a connection at once while it waits for a request, also when that has just been sent.
        """
        for server in self.servers:
            server.close()
        if self._departure.drain_seconds and self._leaving:
            await self._last_answers()
        await super().shutdown(sockets)

    async def _last_answers(self) -> None:
        end = asyncio.get_running_loop().time() + LAST_ANSWERS_SECONDS
        while self.server_state.connections and asyncio.get_running_loop().time() < end:  # noqa: ASYNC110  # uvicorn's
            await asyncio.sleep(LOOK_SECONDS)

    async def _leave(self) -> None:
        self._config.leaving = True
        self._departure.unready()
        await asyncio.sleep(self._departure.drain_seconds)
        self._departure.farewell()
        self.should_exit = True


def bind(host: str, port: int) -> socket.socket:
    """Take the address; raises OSError when it is not free or not ours. Nobody can connect until the server listens."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener
