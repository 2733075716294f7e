"""The toy shop: one page in its version's colour, metrics by cohort and version, faults on demand.

Errors are counted twice: all of them, and only the first of each visitor in a minute. One visitor's errors repeat, so
only firsts are as many separate facts as they look like.

`python -m examples.demo.toy_app VERSION --fd N`: the listening socket is inherited, so that the next version takes
the same address over without refusing anybody. FLAGSDK_URL and FLAGSDK_TOKEN say where its flags come from.
"""

import argparse
import asyncio
import random
import socket
import time
from collections.abc import Sequence

import uvicorn
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from flagsdk import FlagClient
from flagsdk.integrations.starlette import FlagsMiddleware, flags_of, lifespan

COLOURS = {"v1": "#2f6fde", "v2": "#2e9e5b", "v3": "#c2571a"}
COHORTS = ("stable", "canary")
ORDINARY_FAULTS = 0.008
"""Some requests fail in every version, as everywhere: the release is to be compared with that, not with nothing."""
SERVER_ERROR = 500
MOST_USERS = 100_000
QUIET_SECONDS = 60.0
"""An error of a visitor who met one before in so short a time is no news."""
MEDIAN_SECONDS, SPREAD = 0.012, 0.4
BUCKETS = (0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.25, 0.5, 1.0)
PAGE = """<!doctype html><title>Toy shop {version}</title>
<body style="background:{colour};color:white;font:2em sans-serif"><h1>Toy shop {version}</h1><p>{features}</p>
"""


class Shop:
    """One running version: what it answers, what it counts, and how much of it fails."""

    def __init__(self, version: str, features: Sequence[str]) -> None:
        self._version = version
        self._features = features
        self._faults, self._slower = ORDINARY_FAULTS, 1.0
        self._met_one: dict[str, float] = {}
        self.registry = CollectorRegistry()
        labels = ["cohort", "version", "status"]
        self._requests = Counter("shop_requests", "Pages asked for.", labels, registry=self.registry)
        self._firsts = Counter(
            "shop_first_errors",
            "Pages of visitors who met no error of late.",
            labels,
            registry=self.registry,
        )
        self._seconds = Histogram(
            "shop_request_seconds", "Time taken.", ["cohort", "version"], buckets=BUCKETS, registry=self.registry
        )
        for cohort in COHORTS:  # a series that is there from the start, at 0, has no first error to miss
            self._seconds.labels(cohort, version)
            for status in ("200", "500"):
                self._requests.labels(cohort, version, status)
                self._firsts.labels(cohort, version, status)

    async def page(self, request: Request) -> Response:
        """Answer a visitor: the page, or 500 for the share of requests that is to fail."""
        began = time.perf_counter()
        flags = flags_of(request)
        on = [feature for feature in self._features if flags.is_enabled(feature)]
        seconds = MEDIAN_SECONDS * random.lognormvariate(0, SPREAD)  # the time of a page, no secret
        await asyncio.sleep(self._slower * seconds)
        status = 500 if random.random() < self._faults else 200  # noqa: S311  # likewise
        self._count(request, status, time.perf_counter() - began)
        return self._answer(status, on)

    async def faults(self, request: Request) -> Response:
        """Set the share of requests that fail, and how many times slower all are; not for visitors by the edge."""
        if "x-cohort" in request.headers:
            return Response(status_code=404)
        asked = await request.json()
        self._faults, self._slower = float(asked["share"]), float(asked.get("slower", 1.0))
        self._met_one.clear()  # whoever met an error of the old kind has met none of this one
        return JSONResponse({"share": self._faults})

    async def metrics(self, _: Request) -> Response:
        """Say what was counted, for Prometheus."""
        return Response(generate_latest(self.registry), media_type="text/plain; version=0.0.4")

    def _count(self, request: Request, status: int, seconds: float) -> None:
        cohort, user = request.headers.get("x-cohort", ""), request.headers.get("x-user-id", "")
        if cohort not in COHORTS:  # only what came by the edge is a visitor's
            return
        self._requests.labels(cohort, self._version, str(status)).inc()
        self._seconds.labels(cohort, self._version).observe(seconds)
        now = time.monotonic()
        if now - self._met_one.get(user, float("-inf")) < QUIET_SECONDS:
            return
        self._firsts.labels(cohort, self._version, str(status)).inc()
        if status >= SERVER_ERROR and len(self._met_one) < MOST_USERS:
            self._met_one[user] = now

    def _answer(self, status: int, on: Sequence[str]) -> Response:
        headers = {"X-Version": self._version, "X-Features": ",".join(on)}
        words = ", ".join(on) or "nothing new here"
        page = PAGE.format(version=self._version, colour=COLOURS.get(self._version, "#555"), features=words)
        return HTMLResponse(page if status < SERVER_ERROR else "Sorry.", status, headers)


def build(shop: Shop, client: FlagClient) -> Starlette:
    """Put the shop together; the unit of its flags is the one by which the edge decides, too."""
    routes = [
        Route("/", shop.page),
        Route("/metrics", shop.metrics),
        Route("/faults", shop.faults, methods=["POST"]),
    ]
    app = Starlette(routes=routes, lifespan=lifespan(client))
    app.add_middleware(FlagsMiddleware, client=client, context_of=lambda asked: asked.headers.get("x-user-id"))
    return app


def main() -> None:
    """Serve one version until a signal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("version")
    parser.add_argument("--fd", type=int, required=True, help="the listening socket")
    parser.add_argument("--feature", action="append", default=[], help="a flag that the page asks for")
    options = parser.parse_args()
    app = build(Shop(options.version, options.feature), FlagClient.from_env())
    config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=2)
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=options.fd)])


if __name__ == "__main__":
    main()
