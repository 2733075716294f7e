"""Caddy with each of its configurations, for the benchmark of edges: bare, asked, told weights."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from benchmarks.edge import CANARY, Ports, Running
from flagsdk.core.allocation import WHOLE
from tests.edges.test_caddy_asked import caddy
from tests.support.edge import Places
from tests.support.edge_servers import CaddyServer
from tests.support.process import free_port

BARE = """{{
	admin 127.0.0.1:{admin}
	auto_https off
	storage file_system data
}}
http://:{port} {{
	bind 127.0.0.1
	reverse_proxy {upstreams}
}}
"""
LISTED = 100


def bare(port: int, ports: Ports) -> CaddyServer:
    """Make Caddy that passes everything on to stable."""
    return _over(port, [ports.stable])


def asked(port: int, ports: Ports) -> CaddyServer:
    """Make the example, which asks."""
    backends = {"stable": ports.stable, "canary": ports.canary}
    return caddy(Places(port=port, services=[ports.service], backends=backends, limit="50ms"))


def told_weights(port: int, ports: Ports) -> CaddyServer:
    """Make Caddy that draws among a hundred upstreams, as the router lists them."""
    canaries = LISTED * CANARY // WHOLE
    return _over(port, [ports.stable] * (LISTED - canaries) + [ports.canary] * canaries)


def _over(port: int, upstreams: list[int]) -> CaddyServer:
    listed = " ".join(f"127.0.0.1:{upstream}" for upstream in upstreams)
    return CaddyServer(BARE.format(port=port, admin=(admin := free_port()), upstreams=listed), admin)


CONFIGURATIONS: dict[str, Callable[[int, Ports], CaddyServer]] = {
    "bare": bare,
    "asked": asked,
    "told-weights": told_weights,
}


@contextmanager
def running(name: str, ports: Ports) -> Iterator[Running]:
    """Run Caddy with a configuration before the back ends, 5 % for the canary."""
    port = free_port()
    server = CONFIGURATIONS[name](port, ports)
    try:
        server.start()
        yield Running(port, server)
    finally:
        server.close()
