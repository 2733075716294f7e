"""What an Envoy asks: a DiscoveryRequest as JSON, read as far as it matters here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flagsvc.domain.errors import Fault
from flagsvc.http import body as bodies
from flagsvc.http.problem import malformed

TYPE = "type.googleapis.com/envoy.config.route.v3.RouteConfiguration"
JOINT = ","
"""Between the versions of several routers that one request asks for."""

MAX_NAMES = 16
MAX_TEXT = 256


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks, which version of each router's routes it holds ("" for none), and whether it says that it refused."""

    node: str
    held: Mapping[str, str]
    refused: bool


def read(body: bytes) -> Asked:
    """Read a request; Problem 400 with every place that is not as Envoy sends it.

    Source: envoy.service.discovery.v3.DiscoveryRequest, in proto3 JSON with the names of the proto file.
    """
    message = bodies.decode(body)
    if not isinstance(message, dict):
        raise malformed([Fault("", "not-an-object", "expected a DiscoveryRequest")])
    faults = [fault for fault in (check(message) for check in _CHECKS) if fault]
    if faults:
        raise malformed(faults)
    names = list(dict.fromkeys(message["resource_names"]))
    return Asked(message["node"]["id"], _held(names, message.get("version_info", "")), "error_detail" in message)


def _held(names: list[str], version: str) -> Mapping[str, str]:
    """Part the versions again; what does not fit is none of ours, and held by nobody."""
    parts = version.split(JOINT)
    return dict(zip(names, parts if len(parts) == len(names) else [""] * len(names), strict=True))


def _node(message: dict[str, Any]) -> Fault | None:
    node = message.get("node")
    if isinstance(node, dict) and _is_text(node.get("id")) and node["id"]:
        return None
    return Fault("/node/id", "invalid", f"expected the node's id, of at most {MAX_TEXT} characters")


def _names(message: dict[str, Any]) -> Fault | None:
    names = message.get("resource_names")
    if isinstance(names, list) and 0 < len(names) <= MAX_NAMES and all(_is_text(name) for name in names):
        return None
    return Fault("/resource_names", "invalid", f"expected the names of 1 to {MAX_NAMES} routers")


def _version(message: dict[str, Any]) -> Fault | None:
    if _is_text(message.get("version_info", ""), MAX_NAMES * MAX_TEXT):
        return None
    return Fault("/version_info", "invalid", "expected a version that was handed out here")


def _type(message: dict[str, Any]) -> Fault | None:
    if message.get("type_url", TYPE) in (TYPE, ""):
        return None
    return Fault("/type_url", "invalid", f"here are only resources of the type {TYPE}")


_CHECKS = (_node, _names, _version, _type)


def _is_text(value: object, limit: int = MAX_TEXT) -> bool:
    return isinstance(value, str) and len(value) <= limit
