"""POST /v3/discovery:routes: route tables for Envoy by REST, held until there is something new. Over memory."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Protocol

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from flagsvc.domain.routing.records import Node, ShelfItem
from flagsvc.http import body as bodies
from flagsvc.http.boundary import guarded
from flagsvc.http.problem import Problem
from flagsvc.http.xds_request import JOINT, TYPE, Asked, read

ROUTES = "/v3/discovery:routes"
HOLD_SECONDS = 10.0
"""How long a request is held for which there is nothing new. Envoy's request_timeout has to be longer."""
OFFER_AGAIN_SECONDS = 1.0
"""An edge that comes back without the version that it was just handed gets it again no sooner."""
MAX_WAITING = 1000
"""Further requests are answered at once, as by a server that holds none."""
MAX_BYTES = 1024 * 1024
READ_AT_ONCE = 2
"""Nobody shows a token here: whoever sends much to read may keep so many threads busy with it."""


class Shelf(Protocol):
    """What the endpoint needs of the shelf; everything is answered from memory."""

    def knows(self, router: str) -> bool:
        """Whether there is a router of that name."""

    def item(self, router: str) -> ShelfItem | None:
        """Give what lies ready for a router's edges."""

    def version(self, router: str) -> str:
        """Version of the item that lies ready; "" where there is none."""

    def nodes(self, router: str) -> Sequence[Node]:
        """Give the edges of a router."""

    def note(self, router: str, node: str, held: str, offered: str = "") -> None:
        """Note what an edge holds, and what it is handed."""

    async def moved(self, held: Mapping[str, str], seconds: float) -> None:
        """Return when one of these routers has another version than this, at the farewell, or after `seconds`."""

    @property
    def waiting(self) -> int:
        """How many wait."""


class Discovery:
    """The route. Whoever reaches it may ask: see docs/reference/xds.md on what protects it."""

    def __init__(
        self,
        shelf: Shelf,
        *,
        hold_seconds: float = HOLD_SECONDS,
        offer_again_seconds: float = OFFER_AGAIN_SECONDS,
        limit: int = MAX_WAITING,
    ) -> None:
        self._shelf = shelf
        self._hold_seconds = hold_seconds
        self._offer_again_seconds = offer_again_seconds
        self._limit = limit
        self._reading = asyncio.Semaphore(READ_AT_ONCE)
        self.route = Route(ROUTES, guarded(self._answer), methods=["POST"], name="xdsRoutes")

    async def _answer(self, request: Request) -> Response:
        raw = await bodies.read(request, MAX_BYTES)
        bodies.media_type(request.headers.get("content-type"), (bodies.JSON,))
        bodies.demand_effortless(raw)
        async with self._reading:
            asked = await run_in_threadpool(read, raw)
        self._demand_known(asked)
        return await self._discover(request, asked)

    async def _discover(self, request: Request, asked: Asked) -> Response:
        refused = [router for router, held in asked.held.items() if self._refuses(router, asked.node, held)]
        for router, held in asked.held.items():
            self._shelf.note(router, asked.node, held, self._shelf.version(router) if asked.refused else "")
        if refused:
            present = {router: self._shelf.version(router) for router in refused}
            await self._wait(request, present, self._offer_again_seconds)
        if await self._wait(request, asked.held, self._hold_seconds):
            return self._handed(asked)
        return Response(status_code=304)

    async def _wait(self, request: Request, held: Mapping[str, str], seconds: float) -> bool:
        """Wait, and tell whether the client is still there: who has left was handed nothing."""
        if self._shelf.waiting >= self._limit:
            return True
        moved = asyncio.ensure_future(self._shelf.moved(held, seconds))
        gone = asyncio.ensure_future(_gone(request))
        try:
            await asyncio.wait({moved, gone}, return_when=asyncio.FIRST_COMPLETED)
            return not gone.done()
        finally:
            for task in (moved, gone):
                task.cancel()
            await asyncio.gather(moved, gone, return_exceptions=True)

    def _handed(self, asked: Asked) -> Response:
        items = {router: self._shelf.item(router) for router in asked.held}
        versions = {router: item.version if item else "" for router, item in items.items()}
        if versions == asked.held or not any(items.values()):
            for router, held in asked.held.items():
                self._shelf.note(router, asked.node, held)
            return Response(status_code=304)
        for router, held in asked.held.items():
            self._shelf.note(router, asked.node, held, versions[router])
        head = json.dumps({"version_info": JOINT.join(versions.values()), "type_url": TYPE})
        resources = ",".join(item.content for item in items.values() if item)
        return Response(f'{head[:-1]}, "resources": [{resources}]}}', media_type="application/json")

    def _refuses(self, router: str, node: str, held: str) -> bool:
        """Whether it was handed what lies ready, held the same before, and still does: then it does not want it."""
        version = self._shelf.version(router)
        known = next((known for known in self._shelf.nodes(router) if known.id == node), None)
        return known is not None and version not in {held, ""} and (known.held, known.offered) == (held, version)

    def _demand_known(self, asked: Asked) -> None:
        unknown = [router for router in asked.held if not self._shelf.knows(router)]
        if unknown:
            names = ", ".join(map(repr, unknown))
            raise Problem(
                "not-found", f"there is no router {names}: route_config_name has to be a name in the routers file"
            )


async def _gone(request: Request) -> None:
    """Return when the client has left."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
