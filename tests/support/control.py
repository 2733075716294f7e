"""The service's endpoint for edges that fetch by themselves, over a shelf in a database of its own, in this process."""

import random
from collections.abc import Collection
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from starlette.applications import Starlette

from flagsvc.http.xds import Discovery
from flagsvc.runner.shelf import Shelf
from flagsvc.store import open_store, upgrade
from tests.support.asgi import Served

HOLD_SECONDS = 1.0


def now() -> datetime:
    """Tell the time."""
    return datetime.now(UTC)


class Control:
    """A replica that serves route tables; `shelf` is what routers lay them on."""

    def __init__(self, folder: Path, routers: Collection[str], *, hold_seconds: float = HOLD_SECONDS) -> None:
        self._store = open_store(f"sqlite:///{folder / 'control.db'}", chance=random.random, patience_seconds=60.0)
        upgrade(self._store.engine)
        self.shelf = Shelf(self._store, routers, now)
        self._discovery = Discovery(self.shelf, hold_seconds=hold_seconds)
        self.port = 0

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.callback(self._store.close)
            self.shelf.start()
            stack.callback(self.shelf.stop)
            self.port = stack.enter_context(Served(Starlette(routes=[self._discovery.route]))).port
            stack.callback(self.shelf.farewell)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()
