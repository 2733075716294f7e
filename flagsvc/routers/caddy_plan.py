"""What Caddy's configuration says about a split, and what it shall say: values in, values out.

Caddy 2.6 has no weights, and draws among its upstreams: so an upstream is listed as often as it shall be drawn.
Source: Caddy, "JSON config structure", http.handlers.reverse_proxy.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from math import gcd, lcm
from typing import Any

from flagsvc.domain.routing.observed import Observed

GRANULARITY = 100
MAX_ENTRIES = 2_000
FAIR = frozenset({"random", "round_robin"})
"""Policies that give each entry of the list the same; the others look at connections, clients or the order."""

Addresses = Mapping[str, Sequence[str]]


def upstreams_of(weights: Mapping[str, int], addresses: Addresses) -> list[dict[str, str]]:
    """List the upstreams for weights of 1/100: a backend's addresses share alike, and all are spread over the list.

    The list is as short as it can be: 100 entries for 1 %, and a multiple where a backend has several addresses.
    """
    told = {backend: weight for backend, weight in weights.items() if weight}
    fine = lcm(*(len(addresses[backend]) for backend in told))
    times = {
        address: weight * fine // len(addresses[backend])
        for backend, weight in told.items()
        for address in addresses[backend]
    }
    coarse = gcd(*times.values())
    places = sorted(
        ((turn + 0.5) * coarse / count, address) for address, count in times.items() for turn in range(count // coarse)
    )
    return [{"dial": address} for _, address in places]


def observed_in(handler: Mapping[str, Any], addresses: Addresses, token: str) -> Observed:
    """Read the weights from a handler's upstreams. What is no whole part, or not shared alike, is cut off.

    So a list that was changed by hand to something in between adds up to less than 100, and agrees with no target.
    """
    counts = Counter(_dials(handler))
    total = sum(counts.values())
    weights = {
        backend: len(listed) * min(counts[address] for address in listed) * GRANULARITY // total if total else 0
        for backend, listed in addresses.items()
    }
    detail = "" if sum(weights.values()) == GRANULARITY else f"upstreams: {_shown(counts)}"
    return Observed(weights=weights, token=token, detail=detail)


def listed_in(handler: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Give a handler's upstreams; to Caddy null is none, as what is absent."""
    return handler.get("upstreams") or []


def same_shares(first: Sequence[Mapping[str, Any]], second: Sequence[Mapping[str, Any]]) -> bool:
    """Whether two lists give every upstream the same share."""
    return _shares(first) == _shares(second)


def fault_of(handler: Any, addresses: Addresses) -> str:
    """Say why a piece of the configuration cannot carry weights; "" when it can."""
    if not isinstance(handler, dict) or handler.get("handler") != "reverse_proxy":
        return "there is no handler reverse_proxy; name the one that has the split's upstreams"
    if handler.get("dynamic_upstreams"):
        return "its upstreams are dynamic, so the list of them is not used; list them"
    policy = _member(_member(handler, "load_balancing"), "selection_policy").get("policy", "random")
    if policy not in FAIR:
        return f"its policy {policy!r} does not follow the list; use random or round_robin"
    return _fault_of_upstreams(handler, {address for listed in addresses.values() for address in listed})


def _fault_of_upstreams(handler: Mapping[str, Any], known: set[str]) -> str:
    upstreams = listed_in(handler)
    if more := sorted({name for upstream in upstreams for name in upstream} - {"dial"}):
        return f"its upstreams have {', '.join(more)}, which would be lost; give them no more than an address"
    if strange := sorted(set(_dials(handler)) - known):
        return f"its upstream {', '.join(strange)} is no backend's; it knows {', '.join(sorted(known))}"
    return ""


def paths_of(config: Any, identity: str, path: str = "") -> Iterator[str]:
    """Give the paths of what has an "@id" in a configuration, as the API takes them, without a slash at the ends."""
    members = config.items() if isinstance(config, dict) else enumerate(config) if isinstance(config, list) else ()
    if isinstance(config, dict) and config.get("@id") == identity:
        yield path.removeprefix("/")
    for name, member in members:
        yield from paths_of(member, identity, f"{path}/{name}")


def tag_of(path: str, body: bytes) -> str:
    """Make the entity tag that Caddy 2.6 sends in a trailer: the path, and FNV-1a (32 bits) of what it answered.

    A wrong one is refused with 412, so nothing is overwritten by it.  Source: Caddy 2.6, admin.go; RFC 9923.
    """
    hashed = 0x811C9DC5
    for byte in body:
        hashed = (hashed ^ byte) * 0x01000193 & 0xFFFFFFFF
    return f'"/config/{path} {hashed:08x}"'


def _dials(handler: Mapping[str, Any]) -> list[str]:
    return [upstream.get("dial", "") for upstream in listed_in(handler)]


def _member(parent: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return parent.get(name) or {}


def _shares(upstreams: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    counts = Counter(str(upstream.get("dial", "")) for upstream in upstreams)
    coarse = gcd(*counts.values())
    return {address: count // coarse for address, count in counts.items()}


def _shown(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} of {address}" for address, count in sorted(counts.items())) or "none"
