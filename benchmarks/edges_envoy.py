"""Envoy with each of its configurations, for the benchmark of edges: bare, asked, told the table, told weights."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.edge import TOLD, Ports, Running
from flagsvc.routers.envoy import Envoy, Options
from tests.support.control import Control
from tests.support.edge import TIME_LIMIT, Places
from tests.support.envoy import EnvoyServer, asking
from tests.support.process import free_port
from tests.support.timing import eventually

NAME = "edge-1"
BACKENDS = {"stable": "stable", "canary": "canary"}


class BareEnvoy(EnvoyServer):
    """The example that asks without its filter: everything goes to stable."""

    def configuration(self) -> dict[str, Any]:
        """Take the filter out."""
        found = super().configuration()
        (chain,) = found["static_resources"]["listeners"][0]["filter_chains"]
        manager = chain["filters"][0]["typed_config"]
        manager["http_filters"] = [each for each in manager["http_filters"] if each["name"] != "flagsvc"]
        return found


def bare(stack: ExitStack, ports: Ports) -> Running:
    """Start Envoy that passes everything on to stable."""
    clusters = {"flagsvc": ports.service, "stable": ports.stable, "canary": ports.canary}
    return started(stack, BareEnvoy("asked.yaml", clusters, port=free_port()))


def asked(stack: ExitStack, ports: Ports) -> Running:
    """Start Envoy that asks the service each time."""
    backends = {"stable": ports.stable, "canary": ports.canary}
    places = Places(port=free_port(), services=[ports.service], backends=backends, limit=TIME_LIMIT)
    return started(stack, asking(places))


def told_allocation(stack: ExitStack, ports: Ports) -> Running:
    """Start Envoy that was told the table."""
    return told(stack, ports, "told.yaml", Options(backends=BACKENDS))


def told_weights(stack: ExitStack, ports: Ports) -> Running:
    """Start Envoy that was told weights."""
    return told(stack, ports, "weights.yaml", Options(backends=BACKENDS, form="weights"))


def told(stack: ExitStack, ports: Ports, example: str, options: Options) -> Running:
    """Start Envoy, and an endpoint that it fetches its routes from; the service given is not asked."""
    control = stack.enter_context(Control(Path(stack.enter_context(TemporaryDirectory())), [NAME], hold_seconds=10.0))
    Envoy(NAME, options, control.shelf).apply(TOLD)
    clusters = {"flagsvc": control.port, "stable": ports.stable, "canary": ports.canary}
    return started(stack, EnvoyServer(example, clusters, port=free_port()))


def started(stack: ExitStack, server: EnvoyServer) -> Running:
    """Start it, and wait until clients are served."""
    stack.callback(server.close)
    server.start()
    eventually(lambda: server.listens, "the port, open")
    return Running(server.port, server)


CONFIGURATIONS: dict[str, Callable[[ExitStack, Ports], Running]] = {
    "bare": bare,
    "asked": asked,
    "told-allocation": told_allocation,
    "told-weights": told_weights,
}


@contextmanager
def running(name: str, ports: Ports) -> Iterator[Running]:
    """Run Envoy with a configuration before the back ends, 5 % for the canary."""
    with ExitStack() as stack:
        yield CONFIGURATIONS[name](stack, ports)
