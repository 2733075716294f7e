"""Which kinds of routers there are, and how one is made from its options."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from types import ModuleType
from typing import Any, NamedTuple

from flagsvc.ports import Router, Shelf
from flagsvc.routers.common.counting import Counted, CountsOptions


class Kind(NamedTuple):
    """Module of flagsvc.routers, and the extra of the distribution that brings what it imports ("" for none)."""

    module: str
    extra: str = ""


KINDS: dict[str, Kind] = {
    "envoy": Kind("envoy"),
    "haproxy-map": Kind("haproxy_map"),
    "haproxy-weights": Kind("haproxy_weights"),
    "aws-alb": Kind("aws_alb", "aws"),
    "aws-beanstalk": Kind("aws_beanstalk", "aws"),
    "aws-ecs": Kind("aws_ecs", "aws"),
    "aws-lambda": Kind("aws_lambda", "aws"),
    "istio": Kind("istio"),
    "kubernetes-deployments": Kind("kubernetes_deployments"),
    "kubernetes-httproute": Kind("kubernetes_httproute"),
    "azure-slots": Kind("azure_slots", extra="azure"),
    "cloud-run": Kind("cloud_run", extra="gcp"),
    "docker-swarm": Kind("docker_swarm"),
    "nginx-njs": Kind("nginx_njs"),
    "nginx-split-clients": Kind("nginx_split_clients"),
    "none": Kind("nothing"),
    "webhook": Kind("webhook"),
    "caddy": Kind("caddy"),
    "traefik-http": Kind("traefik_http"),
    "traefik-redis": Kind("traefik_redis"),
}
"""Every kind by the name that the routers file uses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What routers may use of the service."""

    shelf: Shelf


def options_of(kind: str) -> Any:
    """Give the dataclass of a kind's options; raises ValueError, fit for the start-up error, for one that is not there.

    Its fields are the options, its docstring describes them; `__pydantic_config__` closes it.
    """
    return _module(kind).Options


def build(name: str, kind: str, options: Any, tools: Tools, counts: CountsOptions | None = None) -> Router:
    """Make the router `name` from checked options; connects to nothing yet."""
    make: Callable[[str, Any, Tools], Router] = _module(kind).make
    router = make(name, options, tools)
    return Counted(router, counts) if counts else router


def _module(kind: str) -> ModuleType:
    known = KINDS.get(kind)
    if known is None:
        raise ValueError(f"there is no kind of router {kind!r}{_meant(kind, KINDS)}; known: {', '.join(sorted(KINDS))}")
    try:
        return import_module(f"flagsvc.routers.{known.module}")
    except ModuleNotFoundError as error:
        if not known.extra or str(error.name).startswith("flagsvc"):
            raise
        raise ValueError(
            f"a router of kind {kind!r} needs the package {error.name!r}: pip install 'flagsvc[{known.extra}]'"
        ) from error


def _meant(word: str, known: Iterable[str]) -> str:
    close = get_close_matches(word, list(known), n=1)
    return f" (do you mean {close[0]!r}?)" if close else ""
