"""Caddy before two given back ends: bare, asking for each request's cohort, and told weights."""

from collections.abc import Iterator
from contextlib import contextmanager

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


@contextmanager
def bare(stable: int, canary: int) -> Iterator[int]:
    """Send everything to stable; gives the port."""
    with _over([stable]) as port:
        yield port


@contextmanager
def asked(stable: int, canary: int, service: int) -> Iterator[int]:
    """Ask the service on that port for each request, with the example's own file; gives the port."""
    port = free_port()
    backends = {"stable": stable, "canary": canary}
    server = caddy(Places(port=port, services=[service], backends=backends, limit="50ms"))
    try:
        server.start()
        yield port
    finally:
        server.close()


@contextmanager
def told_weights(stable: int, canary: int, weight: int = 5) -> Iterator[int]:
    """Draw among 100 upstreams, `weight` of them the canary's, as the router lists them; gives the port."""
    with _over([stable] * (100 - weight) + [canary] * weight) as port:
        yield port


@contextmanager
def _over(upstreams: list[int]) -> Iterator[int]:
    port, admin = free_port(), free_port()
    listed = " ".join(f"127.0.0.1:{upstream}" for upstream in upstreams)
    server = CaddyServer(BARE.format(port=port, admin=admin, upstreams=listed), admin)
    try:
        server.start()
        yield port
    finally:
        server.close()
