"""The edge where refusals and faults become answers: nothing else of an error leaves the service."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, ExceptionHandler, Message, Receive, Scope, Send

from flagsvc.domain.errors import Refused
from flagsvc.http.problem import Problem, render
from flagsvc.http.refusals import problem_of
from flagsvc.http.request_id import request_id

Endpoint = Callable[[Request], Awaitable[Response]]
_logger = logging.getLogger(__name__)
_BY_STATUS = {
    404: ("no-such-route", "nothing is served at this address"),
    405: ("method-not-allowed", "the address is right, the method is not"),
}


def guarded(endpoint: Endpoint) -> Endpoint:
    """Turn the exceptions of an endpoint into problems."""

    async def answered(request: Request) -> Response:
        try:
            return await endpoint(request)
        except Exception as error:  # noqa: BLE001  # the last handler: every exception becomes an answer here
            return answer_to(request, error)

    return answered


def answer_to(request: Request, error: Exception) -> Response:
    """Answer a request that ended with this exception; what nobody foresaw is logged and told as an id only."""
    chosen = request_id(request.scope)
    match error:
        case Problem():
            problem = error
        case Refused():
            problem = problem_of(error)
        case _:
            _logger.error("request failed", exc_info=error, extra={"requestId": chosen, "method": request.method})
            problem = Problem("internal", "the service failed; its log says more under this request id")
    return render(problem, instance(request), chosen)


def instance(request: Request) -> str:
    """Give the address asked for as a URI reference. Not `request.url`, which a hostile Host header can break."""
    return quote(request.scope["path"], safe="/:@!$&'()*+,;=~")


def unrouted(request: Request, error: Exception) -> Response:
    """404 and 405 of the router as problems; register it for HTTPException."""
    status = error.status_code if isinstance(error, HTTPException) else 404
    code, detail = _BY_STATUS.get(status, _BY_STATUS[404])
    headers = getattr(error, "headers", None) or {}
    if allowed := headers.get("Allow"):
        detail += f", which is one of {', '.join(sorted(allowed.split(', ')))}"
    return answer_to(request, Problem(code, detail, headers=headers))


EXCEPTION_HANDLERS: dict[Any, ExceptionHandler] = {HTTPException: unrouted}
"""What the application hands to Starlette."""


class LastResort:
    """Pure ASGI middleware of the application: what nothing caught becomes a 500 problem, if no answer has begun."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the request; stand behind it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = False

        async def observed(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, observed)
        except Exception as error:
            if begun:
                raise
            await answer_to(Request(scope), error)(scope, receive, send)
