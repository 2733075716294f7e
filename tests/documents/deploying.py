"""A service with what examples/plans move, and a program at every address that the plans name."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.support.service import Service
from tests.support.tree import ROOT

PLANS = {path.stem: path for path in sorted((ROOT / "examples/plans").glob("*.yaml"))}
PRODUCTION = "environments/production"
ADDRESS = re.compile(r"https?://[\w.-]+\.(?:example\.com|internal)(?::\d+)?")
HOLD = re.compile(r"\bhold: \d+[smhd]\b")
SPLITS = {"api": ("stable", "canary"), "web": ("blue", "green"), "pool": ("web-1", "web-2"), "ledger": ("old", "new")}


class Elsewhere(ThreadingHTTPServer):
    """Every address outside: is healthy, does what hooks ask for, and remembers it."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.asked: list[Any] = []
        self.looked_at: list[str] = []

    @property
    def url(self) -> str:
        """Its address, without a slash at the end."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def actions(self) -> list[str]:
        """What hooks have asked for, once each, in their order."""
        words = [f"{body['body']['action']} {body['body']['instance']}" for body in self.asked]
        return list(dict.fromkeys(words))


class _Answers(BaseHTTPRequestHandler):
    server: Elsewhere

    def do_GET(self) -> None:
        self.server.looked_at.append(self.path)
        self._answer(b"ok")

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])) or b"{}")
        if "rollout" in body:
            self.server.asked.append(body)
        self._answer(b"{}")

    def _answer(self, content: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def elsewhere() -> Iterator[Elsewhere]:
    """Listen while the block runs."""
    with Elsewhere() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()


def settings(folder: Path) -> dict[str, str]:
    """Give settings of a service that may ask elsewhere, and drives a router for each split, and two more."""
    routers = folder / "routers.yaml"
    routers.write_text("routers:\n" + "".join(f"  edge-{key}: {{kind: none}}\n" for key in (*SPLITS, "1", "2")))
    return {"SAMPLE_DATA": "true", "OUTBOUND_NETWORKS": "127.0.0.0/8", "ROUTERS": str(routers)}


def here(text: str, place: Elsewhere, hold: str = "") -> str:
    """Put the address of the tests in for every one in a plan, and a hold for every hold."""
    text = ADDRESS.sub(place.url, text)
    return HOLD.sub(f"hold: {hold}", text) if hold else text


def plan_of(strategy: str, place: Elsewhere, hold: str = "") -> Any:
    """Read a plan file, with the tests' addresses."""
    return YAML(typ="safe").load(here(PLANS[strategy].read_text("utf-8"), place, hold))


def furnish(service: Service) -> None:
    """Make what the plans move."""
    for key, backends in SPLITS.items():
        weights = {backends[0]: 100_000, backends[1]: 0}
        if key == "pool":
            weights = dict.fromkeys(backends, 50_000)
        split = {
            "key": key,
            "backends": list(backends),
            "stable": backends[0],
            "default": {"split": {"weights": weights}},
        }
        service.call("POST", f"{PRODUCTION}/splits", split)
        service.call("POST", f"{PRODUCTION}/bindings", {"key": key, "split": key, "routers": [f"edge-{key}"]})
    rule = {"id": "staff", "when": {"attribute": "team", "op": "exists"}, "serve": "off"}
    configuration = {"enabled": True, "rules": [rule], "default": {"serve": "off"}}
    flag = {"key": "new-search", "type": "boolean", "environments": {"production": configuration}}
    service.call("POST", "flags", flag)


def status(service: Service, key: str) -> Any:
    """Read where a rollout stands."""
    return service.call("GET", f"{PRODUCTION}/rollouts/{key}")["status"]
