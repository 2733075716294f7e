"""Traefik with each of its configurations, for the benchmark of edges: bare, asked, told weights."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.edge import TOLD, Ports, Running
from flagsvc.routers.traefik_plan import Naming, services_of
from tests.edges.test_traefik_asked import traefik
from tests.support.edge import Places
from tests.support.edge_servers import TraefikServer
from tests.support.process import free_port

STATIC = """global: {{checkNewVersion: false, sendAnonymousUsage: false}}
entryPoints: {{web: {{address: "127.0.0.1:{port}"}}}}
providers: {{file: {{filename: dynamic.yaml}}}}
"""


def bare(port: int, ports: Ports) -> TraefikServer:
    """Make Traefik that passes everything on to stable."""
    return _over(port, "stable", ports, {})


def asked(port: int, ports: Ports) -> TraefikServer:
    """Make the example, which asks."""
    backends = {"stable": ports.stable, "canary": ports.canary}
    return traefik(Places(port=port, services=[ports.service], backends=backends, limit="50ms"))


def told_weights(port: int, ports: Ports) -> TraefikServer:
    """Make Traefik that draws by a weighted service, as the router tells it."""
    naming = Naming(service="checkout", backends={"stable": "stable", "canary": "canary"})
    return _over(port, "checkout", ports, services_of(naming, TOLD.weights, None))


def _over(port: int, service: str, ports: Ports, more: dict[str, Any]) -> TraefikServer:
    services = {name: _balanced(to) for name, to in (("stable", ports.stable), ("canary", ports.canary))} | more
    routers = {"all": {"rule": "PathPrefix(`/`)", "service": service}}
    dynamic = json.dumps({"http": {"routers": routers, "services": services}})  # which is YAML, too
    return TraefikServer({"traefik.yaml": STATIC.format(port=port), "dynamic.yaml": dynamic}, port)


def _balanced(port: int) -> dict[str, Any]:
    return {"loadBalancer": {"servers": [{"url": f"http://127.0.0.1:{port}"}]}}


CONFIGURATIONS: dict[str, Callable[[int, Ports], TraefikServer]] = {
    "bare": bare,
    "asked": asked,
    "told-weights": told_weights,
}


@contextmanager
def running(name: str, ports: Ports) -> Iterator[Running]:
    """Run Traefik with a configuration before the back ends, 5 % for the canary."""
    port = free_port()
    server = CONFIGURATIONS[name](port, ports)
    try:
        server.start()
        yield Running(port, server)
    finally:
        server.close()
