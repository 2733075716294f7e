"""Spans of the admin API. Hot paths never come here; streams, health, metrics and the console are let through."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from flagsvc.http.live import STREAM
from flagsvc.http.metrics_trace import METHODS, route_of
from flagsvc.span import span

PREFIX = "/api/v1/"
FAULT = 500
TRACE_HEADERS = ("traceparent", "tracestate")


class TracedMiddleware:
    """Makes each request of the admin API a span, in the trace that its `traceparent` names. Never sees a body."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the request within its span."""
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX) or scope["path"] == STREAM:
            await self.app(scope, receive, send)
            return
        method = scope["method"] if scope["method"] in METHODS else "_OTHER"
        headers = Headers(scope=scope)
        sent = {name: headers[name] for name in TRACE_HEADERS if name in headers}
        with span(method, "server", {"http.request.method": method}, sent) as one:

            async def noting(message: Message) -> None:
                if message["type"] == "http.response.start":
                    one.note({"http.response.status_code": message["status"]})
                    if message["status"] >= FAULT:
                        one.failed(str(message["status"]))
                await send(message)

            await self.app(scope, receive, noting)
            route = route_of(scope)
            one.rename(f"{method} {route}")
            one.note({"http.route": route})
