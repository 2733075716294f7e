"""Starlette: each request's context is in force while it is handled, in its threads and background tasks as well."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from inspect import isawaitable
from typing import Any

from flagsdk.client import AsyncFlagClient, FlagClient
from flagsdk.integrations.cohort import NOTHING, CohortVerifier, Held, use_cohorts
from flagsdk.integrations.context import ContextLike, as_context
from flagsdk.integrations.flags import Flags
from flagsdk.integrations.request import no_context, use_request
from flagsdk.wire.cohort import HEADER

try:
    from starlette.requests import HTTPConnection
    from starlette.types import ASGIApp, Receive, Scope, Send
except ImportError as missing:
    raise ImportError("flagsdk.integrations.starlette needs Starlette: pip install 'flagsdk[starlette]'") from missing

__all__ = ["ContextOf", "Flags", "FlagsMiddleware", "flags_of", "lifespan"]

ContextOf = Callable[[HTTPConnection], ContextLike | Awaitable[ContextLike]]
"""What a program knows of a request or WebSocket when it comes in: a context, a targeting key or None; may be async."""

State = Mapping[str, Any]
_KEY = "flagsdk.flags"
_HEADER = HEADER.lower().encode()


class FlagsMiddleware:
    """Pure ASGI middleware: `app.add_middleware(FlagsMiddleware, client=client, context_of=…, cohorts=…)`.

    `context_of` is called once for each request and WebSocket; when it fails that is logged, and the request goes on
    without a context. `cohorts` verifies what the edge said; without it, the edge's header is not looked at.
    """

    def __init__(
        self,
        app: ASGIApp,
        client: FlagClient | AsyncFlagClient,
        context_of: ContextOf | None = None,
        cohorts: CohortVerifier | None = None,
    ) -> None:
        self._app = app
        self._flags = Flags(client)
        self._context_of = context_of
        self._cohorts = cohorts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request with its context in force."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        edge = self._edge(scope)
        context = await self._context(scope, edge)
        scope[_KEY] = self._flags
        with use_request(context, edge):
            await self._app(scope, receive, send)

    def _edge(self, scope: Scope) -> Held:
        if self._cohorts is None:
            return NOTHING
        return self._cohorts.read(b",".join(value for name, value in scope["headers"] if name == _HEADER))

    async def _context(self, scope: Scope, edge: Held) -> ContextLike:
        if self._context_of is None:
            return None
        try:
            with use_cohorts(edge):
                found = self._context_of(HTTPConnection(scope))
                return as_context(await found if isawaitable(found) else found)
        except Exception as fault:  # noqa: BLE001 - what the program does not know must not fail the request
            no_context(fault)
            return None


def flags_of(connection: HTTPConnection) -> Flags:
    """Give the flags of a request or WebSocket; raises RuntimeError where FlagsMiddleware is missing."""
    flags = connection.scope.get(_KEY)
    if not isinstance(flags, Flags):
        raise RuntimeError("add the middleware: app.add_middleware(FlagsMiddleware, client=client)")  # noqa: TRY004 - the program's order is wrong, no type
    return flags


def lifespan(
    client: FlagClient | AsyncFlagClient, also: Callable[[Any], AbstractAsyncContextManager[State | None]] | None = None
) -> Callable[[Any], AbstractAsyncContextManager[State]]:
    """Make a lifespan that starts the client, within its `start_seconds`, and closes it; the event loop never waits.

    The program starts without a snapshot, too, when none came in time. `also` is a lifespan of its own, run within.
    """

    @asynccontextmanager
    async def both(app: Any) -> AsyncIterator[State]:
        async with client:
            if also is None:
                yield {}
            else:
                async with also(app) as state:
                    yield state or {}

    return both
