"""Envoy with each of its configurations, for the benchmark of edges: bare, asked, told the table, told weights."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from flagsdk.core.allocation import WHOLE
from flagsvc.domain.routing.target import Target
from flagsvc.routers.envoy import Envoy, Options
from tests.support.control import Control
from tests.support.edge import TIME_LIMIT, Places
from tests.support.envoy import EnvoyServer, asking
from tests.support.process import free_port
from tests.support.timing import eventually

CANARY = 5_000
TOLD = Target(
    split="production/checkout",
    revision="epoch.1",
    stable="stable",
    weights={"stable": WHOLE - CANARY, "canary": CANARY},
    salt="k3v9q2xw",
    allocation=(("canary", 0, CANARY), ("stable", CANARY, WHOLE)),
)
NAME = "edge-1"
BACKENDS = {"stable": "stable", "canary": "canary"}


class Ports(NamedTuple):
    """Ports on 127.0.0.1: two back ends, and flagsvc (only asked by "asked")."""

    stable: int
    canary: int
    service: int


class BareEnvoy(EnvoyServer):
    """The example that asks without its filter: everything goes to stable."""

    def configuration(self) -> dict[str, Any]:
        """Take the filter out."""
        found = super().configuration()
        (chain,) = found["static_resources"]["listeners"][0]["filter_chains"]
        manager = chain["filters"][0]["typed_config"]
        manager["http_filters"] = [each for each in manager["http_filters"] if each["name"] != "flagsvc"]
        return found


def bare(stack: ExitStack, ports: Ports) -> int:
    """Start Envoy that passes everything on to stable."""
    clusters = {"flagsvc": ports.service, "stable": ports.stable, "canary": ports.canary}
    return started(stack, BareEnvoy("asked.yaml", clusters, port=free_port()))


def asked(stack: ExitStack, ports: Ports) -> int:
    """Start Envoy that asks the service each time."""
    backends = {"stable": ports.stable, "canary": ports.canary}
    places = Places(port=free_port(), services=[ports.service], backends=backends, limit=TIME_LIMIT)
    return started(stack, asking(places))


def told_allocation(stack: ExitStack, ports: Ports) -> int:
    """Start Envoy that was told the table."""
    return told(stack, ports, "told.yaml", Options(backends=BACKENDS))


def told_weights(stack: ExitStack, ports: Ports) -> int:
    """Start Envoy that was told weights."""
    return told(stack, ports, "weights.yaml", Options(backends=BACKENDS, form="weights"))


def told(stack: ExitStack, ports: Ports, example: str, options: Options) -> int:
    """Start Envoy, and an endpoint that it fetches its routes from; the service given is not asked."""
    control = stack.enter_context(Control(Path(stack.enter_context(TemporaryDirectory())), [NAME], hold_seconds=10.0))
    Envoy(NAME, options, control.shelf).apply(TOLD)
    clusters = {"flagsvc": control.port, "stable": ports.stable, "canary": ports.canary}
    return started(stack, EnvoyServer(example, clusters, port=free_port()))


def started(stack: ExitStack, server: EnvoyServer) -> int:
    """Start it, and wait until clients are served; gives its port."""
    stack.callback(server.close)
    server.start()
    eventually(lambda: server.listens, "the port, open")
    return server.port


CONFIGURATIONS: dict[str, Callable[[ExitStack, Ports], int]] = {
    "bare": bare,
    "asked": asked,
    "told-allocation": told_allocation,
    "told-weights": told_weights,
}


@contextmanager
def running(name: str, ports: Ports) -> Iterator[int]:
    """Run Envoy with a configuration before the back ends, 5 % for the canary; gives the port for clients."""
    with ExitStack() as stack:
        yield CONFIGURATIONS[name](stack, ports)
