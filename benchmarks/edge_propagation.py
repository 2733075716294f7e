"""From the answer to a change of weights to the first request on the new side, and to the binding that says so.

All of it is real: the service with a binding and its loop, the proxy of each guide with the guide's own times, two back
ends. Weights go from all to nothing and back; every millisecond a request on a new connection asks who answers.
"""

import http.client
import json
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from statistics import median
from typing import Any, NamedTuple

import httpx2

from benchmarks.edge import Ports
from benchmarks.edge_backends import Backends, backends
from benchmarks.edge_sites import BY_NGINX_S_HASH, SITES, Site
from benchmarks.host import Processor
from flagsdk.core.allocation import WHOLE
from tests.support.process import free_port
from tests.support.service import Service
from tests.support.timing import eventually

CHANGES, WARM_UP = 20, 2
POLL_SECONDS, LOOK_SECONDS, QUIET_SECONDS, PATIENCE_SECONDS = 0.001, 0.005, 0.25, 30.0
ENVIRONMENT = "/api/v1/environments/production"
SHOP: dict[str, Any] = {
    "key": BY_NGINX_S_HASH,
    "backends": ["stable", "canary"],
    "stable": "stable",
    "default": {"split": {"hash": "nginx-murmur2", "weights": {"stable": WHOLE, "canary": 0}}},
}


class Took(NamedTuple):
    """Milliseconds from the answer to a change; what was there before the answer counts as 0."""

    first: float
    applied: float


class Driven(NamedTuple):
    """A site that a binding drives, and who may ask the service."""

    site: Site
    admin: httpx2.Client


def main() -> int:
    """Print a line for each kind of router."""
    before = Processor.now()
    print(f"{'':<21}first request on the new side      binding applied", flush=True)
    with backends() as both:
        for kind in SITES:
            print(line(kind, measured(kind, both)), flush=True)
    taken = f"the host took {before.stolen_since():.0%} of the processor meanwhile"
    looks = f"{POLL_SECONDS * 1000:.0f} ms at the edge, every {LOOK_SECONDS * 1000:.0f} ms at the binding"
    print(f"{CHANGES} changes each, from all to nothing and back, all on this machine; looked every {looks}; {taken}")
    return 0


def measured(kind: str, both: Backends, changes: int = CHANGES, warm_up: int = WARM_UP) -> list[Took]:
    """Change weights again and again."""
    with driven(kind, both) as world, ThreadPoolExecutor(1) as pool:
        took = [moved(world, pool, WHOLE if number % 2 == 0 else 0) for number in range(warm_up + changes)]
    return took[warm_up:]


@contextmanager
def driven(kind: str, both: Backends) -> Iterator[Driven]:
    """Start a proxy and a service that drives it, everything at stable; and end them."""
    with ExitStack() as stack:
        service = Service({"SAMPLE_DATA": "true", "LOG_LEVEL": "warning"})
        stack.callback(service.close)
        service.port = free_port()
        site = SITES[kind](stack, Ports(both.stable, both.canary, service.port))
        routers = service.folder / "routers.yaml"
        entries = {name(kind): {"kind": kind, **site.options}}
        routers.write_text(json.dumps({"routers": entries}))
        service._settings["ROUTERS"] = str(routers)  # noqa: SLF001  # the settings of a service that has not started
        service.start()
        site.start()
        world = Driven(site, stack.enter_context(service.client()))
        bind(world, name(kind))
        yield world


def name(kind: str) -> str:
    """Give the router's name: programs that fetch ask for it."""
    return "edge-http" if kind == "traefik-http" else "edge-1"


def bind(world: Driven, router: str) -> None:
    """Bind the split to its router, and wait until everything is at stable."""
    if world.site.split == BY_NGINX_S_HASH:
        world.admin.post(f"{ENVIRONMENT}/splits", json=SHOP).raise_for_status()
    weigh(world, 0)
    binding = {"key": "edge", "split": world.site.split, "routers": [router]}
    world.admin.post(f"{ENVIRONMENT}/bindings", json=binding).raise_for_status()
    eventually(lambda: applied(world, 0), "the binding, applied")
    eventually(lambda: answers(world.site.port) == b"stable", "stable at the edge")


def moved(world: Driven, pool: Executor, canary: int) -> Took:
    """Move everything to one side, and wait for both; the edge is at rest when this begins."""
    rest(world.site.port, b"canary" if canary == 0 else b"stable")
    answered = weigh(world, canary)
    shown = pool.submit(shown_at, world, canary)
    first = arrived_at(world.site.port, b"canary" if canary else b"stable")
    return Took(max(0.0, first - answered) * 1000, max(0.0, shown.result() - answered) * 1000)


def weigh(world: Driven, canary: int) -> float:
    """Change the weights; gives the moment of the answer."""
    weights = {"weights": {"stable": WHOLE - canary, "canary": canary}}
    world.admin.post(f"{ENVIRONMENT}/splits/{world.site.split}/weights", json=weights).raise_for_status()
    return time.perf_counter()


def arrived_at(port: int, side: bytes) -> float:
    """Ask until that side answers; gives the moment."""
    deadline = time.perf_counter() + PATIENCE_SECONDS
    while answers(port) != side:
        if time.perf_counter() > deadline:
            raise SystemExit(f"no request reached {side.decode()} within {PATIENCE_SECONDS:.0f} s")
        time.sleep(POLL_SECONDS)
    return time.perf_counter()


def shown_at(world: Driven, canary: int) -> float:
    """Look at the binding until it says applied; gives the moment."""
    deadline = time.perf_counter() + PATIENCE_SECONDS
    while not applied(world, canary):
        if time.perf_counter() > deadline:
            raise SystemExit(f"the binding was not applied within {PATIENCE_SECONDS:.0f} s")
        time.sleep(LOOK_SECONDS)
    return time.perf_counter()


def applied(world: Driven, canary: int) -> bool:
    """Whether the binding says that these weights were read back."""
    status = world.admin.get(f"{ENVIRONMENT}/bindings/edge").json()["status"]
    return bool(status and status["phase"] == "applied" and status["desired"]["weights"].get("canary", 0) == canary)


def rest(port: int, side: bytes) -> None:
    """Wait until nobody but that side has answered for a while: a program that reloads goes on with both at first."""
    since = time.perf_counter()
    while time.perf_counter() < since + QUIET_SECONDS:
        since = since if answers(port) == side else time.perf_counter()
        time.sleep(LOOK_SECONDS)


def answers(port: int) -> bytes:
    """Send a request on a new connection; gives who answered it, or nothing where a reload has cut it off."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        with suppress(OSError, http.client.HTTPException):
            connection.request("GET", "/", headers={"X-User-Id": "user-1"})
            return connection.getresponse().read()
        return b""
    finally:
        connection.close()


def line(kind: str, took: list[Took]) -> str:
    """Give medians and the worst."""
    firsts, lasts = [each.first for each in took], [each.applied for each in took]
    return f"{kind:<21}{summary(firsts)}     {summary(lasts)}"


def summary(values: list[float]) -> str:
    """Give the median and the worst, in milliseconds."""
    return f"p50 {median(values):>6.1f} ms  worst {max(values):>6.1f} ms"


if __name__ == "__main__":
    sys.exit(main())
