"""The shelf: what lies ready for edges that fetch by themselves; stored in the database, served from memory."""

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from flagsvc.domain.instants import text_of
from flagsvc.domain.routing.records import Node, ShelfItem
from flagsvc.ports import Store, Transaction
from flagsvc.runner.loop import Loop
from flagsvc.runner.shelf_nodes import Sightings
from flagsvc.runner.waiting import Waiting

TURN_SECONDS = 1.0
GATHER_SECONDS = 0.1
"""Sights come in swarms, after each change: a turn waits so long for those that follow the first."""
FORGET_SECONDS = 3600.0
"""An edge that did not ask for so long is forgotten; how long one may be silent is for its router to say."""


class Shelf:
    """Implements the port, for the names in `routers`; there is nothing, and nothing is kept, under any other.

    What is put here is served by this replica at once, and by every other within about a second. While the database is
    away the last items stay, and what edges hold is kept in memory.
    """

    def __init__(
        self,
        store: Store,
        routers: Collection[str],
        clock: Callable[[], datetime],
        *,
        seconds: float = TURN_SECONDS,
    ) -> None:
        self._store, self._clock = store, clock
        self._routers = frozenset(routers)
        self._lock = threading.Lock()
        self._puts = 0
        self._items: Mapping[str, ShelfItem] = {}
        self._sightings = Sightings(clock)
        self._waiting = Waiting()
        self._stopped = threading.Event()
        self._loop = Loop("shelf", self._turn, seconds)

    def start(self) -> None:
        """Begin to follow the database; without routers there is nothing to follow."""
        if self._routers:
            self._loop.start()

    def stop(self) -> None:
        """Stop following; the items stay."""
        self._stopped.set()
        self._loop.stop()

    def farewell(self) -> None:
        """End every wait, now and from now on. Call before the server drains."""
        self._waiting.close()

    def put(self, router: str, version: str, content: str) -> None:
        """Lay content ready, and return when it is stored; the same version and content again change nothing.

        Raises Unavailable when the database does not answer: then it is not known whether it lies there.
        """
        item = ShelfItem(router, version, content, text_of(self._clock()))
        laid = self._store.run([], partial(_lay, item))
        with self._lock:
            self._puts += 1
            self._take({**self._items, router: laid})
        self._loop.wake()

    def item(self, router: str) -> ShelfItem | None:
        """Give what lies ready for a router's edges, from memory."""
        return self._items.get(router)

    def nodes(self, router: str) -> Sequence[Node]:
        """Give the edges that asked within the last hour, at any replica, by id; from memory."""
        return self._sightings.of(router)

    def knows(self, router: str) -> bool:
        """Whether there is a router of that name."""
        return router in self._routers

    def note(self, router: str, node: str, held: str, offered: str = "") -> None:
        """Note that an edge asked and what it holds; `offered` where something is handed to it. Quick, from any thread.

        Unknown routers, and more edges of a router than it may have, are not kept.
        """
        if self.knows(router) and self._sightings.note(router, node, held, offered):
            self._loop.wake()

    async def moved(self, held: Mapping[str, str], seconds: float) -> None:
        """Return when one of these routers' items has another version than this, at the farewell, or after `seconds`.

        One without an item counts as having the version "".
        """
        await self._waiting.until(lambda: any(self.version(name) != held[name] for name in held), seconds)

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def version(self, router: str) -> str:
        """Version of the item that lies ready; "" where there is none."""
        item = self._items.get(router)
        return item.version if item else ""

    def turn(self) -> None:
        """Write what edges hold, and look what lies ready; raises Unavailable when the database does not answer."""
        self._write_nodes()
        with self._lock:
            puts = self._puts
        with self._store.reading() as view:
            items = {item.router: item for item in view.shelf_items() if item.router in self._routers}
            seen = {router: view.nodes(router) for router in items}
        self._sightings.take(seen)
        with self._lock:
            if puts == self._puts:  # else it was read before what lies there now
                self._take(items)

    def _turn(self) -> None:
        self._stopped.wait(GATHER_SECONDS)
        self.turn()

    def _write_nodes(self) -> None:
        due = self._sightings.due()
        if due:
            forget = text_of(self._clock() - timedelta(seconds=FORGET_SECONDS))
            self._store.run([], partial(_keep, due, forget))
            self._sightings.written(due)
        self._sightings.forget(FORGET_SECONDS)

    def _take(self, items: Mapping[str, ShelfItem]) -> None:
        if items != self._items:
            self._items = items
            self._waiting.wake()


def _lay(item: ShelfItem, tx: Transaction) -> ShelfItem:
    for lying in tx.shelf_items():
        if (lying.router, lying.version, lying.content) == (item.router, item.version, item.content):
            return lying
    tx.put_shelf_item(item)
    return item


def _keep(nodes: Sequence[Node], forget_before: str, tx: Transaction) -> None:
    tx.put_nodes(nodes, forget_before)
