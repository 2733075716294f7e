"""The service of Traefik that carries a split, and what Traefik says of it: values in, values out.

Source: Traefik 3.7, "Weighted round robin" and "Mirroring" of its HTTP services, and its API.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flagsdk.core.allocation import WHOLE
from flagsvc.domain.routing.errors import RouterError
from flagsvc.domain.routing.observed import Observed
from flagsvc.domain.routing.target import Mirror

GRANULARITY = WHOLE
"""Traefik takes any whole weights and keeps to them exactly: 10 of 1,000 requests at 1,000 of 100,000."""
STEP = WHOLE // 100
"""A mirror gets whole percents."""
MIRROR_BODY_BYTES = 1024 * 1024
"""Traefik keeps a request's body in memory to send it twice; a larger one is not mirrored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """How the split's service is called, and what stands for each backend: the name of a service, "NAME@PROVIDER".

    With `mirror` the service is a mirroring one, in front of the weighted one; `cookie` pins clients to a backend.
    """

    service: str
    backends: Mapping[str, str]
    mirror: bool = False
    cookie: str = ""

    @property
    def weighted(self) -> str:
        """Name of the weighted service."""
        return f"{self.service}-split" if self.mirror else self.service


def services_of(naming: Naming, weights: Mapping[str, int], mirror: Mirror | None) -> dict[str, Any]:
    """Make the services by name, as Traefik's dynamic configuration has them below http.services.

    Every backend is there, with weight 0 too, so the same members are there whatever the weights. Raises
    RouterError(permanent=True) for a mirror's share that is no whole percent.
    """
    listed = [{"name": naming.backends[backend], "weight": weight} for backend, weight in weights.items()]
    weighted: dict[str, Any] = {"services": listed}
    if naming.cookie:
        weighted["sticky"] = {"cookie": {"name": naming.cookie, "httpOnly": True, "sameSite": "lax"}}
    services: dict[str, Any] = {naming.weighted: {"weighted": weighted}}
    if naming.mirror:
        services[naming.service] = {"mirroring": _mirroring(naming, mirror)}
    return services


def flat(tree: Any, path: str) -> Iterator[tuple[str, str]]:
    """Give the leaves of a configuration as Traefik's key-value providers have them: path of the key → text."""
    if isinstance(tree, dict):
        for name, member in tree.items():
            yield from flat(member, f"{path}/{name}")
    elif isinstance(tree, list):
        for number, member in enumerate(tree):
            yield from flat(member, f"{path}/{number}")
    else:
        yield path, str(tree).lower() if isinstance(tree, bool) else str(tree)


def observed_in(naming: Naming, found: Mapping[str, Mapping[str, Any]]) -> Observed:
    """Read what is in force from what the API says of each service; without one of them nothing is.

    A service that Traefik refuses to use carries no weights, either.
    """
    weighted = found.get(naming.weighted, {})
    outer = found.get(naming.service, {})
    fault = _fault(naming, outer, weighted)
    if fault:
        return Observed(weights={}, detail=fault)
    unused = "" if outer.get("usedBy") else f"no router of Traefik's leads to {outer.get('name', naming.service)}"
    return Observed(weights=_weights(naming, weighted), mirror=_mirror(naming, outer), detail=unused)


def _mirroring(naming: Naming, mirror: Mirror | None) -> dict[str, Any]:
    told = {"service": naming.weighted, "mirrorBody": True, "maxBodySize": MIRROR_BODY_BYTES}
    if mirror is None:
        return told
    if mirror.share % STEP:
        raise RouterError(f"Traefik mirrors whole percents, not {mirror.share / STEP:g} %", permanent=True)
    return {**told, "mirrors": [{"name": naming.backends[mirror.backend], "percent": mirror.share // STEP}]}


def _fault(naming: Naming, outer: Mapping[str, Any], weighted: Mapping[str, Any]) -> str:
    for name, service, kind in ((naming.service, outer, None), (naming.weighted, weighted, "weighted")):
        if not service:
            return f"Traefik holds no service {name}"
        if service.get("status") != "enabled":
            return f"Traefik does not use {name}: {'; '.join(service.get('error', ())) or service.get('status')}"
        if kind and kind not in service:
            return f"{name} is a service of another type"
    if naming.mirror and outer.get("mirroring", {}).get("service", "").partition("@")[0] != naming.weighted:
        return f"{naming.service} does not mirror {naming.weighted}"
    found = weighted["weighted"].get("sticky", {}).get("cookie", {}).get("name", "")
    return "" if found == naming.cookie else f"{naming.weighted} pins by the cookie {found or 'none'!r}"


def _weights(naming: Naming, weighted: Mapping[str, Any]) -> dict[str, int]:
    listed: Sequence[Mapping[str, Any]] = weighted["weighted"].get("services", [])
    names = {reference: backend for backend, reference in naming.backends.items()}
    return {names.get(each["name"], each["name"]): each.get("weight", 1) for each in listed}


def _mirror(naming: Naming, outer: Mapping[str, Any]) -> Mirror | None:
    names = {reference: backend for backend, reference in naming.backends.items()}
    mirrors = outer.get("mirroring", {}).get("mirrors", [])
    shown = [Mirror(names.get(each["name"], each["name"]), each.get("percent", 0) * STEP) for each in mirrors]
    if not shown:
        return None
    return shown[0] if len(shown) == 1 else Mirror("several", sum(mirror.share for mirror in shown))
