"""HAProxy with each of its configurations, for the benchmark of edges: bare, asked, told the table, told weights."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from benchmarks.edge import TOLD, Ports, Running
from flagsvc.ports import Router
from flagsvc.routers import haproxy_map, haproxy_weights
from tests.support import haproxy
from tests.support.edge import Places
from tests.support.haproxy import HaproxyServer
from tests.support.servers import on_free_port

BARE = """\
defaults
  mode http
  timeout connect 1s
  timeout client 30s
  timeout server 30s

frontend edge
  bind 127.0.0.1:{port}
  http-request del-header ^x[-_.]?(cohort|flagsvc) -m reg
  http-request set-header X-Forwarded-For %[src]
  default_backend stable

backend stable
  server stable1 127.0.0.1:{stable}
"""


def bare(places: Places) -> HaproxyServer:
    """Make HAProxy that passes everything on to stable."""
    socket = "global\n  stats socket unix@haproxy.sock mode 660 level admin\n\n"
    return HaproxyServer(socket + BARE.format(port=places.port, stable=places.backends["stable"]), places.port)


def by_table(server: HaproxyServer) -> Router:
    """Make the router of `haproxy.told`."""
    backends = {"stable": "stable", "canary": "canary"}
    return haproxy_map.HaproxyMap(
        haproxy_map.Options(
            nodes=(server.socket,), maps="maps/checkout", folder=server.folder / "maps", backends=backends
        )
    )


def by_weights(server: HaproxyServer) -> Router:
    """Make the router of `haproxy.weights`."""
    servers = {"stable": ("stable1",), "canary": ("canary1",)}
    return haproxy_weights.HaproxyWeights(
        haproxy_weights.Options(nodes=(server.socket,), backend="shop", servers=servers)
    )


CONFIGURATIONS: dict[str, tuple[Callable[[Places], HaproxyServer], Callable[[HaproxyServer], Router] | None]] = {
    "bare": (bare, None),
    "asked": (haproxy.asked, None),
    "told-allocation": (haproxy.told, by_table),
    "told-weights": (haproxy.weights, by_weights),
}


@contextmanager
def running(name: str, ports: Ports) -> Iterator[Running]:
    """Run HAProxy with a configuration before the back ends, 5 % for the canary."""
    make, router = CONFIGURATIONS[name]
    servers: list[HaproxyServer] = []

    def start(port: int) -> None:
        backends = {"stable": ports.stable, "canary": ports.canary}
        server = make(Places(port=port, services=[ports.service], backends=backends, limit="50ms"))
        servers.append(server)
        server.start()

    try:
        port = on_free_port(start)
        if router:
            router(servers[-1]).apply(TOLD)
        yield Running(port, servers[-1])
    finally:
        for server in servers:
            server.close()
