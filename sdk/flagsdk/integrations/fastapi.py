"""FastAPI: the request's flags as a dependency, on top of the middleware for Starlette."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from flagsdk.integrations.context import ContextLike

try:
    from fastapi import Depends, HTTPException
    from fastapi.requests import HTTPConnection
except ImportError as missing:
    raise ImportError("flagsdk.integrations.fastapi needs FastAPI: pip install 'flagsdk[fastapi]'") from missing

from flagsdk.integrations.starlette import ContextOf, Flags, FlagsMiddleware, flags_of, lifespan

__all__ = ["ContextOf", "Flags", "FlagsMiddleware", "RequestFlags", "flags", "flags_for", "lifespan", "required"]


async def flags(connection: HTTPConnection) -> Flags:
    """Give the request's flags, for `Depends(flags)`; raises RuntimeError where FlagsMiddleware is missing."""
    return flags_of(connection)  # async, so that it costs no trip to the thread pool


RequestFlags = Annotated[Flags, Depends(flags)]
"""The same as an annotation: `def page(flags: RequestFlags) -> …`; for WebSockets as well."""


def flags_for(context: Callable[..., ContextLike | Awaitable[ContextLike]]) -> Callable[..., Awaitable[Flags]]:
    """Make a dependency whose flags know what another dependency finds out, as the user who is logged in.

    `context` is that dependency: it may have dependencies itself; what it returns goes on top of the request's context.
    """

    async def bound(request_flags: RequestFlags, found: Annotated[Any, Depends(context)]) -> Flags:
        return request_flags.with_context(found)

    return bound


def required(key: str) -> Callable[[Flags], Awaitable[None]]:
    """Make a dependency that answers 404 while a boolean flag is off: `dependencies=[Depends(required("beta"))]`."""

    async def check(request_flags: RequestFlags) -> None:
        if not request_flags.is_enabled(key):
            raise HTTPException(404)

    return check
