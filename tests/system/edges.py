"""Real load balancers of all kinds before two echoing back ends, one service that tells them, one binding over all."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.edges.asked import backend
from tests.routers.caddy_world import PAGE as CADDY
from tests.routers.traefik_world import guide
from tests.support import haproxy
from tests.support.edge import Backend, Places
from tests.support.edge_servers import CaddyServer, TraefikServer
from tests.support.envoy import EnvoyServer
from tests.support.pipeline import ask_all, request
from tests.support.process import Child, free_port
from tests.support.service import Service
from tests.support.snippets import snippets
from tests.support.timing import eventually
from tests.support.told_nginx import ToldNginx

PRODUCTION = "environments/production"
USERS = tuple(f"user-{number}" for number in range(1_000))
STICKY = ("map", "nginx", "envoy")
"""Routers that compute our cohorts."""
DRAWN = ("weights", "caddy", "traefik")
ALL = ("weights", "map", "nginx", "caddy", "envoy", "traefik")
PAUSE_SECONDS = 0.05

Entry = Mapping[str, Any]


def soon(holds: Callable[[], object], what: str) -> None:
    """Wait as `eventually` does, and leave the processor to those who are waited for."""

    def look() -> object:
        time.sleep(PAUSE_SECONDS)
        return holds()

    eventually(look, what)


class Bound:
    """A binding at a service, with the split that it drives."""

    def __init__(self, service: Service, split: str, key: str) -> None:
        self.service, self.split, self.key = service, split, key

    def make_split(self) -> None:
        """Make the split, all of it stable."""
        weights = {"stable": 100_000, "canary": 0}
        body = {
            "key": self.split,
            "backends": list(weights),
            "stable": "stable",
            "default": {"split": {"weights": weights}},
        }
        self.service.call("POST", f"{PRODUCTION}/splits", body)

    def bind(self, routers: Sequence[str], **members: Any) -> None:
        """Make the binding."""
        body = {"key": self.key, "split": self.split, "routers": list(routers), **members}
        self.service.call("POST", f"{PRODUCTION}/bindings", body)

    def edit(self, **members: Any) -> None:
        """Change the binding."""
        etag = {"If-Match": "*", "Content-Type": "application/merge-patch+json"}
        self.service.call("PATCH", f"{PRODUCTION}/bindings/{self.key}", members, **etag)

    def weigh(self, canary: int) -> None:
        """Give the canary `canary`/100 of the traffic."""
        weights = {"canary": canary * 1000, "stable": 100_000 - canary * 1000}
        self.service.call("POST", f"{PRODUCTION}/splits/{self.split}/weights", {"weights": weights})

    def status(self) -> dict[str, Any]:
        """How far it is; empty before the first turn."""
        return self.service.call("GET", f"{PRODUCTION}/bindings/{self.key}")["status"] or {}

    def stands(self, name: str, standing: str) -> Callable[[], bool]:
        """Make a question: whether a router stands there."""
        return lambda: self.router(name).get("standing") == standing

    def router(self, name: str) -> dict[str, Any]:
        """How far one router is."""
        return next((router for router in self.status().get("routers", ()) if router["name"] == name), {})

    def is_applied(self, canary: int) -> bool:
        """Whether the status says so, of all."""
        status = self.status()
        desired = (status.get("desired") or {}).get("weights", {})
        return status.get("phase") == "applied" and desired.get("canary", 0) == canary * 1000

    def applied(self, canary: int) -> None:
        """Wait for that."""
        try:
            soon(lambda: self.is_applied(canary), f"{canary} % applied by {self.key}")
        except AssertionError as error:
            status = self.status()
            shown = {router["name"]: (router["standing"], router["detail"]) for router in status.get("routers", ())}
            raise AssertionError(f"{error}; {status.get('phase')}: {shown}; {self.kinds()[-8:]}") from error

    def to(self, canary: int) -> None:
        """Move the weights, and wait until they are applied."""
        self.weigh(canary)
        self.applied(canary)

    def kinds(self) -> list[str]:
        """List what happened, oldest first."""
        events = self.service.call("GET", f"{PRODUCTION}/bindings/{self.key}/events?limit=200")["items"]
        return [event["kind"] for event in reversed(events)]

    def wanted(self) -> int:
        """Read what the split gives the canary, in 1/100."""
        default = self.service.call("GET", f"{PRODUCTION}/splits/{self.split}")["default"]
        return int(default["split"]["weights"]["canary"]) // 1000


@dataclass(frozen=True)
class Balancer:
    """One running load balancer, and the port at which clients come in."""

    server: Child
    port: int
    start: Callable[[], None]


class Edges:
    """Six load balancers, one service over SQLite, the binding `edge` over the split `checkout`."""

    def __init__(self, stack: ExitStack, folder: Path) -> None:
        self._stack, self._folder = stack, folder
        self.ports = {name: stack.enter_context(Backend(name)).port for name in ("stable", "canary")}
        self.balancers: dict[str, Balancer] = {}
        self.haproxy = haproxy.weights(self._places())
        self.map = haproxy.told(self._places())
        self.first = self._first()
        self.nginx = ToldNginx("nginx-njs", self.ports)
        self._caddy_port, self._caddy_admin = free_port(), free_port()
        self._traefik_port, self._traefik_api = free_port(), free_port()
        for name, server in (("weights", self.haproxy), ("map", self.map), ("first", self.first)):
            self._add(name, server, server.port)
        self._add("nginx", self.nginx.server, self.nginx.port)
        self._add("caddy", CaddyServer(self._caddyfile(), self._caddy_admin), self._caddy_port)
        self._start_service()
        envoy = EnvoyServer("told.yaml", {"flagsvc": self.service.port, **self.ports}, port=free_port(), router="envoy")
        self._add("envoy", envoy, envoy.port)
        self._add("traefik", TraefikServer(self._traefik_files(), self._traefik_port), self._traefik_port)
        self.edge = Bound(self.service, "checkout", "edge")

    def users(self, name: str, users: Sequence[str] = USERS, **headers: str) -> list[str]:
        """Ask at a balancer for everybody; gives the back ends that answered."""
        requests = [request("/", {"X-User-Id": user, **headers}) for user in users]
        answers = ask_all(self.balancers[name].port, requests)
        assert {answer.status for answer in answers} == {200}
        return [backend(answer) for answer in answers]

    def seen(self, name: str, count: int = 600) -> float:
        """Give the canary's part of that many requests, in 1/100."""
        return 100 * self.users(name, USERS[:count]).count("canary") / count

    def _add(self, name: str, server: Any, port: int) -> None:
        self._stack.callback(server.close)
        server.start()
        self.balancers[name] = Balancer(server, port, server.start)

    def _places(self) -> Places:
        return Places(port=free_port(), services=[], backends=self.ports, limit="5s")

    def _first(self) -> haproxy.HaproxyServer:
        """Make an HAProxy that takes every weight, and gives everything to the first server all the same."""
        places = self._places()
        made = haproxy.weights(places)
        file = made.folder / "haproxy.cfg"
        text = file.read_text()
        assert "balance roundrobin" in text
        file.write_text(text.replace("balance roundrobin", "balance first"))
        return made

    def _start_service(self) -> None:
        file = self._folder / "routers.yaml"
        file.write_text(json.dumps({"routers": self._routers()}))
        self.service = Service({"SAMPLE_DATA": "true", "ROUTERS": str(file)})
        self._stack.callback(self.service.close)
        self.service.start()

    def _routers(self) -> dict[str, Entry]:
        names = {"stable": "stable", "canary": "canary"}
        return {
            "weights": weights_of(self.haproxy.socket),
            "first": weights_of(self.first.socket),
            "map": {
                "kind": "haproxy-map",
                "nodes": [self.map.socket],
                "maps": "maps/checkout",
                "folder": None,
                "backends": names,
            },
            "nginx": {
                "kind": "nginx-njs",
                "file": str(self.nginx.file),
                "nodes": [self.nginx.status],
                "backends": list(names),
                "pid_file": str(self.nginx.server.folder / "nginx.pid"),
            },
            "caddy": {
                "kind": "caddy",
                "nodes": [f"http://127.0.0.1:{self._caddy_admin}"],
                "path": "apps/http/servers/srv0/routes/0/handle/0",
                "backends": {name: [f"127.0.0.1:{port}"] for name, port in self.ports.items()},
            },
            "envoy": {"kind": "envoy", "backends": names, "nodes": ["envoy-1"]},
            "traefik": {
                "kind": "traefik-http",
                "service": "checkout",
                "backends": {name: f"{name}@file" for name in names},
                "api": [f"http://127.0.0.1:{self._traefik_api}"],
            },
        }

    def _caddyfile(self) -> str:
        (text,) = snippets(CADDY, "caddyfile")
        return replaced(
            text,
            {
                "127.0.0.1:2019": f"127.0.0.1:{self._caddy_admin}",
                "http://:8081": f"http://:{self._caddy_port}",
                "127.0.0.1:9001": f"127.0.0.1:{self.ports['stable']}",
            },
        )

    def _traefik_files(self) -> dict[str, str]:
        static = {
            "127.0.0.1:8081": f"127.0.0.1:{self._traefik_port}",
            "127.0.0.1:8090": f"127.0.0.1:{self._traefik_api}",
            '  redis: {endpoints: ["127.0.0.1:6379"], rootKey: traefik}\n': "",
            "127.0.0.1:8080/traefik/v1/edge-http": f"127.0.0.1:{self.service.port}/traefik/v1/traefik",
            "pollInterval: 1s": "pollInterval: 100ms",
        }
        dynamic = {
            "checkout@redis": "checkout@http",
            "127.0.0.1:9001": f"127.0.0.1:{self.ports['stable']}",
            "127.0.0.1:9002": f"127.0.0.1:{self.ports['canary']}",
        }
        return {
            "traefik.yaml": replaced(guide("traefik.yaml"), static),
            "dynamic.yaml": replaced(guide("dynamic.yaml"), dynamic),
        }


def weights_of(socket: str, pool: str = "shop", suffix: str = "1") -> dict[str, Any]:
    """Give the router of an HAProxy that is told weights."""
    servers = {name: [f"{name}{suffix}"] for name in ("stable", "canary")}
    return {"kind": "haproxy-weights", "nodes": [socket], "backend": pool, "servers": servers}


def replaced(text: str, places: Mapping[str, str]) -> str:
    """Give a text with its places replaced; each of them has to be there."""
    for old, new in places.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


def set_by_hand(server: haproxy.HaproxyServer, canary: int) -> None:
    """Set an HAProxy's weights as somebody would at its socket."""
    haproxy.say(server.socket, f"set server shop/canary1 weight {canary}")
    haproxy.say(server.socket, f"set server shop/stable1 weight {256 - canary}")


def weights_at(server: haproxy.HaproxyServer, pool: str = "shop") -> dict[str, int]:
    """Read an HAProxy's weights from itself."""
    lines = haproxy.say(server.socket, f"show servers state {pool}").splitlines()
    names = lines[1].removeprefix("# ").split()
    rows = [dict(zip(names, line.split(), strict=False)) for line in lines[2:] if line]
    return {row["srv_name"]: int(row["srv_uweight"]) for row in rows}
