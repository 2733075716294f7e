"""Traefik before two given back ends: bare, asking for each request's cohort, and told weights."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flagsvc.routers.traefik_plan import Naming, services_of
from tests.edges.test_traefik_asked import traefik
from tests.support.edge import Places
from tests.support.edge_servers import TraefikServer
from tests.support.process import free_port

STATIC = """global: {{checkNewVersion: false, sendAnonymousUsage: false}}
entryPoints: {{web: {{address: "127.0.0.1:{port}"}}}}
providers: {{file: {{filename: dynamic.yaml}}}}
"""


@contextmanager
def bare(stable: int, canary: int) -> Iterator[int]:
    """Send everything to stable; gives the port."""
    with _over("stable", stable, canary, {}) as port:
        yield port


@contextmanager
def asked(stable: int, canary: int, service: int) -> Iterator[int]:
    """Ask the service on that port for each request, with the example's own files; gives the port."""
    port = free_port()
    backends = {"stable": stable, "canary": canary}
    server = traefik(Places(port=port, services=[service], backends=backends, limit="50ms"))
    try:
        server.start()
        yield port
    finally:
        server.close()


@contextmanager
def told_weights(stable: int, canary: int, weight: int = 5) -> Iterator[int]:
    """Share by a weighted service, `weight` of 100 for the canary, as the router tells it; gives the port."""
    naming = Naming(service="checkout", backends={"stable": "stable", "canary": "canary"})
    told = {"stable": (100 - weight) * 1000, "canary": weight * 1000}
    with _over("checkout", stable, canary, services_of(naming, told, None)) as port:
        yield port


@contextmanager
def _over(service: str, stable: int, canary: int, more: dict[str, Any]) -> Iterator[int]:
    port = free_port()
    services = {name: _balanced(to) for name, to in (("stable", stable), ("canary", canary))} | more
    routers = {"all": {"rule": "PathPrefix(`/`)", "service": service}}
    dynamic = json.dumps({"http": {"routers": routers, "services": services}})  # which is YAML, too
    server = TraefikServer({"traefik.yaml": STATIC.format(port=port), "dynamic.yaml": dynamic}, port)
    try:
        server.start()
        yield port
    finally:
        server.close()


def _balanced(port: int) -> dict[str, Any]:
    return {"loadBalancer": {"servers": [{"url": f"http://127.0.0.1:{port}"}]}}
