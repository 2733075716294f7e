"""GET /traefik/v1/{router}: what Traefik's HTTP provider fetches, as it lies ready. Over memory."""

import hmac
from collections.abc import Callable, Mapping

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from flagsvc.domain.routing.errors import RouterError
from flagsvc.domain.routing.records import ShelfItem
from flagsvc.http.authentication import bearer, unauthenticated
from flagsvc.http.boundary import guarded
from flagsvc.http.conditional import unchanged
from flagsvc.http.problem import Problem

CONFIGURATION = "/traefik/v1/{router}"
Secret = Callable[[], str]


class TraefikDesk:
    """The route. `item` gives what lies ready for a router; `secrets` has every router that Traefik may ask for.

    A router's secret, read anew at each request, is the bearer token that Traefik has to show; None: it shows none.
    Until something lies ready the answer is 404, so that Traefik keeps what it has rather than an empty configuration.
    """

    def __init__(self, item: Callable[[str], ShelfItem | None], secrets: Mapping[str, Secret | None]) -> None:
        self._item = item
        self._secrets = secrets
        self.route = Route(CONFIGURATION, guarded(self._answer), methods=["GET"], name="traefikConfiguration")

    async def _answer(self, request: Request) -> Response:
        return await run_in_threadpool(self._give, request)

    def _give(self, request: Request) -> Response:
        router = request.path_params["router"]
        if router not in self._secrets:
            raise Problem("not-found", f"there is no router {router!r} that Traefik fetches")
        _admit(self._secrets[router], bearer(request.headers.get("authorization")))
        item = self._item(router)
        if item is None:
            raise Problem("not-found", f"nothing lies ready for {router!r} yet: bind a split to it")
        headers = {"ETag": f'"{item.version}"', "Cache-Control": "no-cache"}
        if unchanged(request.headers, headers["ETag"]):
            return Response(status_code=304, headers=headers)
        return Response(item.content, headers=headers, media_type="application/json")


def _admit(secret: Secret | None, shown: str | None) -> None:
    if secret is None:
        return
    try:
        expected = secret()
    except RouterError as error:
        raise Problem("unavailable", "the token of this router cannot be read") from error
    if not hmac.compare_digest(expected.encode(), (shown or "").encode()):
        raise unauthenticated()
