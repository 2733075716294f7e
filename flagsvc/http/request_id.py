"""Request ids: every request has one, every answer returns it, every log line of the request carries it."""

import re  # fixed patterns over bounded header values
import secrets

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

HEADER = "X-Request-Id"
_SCOPE_KEY = "flagsvc.request_id"
_ACCEPTED = re.compile(r"[A-Za-z0-9._-]{1,128}")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?")


def request_id(scope: Scope) -> str:
    """Tell the id of this scope's request; minted on first use where the middleware does not stand before."""
    if _SCOPE_KEY not in scope:
        scope[_SCOPE_KEY] = _choose(Headers(scope=scope))
    return str(scope[_SCOPE_KEY])


class RequestIdMiddleware:
    """Gives each request its id (`X-Request-Id` if sound, else the trace id of `traceparent`, else a fresh one)."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the request with its id bound to the log context."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        chosen = request_id(scope)

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = chosen
            await send(message)

        with bound_contextvars(requestId=chosen):
            await self.app(scope, receive, send_with_id)


def _choose(headers: Headers) -> str:
    given = headers.get(HEADER, "")
    if _ACCEPTED.fullmatch(given):
        return given
    trace = _TRACEPARENT.fullmatch(headers.get("traceparent", ""))
    return trace[1] if trace else secrets.token_hex(16)
