"""The service's endpoint for edges that fetch by themselves, over a shelf in a database of its own, in this process."""

import random
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from starlette.applications import Starlette
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from flagsvc.http.xds import Discovery
from flagsvc.runner.shelf import Shelf
from flagsvc.store import open_store
from flagsvc.store.tables import metadata
from tests.support.asgi import Served
from tests.support.timing import eventually

HOLD_SECONDS = 1.0


def now() -> datetime:
    """Tell the time."""
    return datetime.now(UTC)


class Gate:
    """An application that can be shut."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.shut = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; shut, answer 503."""
        if self.shut and scope["type"] == "http":
            await Response(status_code=503)(scope, receive, send)
            return
        await self._app(scope, receive, send)


class Control:
    """A replica that serves route tables; `shelf` is what routers lay them on."""

    def __init__(self, folder: Path, routers: Collection[str], *, hold_seconds: float = HOLD_SECONDS) -> None:
        self._store = open_store(f"sqlite:///{folder / 'control.db'}", chance=random.random, patience_seconds=60.0)
        metadata.create_all(self._store.engine)
        self.shelf = Shelf(self._store, routers, now)
        self._discovery = Discovery(self.shelf, hold_seconds=hold_seconds)
        self._gate = Gate(Starlette(routes=[self._discovery.route]))
        self.port = 0

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.callback(self._store.close)
            self.shelf.start()
            stack.callback(self.shelf.stop)
            self.port = stack.enter_context(Served(self._gate)).port
            stack.callback(self.shelf.farewell)
            self._stack = stack.pop_all()
        return self

    @contextmanager
    def shut(self) -> Iterator[None]:
        """Answer 503 for the duration; requests that are held are let go first."""
        self._gate.shut = True
        eventually(lambda: not self.shelf.waiting, "nobody waiting")
        yield
        self._gate.shut = False

    def __exit__(self, *_: object) -> None:
        self._stack.close()
