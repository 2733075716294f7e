"""What Envoys say of themselves at their administration addresses: the routes in force, refusals, requests."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from flagsvc.domain.routing.errors import RouterError
from flagsvc.outbound.http import HttpClient
from flagsvc.routers.common.several import of_each

ROUTES = "/config_dump?resource=dynamic_route_configs&name_regex="
STATS = "/stats?format=json&filter="
_SPECIAL = frozenset(r".^$*+?{}[]\|()")


class Admins:
    """The administration addresses that are configured, by node; often none."""

    def __init__(self, urls: Mapping[str, str]) -> None:
        self._clients = {node: HttpClient(url) for node, url in urls.items()}

    def __contains__(self, node: str) -> bool:
        return node in self._clients

    def routes(self, node: str, name: str) -> tuple[str, Any]:
        """Read the version and the route table that a node really has; ("", None) where it has none."""
        path = ROUTES + quote(f"^{_literal(name)}$", safe="")
        for dumped in self._asked(node, path).get("configs", ()):
            routes = dumped.get("route_config", {})
            if routes.get("name") == name:
                return str(dumped.get("version_info", "")), routes
        return "", None

    def rejected(self, node: str, name: str) -> int:
        """Count the updates of a route table that a node has refused since it was started."""
        return sum(self._stats(node, rf"\.rds\.{_literal(name)}\.update_rejected$").values())

    def requests(self, clusters: Mapping[str, str]) -> dict[str, int]:
        """Count the requests that all nodes sent to the cluster of each backend."""
        names = "|".join(_literal(cluster) for cluster in clusters.values())
        pattern = rf"^cluster\.({names})\.upstream_rq_total$"
        found = of_each({node: node for node in self._clients}, lambda node: self._stats(node, pattern)).values()
        return {
            backend: sum(stats.get(f"cluster.{cluster}.upstream_rq_total", 0) for stats in found)
            for backend, cluster in clusters.items()
        }

    def _stats(self, node: str, pattern: str) -> dict[str, int]:
        stats = self._asked(node, STATS + quote(pattern, safe="")).get("stats", ())
        return {stat["name"]: int(stat["value"]) for stat in stats if "name" in stat and "value" in stat}

    def _asked(self, node: str, path: str) -> dict[str, Any]:
        try:
            answer = self._clients[node].send("GET", path, allowed=frozenset({200})).body
            found = json.loads(answer)
        except RouterError as error:
            raise RouterError(f"its administration address: {error}") from error
        except ValueError as error:
            raise RouterError("its administration address answers no JSON: is it an Envoy's?") from error
        return found if isinstance(found, dict) else {}


def _literal(name: str) -> str:
    return "".join(f"\\{letter}" if letter in _SPECIAL else letter for letter in name)
