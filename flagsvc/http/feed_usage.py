"""POST /sdk/v1/usage: what clients report goes into memory, and the answer does not wait for the database."""

from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from flagsdk.wire import Corrupt
from flagsdk.wire.usage import MAX_BYTES, Report, parse_report
from flagsvc.domain.errors import Fault
from flagsvc.http import body as bodies
from flagsvc.http.authentication import Admit, bearer, unauthenticated
from flagsvc.http.boundary import guarded
from flagsvc.http.problem import Problem, malformed

USAGE = "/sdk/v1/usage"
RETRY_SECONDS = 30


class UsageDesk:
    """The route. `admit` tells who holds a token; `accept` takes a report, or says that it cannot."""

    def __init__(self, admit: Admit, accept: Callable[[Report], bool]) -> None:
        self._admit = admit
        self._accept = accept
        self.route = Route(USAGE, guarded(self._take), methods=["POST"], name="sdkUsage")

    async def _take(self, request: Request) -> Response:
        environment = await self._environment(request)
        raw = await bodies.read(request, MAX_BYTES)
        bodies.media_type(request.headers.get("content-type"), (bodies.JSON,))
        report = await run_in_threadpool(_parsed, raw)
        if report.environment != environment:
            raise Problem("forbidden", f"this token belongs to the environment {environment!r}, the report to another")
        if not self._accept(report):
            raise Problem(
                "unavailable", "no further report can be taken now", headers={"Retry-After": str(RETRY_SECONDS)}
            )
        return Response(status_code=202, headers={"Cache-Control": "no-store"})

    async def _environment(self, request: Request) -> str:
        principal = await self._admit(bearer(request.headers.get("authorization")) or "")
        if principal is None:
            raise unauthenticated()
        if principal.kind != "sdk" or principal.environment is None:
            raise Problem("forbidden", "a report needs an SDK token, which belongs to one environment")
        if principal.archived:
            raise Problem("forbidden", f"the environment {principal.environment!r} of this token is archived")
        return principal.environment


def _parsed(raw: bytes) -> Report:
    try:
        return parse_report(raw)
    except Corrupt as fault:
        raise malformed([Fault("", "no-report", str(fault))]) from None
