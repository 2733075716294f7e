"""An operation and the services make a route: authorise, read, check, handle off the event loop, render."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from flagsvc.domain.actor import Actor
from flagsvc.domain.errors import Fault
from flagsvc.http import body as bodies
from flagsvc.http.authentication import Principal
from flagsvc.http.boundary import answer_to
from flagsvc.http.call import Call
from flagsvc.http.conditional import Expectation, expectation
from flagsvc.http.faults import faults_of
from flagsvc.http.idempotency import idempotency
from flagsvc.http.operation import Operation
from flagsvc.http.own_origin import demand_same_origin
from flagsvc.http.parameters import Query, path_values, query_values, reason
from flagsvc.http.problem import Problem, malformed
from flagsvc.http.rendering import response
from flagsvc.http.request_id import request_id
from flagsvc.http.services import Services
from flagsvc.usecases.intent import ABSENT, Intent

OPEN_BYTES = 4096
"""The largest body of an operation that needs no token."""


def routes(operations: Iterable[Operation], services: Services) -> list[Route]:
    """Make a Starlette route for each path, so that 405 lists every method of it."""
    by_path: dict[str, dict[str, Operation]] = {}
    for operation in operations:
        by_path.setdefault(operation.path, {})[operation.method] = operation
    return [_route(path, methods, services) for path, methods in by_path.items()]


def _route(path: str, methods: Mapping[str, Operation], services: Services) -> Route:
    """Refusals and faults leave it as problems, never as exceptions."""

    async def endpoint(request: Request) -> Response:
        operation = methods["GET" if request.method == "HEAD" else request.method]
        try:
            principal = await run_in_threadpool(_authorise, operation, services, request)
            most = OPEN_BYTES if operation.open else services.max_body_bytes
            raw = await bodies.read(request, most)
            return await run_in_threadpool(_Exchange(operation, services, request, principal, raw).perform)
        except Exception as error:  # noqa: BLE001  # the last handler: every exception becomes an answer here
            return answer_to(request, error)

    return Route(path, endpoint, methods=list(methods))


def permitted(operation: Operation, principal: Principal, path: dict[str, Any]) -> None:
    """Refuse (403) a token of the wrong kind or environment. What is not allowed here is denied."""
    if principal.kind not in operation.kinds:
        kinds = " or ".join(operation.kinds)
        raise Problem("forbidden", f"this operation needs an {kinds} token, not one of kind {principal.kind!r}")
    if principal.environment is None or operation.own:
        return
    if operation.everywhere or path.get("environment") != principal.environment:
        raise Problem("forbidden", f"this token reaches the environment {principal.environment!r} and nothing else")


def _authorise(operation: Operation, services: Services, request: Request) -> Principal | None:
    if operation.open:
        demand_same_origin(request.scope, services.identity.proxies)
        return None
    principal = services.identity.fresh(request)
    permitted(operation, principal, request.path_params)
    return principal


class _Exchange:
    """One authorised request on its way through the checks."""

    def __init__(
        self, operation: Operation, services: Services, request: Request, principal: Principal | None, raw: bytes
    ) -> None:
        self._operation, self._services, self._request = operation, services, request
        self._principal, self._raw = principal, raw

    def perform(self) -> Response:
        """Check everything, let the handler do its one thing, render."""
        path, query = self._parameters()
        media_type, content = self._content()
        principal = self._principal
        intent = self._intent(principal, query) if self._operation.writes and principal else None
        call = Call(
            request=self._request,
            services=self._services,
            principal_or_none=principal,
            path=path,
            query=query,
            body=content,
            media_type=media_type,
            intent_or_none=intent,
        )
        owner = principal.token_id if principal else ""
        with self._services.in_flight.only(owner, intent.idempotency if intent else None):
            return response(self._operation.handler(call))

    def _parameters(self) -> tuple[dict[str, Any], Query]:
        path, path_faults = path_values(self._request.path_params, trail=self._operation.trail)
        query, query_faults = query_values(self._operation.query, self._request.query_params)
        if query is None or path_faults or query_faults:
            raise malformed([*path_faults, *query_faults])
        return path, query

    def _content(self) -> tuple[str, Any]:
        accepted = self._operation.body
        if not accepted:
            if self._raw:
                raise malformed([Fault("", "unexpected", "this operation takes no body")])
            return "", None
        if not self._raw and self._operation.bodiless:
            return "", None
        if not self._raw:
            raise malformed([Fault("", "missing", "a JSON body is needed")])
        media_type = bodies.media_type(self._request.headers.get("content-type"), tuple(accepted))
        content = bodies.decode(self._raw)
        checked(accepted[media_type], content)
        return media_type, content

    def _intent(self, principal: Principal, query: Any) -> Intent:
        headers = self._request.headers
        expected = expectation(headers) if self._operation.conditional else Expectation()
        return Intent(
            actor=self._actor(principal),
            now=self._services.clock(),
            mint=self._services.mint,
            reason=reason(headers),
            expected=ABSENT if expected.absent else expected.version,
            dry_run=query.dry_run,
            rerandomise=getattr(query, "rerandomise", False),
            idempotency=idempotency(self._request, self._raw) if self._operation.keyed else None,
            routers=self._services.routers,
            rollbacks_per_hour=self._services.rollbacks_per_hour,
        )

    def _actor(self, principal: Principal) -> Actor:
        client = self._request.client
        return Actor(
            kind="token",
            name=principal.name,
            token_id=principal.token_id,
            address=client.host if client else None,
            request_id=request_id(self._request.scope),
            via="console" if principal.session else None,
        )


def checked(adapter: TypeAdapter[Any], content: Any, at: str = "") -> None:
    """Refuse (400) a body, or the part of it `at` a pointer, that does not have its shape; all faults at once."""
    try:
        adapter.validate_python(content)
    except ValidationError as error:
        faults = faults_of(error)
        raise malformed([fault._replace(pointer=at + fault.pointer) for fault in faults]) from None
