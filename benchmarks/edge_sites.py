"""For each router that drives a real program: that program as its guide has it, and the router's entry.

A site is made before the service starts, whose routers file has to name its places, and started after it.
"""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any, NamedTuple, TypeVar

from benchmarks.edge import Ports
from tests.routers.caddy_world import PAGE as CADDY_PAGE
from tests.routers.traefik_world import TOKEN, guide
from tests.support import haproxy
from tests.support.edge import Places
from tests.support.edge_servers import CaddyServer, TraefikServer
from tests.support.envoy import EnvoyServer
from tests.support.haproxy import HaproxyServer
from tests.support.process import Child, free_port, program
from tests.support.servers import RedisServer
from tests.support.snippets import snippets
from tests.support.told_nginx import ToldNginx

Server = TypeVar("Server", bound=Child)
BACKENDS = {"stable": "stable", "canary": "canary"}
SPLIT = "checkout"
BY_NGINX_S_HASH = "shop"


class Site(NamedTuple):
    """What the routers file says of it but the kind, where clients come in, the split, and how it is started."""

    options: Mapping[str, Any]
    port: int
    split: str
    start: Callable[[], None]


def haproxy_weights(stack: ExitStack, ports: Ports) -> Site:
    """HAProxy whose servers have weights."""
    server = _haproxy(stack, ports, haproxy.weights)
    servers = {"stable": ["stable1"], "canary": ["canary1"]}
    return Site({"nodes": [server.socket], "backend": "shop", "servers": servers}, server.port, SPLIT, server.start)


def haproxy_map(stack: ExitStack, ports: Ports) -> Site:
    """HAProxy that decides by its maps, which are kept in files, too."""
    server = _haproxy(stack, ports, haproxy.told)
    options = {"nodes": [server.socket], "maps": "maps/checkout", "folder": str(server.folder / "maps")}
    return Site({**options, "backends": BACKENDS}, server.port, SPLIT, server.start)


def _haproxy(stack: ExitStack, ports: Ports, make: Callable[[Places], HaproxyServer]) -> HaproxyServer:
    backends = {"stable": ports.stable, "canary": ports.canary}
    return _kept(stack, make(Places(port=free_port(), services=[], backends=backends, limit="50ms")))


def nginx_njs(stack: ExitStack, ports: Ports) -> Site:
    """Make nginx with the edge module."""
    return _nginx(stack, ports, "nginx-njs", SPLIT, {})


def nginx_split_clients(stack: ExitStack, ports: Ports) -> Site:
    """Make nginx that decides by its own hash."""
    return _nginx(stack, ports, "nginx-split-clients", BY_NGINX_S_HASH, {"variables": "checkout"})


def _nginx(stack: ExitStack, ports: Ports, kind: str, split: str, more: Mapping[str, Any]) -> Site:
    nginx = ToldNginx(kind, {"stable": ports.stable, "canary": ports.canary})
    server = _kept(stack, nginx.server)
    options = {
        "file": str(nginx.file),
        "nodes": [nginx.status],
        "backends": list(BACKENDS),
        "mirror": True,
        "pid_file": str(server.folder / "nginx.pid"),
        "check": [program("nginx"), "-t", "-q", "-e", "stderr", "-p", str(server.folder), "-c", "nginx.conf"],
    }
    return Site({**options, **more}, nginx.port, split, server.start)


def envoy(stack: ExitStack, ports: Ports) -> Site:
    """Envoy that fetches its table, and computes cohorts."""
    clusters = {"flagsvc": ports.service, "stable": ports.stable, "canary": ports.canary}
    server = _kept(stack, EnvoyServer("told.yaml", clusters, port=free_port()))
    return Site({"backends": BACKENDS, "nodes": ["envoy-1"]}, server.port, SPLIT, server.start)


def caddy(stack: ExitStack, ports: Ports) -> Site:
    """Caddy whose upstreams are listed as often as they shall be drawn."""
    port, admin = free_port(), free_port()
    (text,) = snippets(CADDY_PAGE, "caddyfile")
    places = {"127.0.0.1:2019": f"127.0.0.1:{admin}", "http://:8081": f"http://:{port}"}
    server = _kept(stack, CaddyServer(_placed(text, places | _backends(ports, 1)), admin))
    backends = {"stable": [f"127.0.0.1:{ports.stable}"], "canary": [f"127.0.0.1:{ports.canary}"]}
    options = {"nodes": [f"http://127.0.0.1:{admin}"], "path": "apps/http/servers/srv0/routes/0/handle/0"}
    return Site({**options, "backends": backends}, port, SPLIT, server.start)


def traefik_http(stack: ExitStack, ports: Ports) -> Site:
    """Traefik that fetches from the service, each second as in the guide."""
    token = _kept(stack, Child("token")).folder / "traefik.token"
    token.write_text(TOKEN)
    return _traefik(stack, ports, "http", {"token_file": str(token)})


def traefik_redis(stack: ExitStack, ports: Ports) -> Site:
    """Traefik that watches a Redis."""
    redis = _kept(stack, RedisServer())
    redis.start()
    return _traefik(stack, ports, "redis", {"redis": redis.url, "root_key": "traefik"}, redis.port)


def _traefik(stack: ExitStack, ports: Ports, provider: str, more: Mapping[str, Any], redis: int = 1) -> Site:
    port, api = free_port(), free_port()
    static = {
        "127.0.0.1:8081": f"127.0.0.1:{port}",
        "127.0.0.1:8090": f"127.0.0.1:{api}",
        "127.0.0.1:6379": f"127.0.0.1:{redis}",
        "127.0.0.1:8080": f"127.0.0.1:{ports.service}",
        "CHANGE-ME": TOKEN,
    }
    other = "redis" if provider == "http" else "http"
    text = "".join(
        line for line in guide("traefik.yaml").splitlines(keepends=True) if not line.startswith(f"  {other}:")
    )
    dynamic = _placed(guide("dynamic.yaml"), {"checkout@redis": f"checkout@{provider}", **_backends(ports, 2)})
    for old, new in static.items():
        text = text.replace(old, new)
    server = _kept(stack, TraefikServer({"traefik.yaml": text, "dynamic.yaml": dynamic}, port))
    backends = {"stable": "stable@file", "canary": "canary@file"}
    options = {"service": "checkout", "backends": backends, "api": [f"http://127.0.0.1:{api}"]}
    return Site({**options, **more}, port, SPLIT, server.start)


def _backends(ports: Ports, count: int) -> dict[str, str]:
    both = {"127.0.0.1:9001": f"127.0.0.1:{ports.stable}", "127.0.0.1:9002": f"127.0.0.1:{ports.canary}"}
    return dict(list(both.items())[:count])


def _placed(text: str, places: Mapping[str, str]) -> str:
    for old, new in places.items():
        if old not in text:
            raise SystemExit(f"the guide has no {old!r} to replace")
        text = text.replace(old, new)
    return text


def _kept(stack: ExitStack, server: Server) -> Server:
    stack.callback(server.close)
    return server


SITES: dict[str, Callable[[ExitStack, Ports], Site]] = {
    "haproxy-weights": haproxy_weights,
    "haproxy-map": haproxy_map,
    "nginx-split-clients": nginx_split_clients,
    "nginx-njs": nginx_njs,
    "envoy": envoy,
    "caddy": caddy,
    "traefik-http": traefik_http,
    "traefik-redis": traefik_redis,
}
"""By kind of router."""
