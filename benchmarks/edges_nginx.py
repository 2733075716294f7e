"""nginx with each of its configurations, for the benchmark of edges: bare, asked, told the table, told weights."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from benchmarks.edge import CANARY, TOLD, Ports, Running
from flagsvc.domain.routing.target import Target
from flagsvc.ports import Router
from flagsvc.routers.nginx_split_clients import HASH
from flagsvc.routers.nginx_split_plan import STEPS
from tests.support.edge import EXAMPLE
from tests.support.process import free_port
from tests.support.servers import NginxServer
from tests.support.timing import eventually
from tests.support.told_nginx import ToldNginx

TOLD_BY_NGINX_S_HASH = replace(
    TOLD, hash=HASH, space=STEPS, allocation=(("canary", 0, CANARY // 10), ("stable", CANARY // 10, STEPS))
)
ASKS = """\
      auth_request /_cohort;
"""
LOGS = "  access_log access.log cohort;\n"
QUIET = "  access_log off;\n"
CACHE = "  proxy_cache_path cache levels=1 keys_zone=cohorts:4m max_size=64m inactive=60s;\n"
CACHED = """\
      proxy_ignore_headers Cache-Control;
      proxy_cache cohorts;
      proxy_cache_key $http_x_user_id/$http_x_force_cohort;
      proxy_cache_valid 200 5s;
      proxy_cache_bypass $nobody;
      proxy_no_cache $nobody;
"""
MIRRORS = "      mirror /_mirror;\n"
"""Left out: the split has no mirror."""
MAPS = """\
  map $http_x_user_id $nobody { "" 1; default 0; }
  map $upstream_cache_status $answered_or_kept { HIT 200; default $upstream_status; }
"""
"""Nobody's answers are not kept; and an answer from the cache has no status of an upstream: only a 200 is kept."""
SET, SET_KEPT = "$answered $upstream_status;", "$answered $answered_or_kept;"
DECIDES = "      proxy_pass http://flagsvc/traffic/v1/production/checkout/decide;\n"


def bare(port: int, ports: Ports) -> NginxServer:
    """Make the example that asks without its asking: everything goes to stable."""
    return _asking(port, ports, {ASKS: "", LOGS: QUIET})


def asked(port: int, ports: Ports) -> NginxServer:
    """Make the example that asks."""
    return _asking(port, ports, {LOGS: QUIET})


def cached(port: int, ports: Ports) -> NginxServer:
    """Make it with answers that are kept for five seconds by unit and wish; nobody's are never kept."""
    return _asking(port, ports, {LOGS: QUIET + CACHE + MAPS, DECIDES: DECIDES + CACHED, SET: SET_KEPT})


def _asking(port: int, ports: Ports, changes: dict[str, str]) -> NginxServer:
    places = {
        "127.0.0.1:8080": f"127.0.0.1:{ports.service}",
        "127.0.0.1:9001": f"127.0.0.1:{ports.stable}",
        "127.0.0.1:9002": f"127.0.0.1:{ports.canary}",
        "127.0.0.1:8081": f"127.0.0.1:{port}",
    }
    return NginxServer(EXAMPLE, changes | places)


ASKING: dict[str, Callable[[int, Ports], NginxServer]] = {"bare": bare, "asked": asked, "asked-cached": cached}
TELLING: dict[str, tuple[str, Target]] = {
    "told-allocation": ("nginx-njs", TOLD),
    "told-weights": ("nginx-split-clients", TOLD_BY_NGINX_S_HASH),
}
CONFIGURATIONS = (*ASKING, *TELLING)


@contextmanager
def running(name: str, ports: Ports) -> Iterator[Running]:
    """Run nginx with a configuration before the back ends, 5 % for the canary."""
    if name in TELLING:
        with _told(*TELLING[name], ports) as edge:
            yield edge
        return
    port = free_port()
    server = ASKING[name](port, ports)
    try:
        server.start()
        yield Running(port, server)
    finally:
        server.close()


@contextmanager
def _told(kind: str, target: Target, ports: Ports) -> Iterator[Running]:
    nginx = ToldNginx(kind, {"stable": ports.stable, "canary": ports.canary}, {LOGS: QUIET, MIRRORS: ""})
    try:
        nginx.server.start()
        router = nginx.router()
        router.apply(target)
        eventually(lambda: _holds(router, target), "the table at nginx")
        yield Running(nginx.port, nginx.server)
    finally:
        nginx.server.close()


def _holds(router: Router, target: Target) -> bool:
    observed = router.observe()
    return observed is not None and observed.table == target.table
