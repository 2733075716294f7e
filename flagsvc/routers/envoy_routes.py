"""Envoy's route table for a target, and what a route table says: values in, values out.

Source: envoy.config.route.v3.RouteConfiguration, in proto3 JSON with the names of the proto file.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Literal

from flagsdk.core.allocation import WHOLE, Table, share
from flagsvc.domain.routing.observed import Observed
from flagsvc.domain.routing.target import Mirror, Target

TYPE = "type.googleapis.com/envoy.config.route.v3.RouteConfiguration"
FILTER = "flagsvc"
"""Name of the Lua filter, and of what our metadata stand under."""

COHORT, BUCKET, LISTED = "x-cohort", "x-cohort-bucket", "x-cohort-listed"
LISTED_UNIT = "="
"""Before a unit that is listed, in the metadata: no other member begins so."""

MILLIONTHS = 10
"""Of 1/100 000."""

Form = Literal["cohort", "weights"]
Routes = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How an Envoy is told: `clusters` and `mirrors` by backend, and headers in lower case ("" for none)."""

    form: Form
    clusters: Mapping[str, str]
    mirrors: Mapping[str, str]
    domains: Sequence[str]
    unit_header: str
    preview_header: str


def rendered(name: str, target: Target, weights: Mapping[str, int], shape: Shape) -> Routes:
    """Make the route table `name`; `weights` are those of the target, in 1/100 000."""
    make = {"cohort": _cohort_routes, "weights": _weight_routes}[shape.form]
    host = {
        "name": target.split,
        "domains": list(shape.domains),
        "metadata": {"filter_metadata": {FILTER: {"revision": target.revision}}},
        "request_headers_to_remove": [BUCKET, LISTED],
        "routes": [*_preview_routes(shape), *make(target, weights, shape)],
    }
    return {"@type": TYPE, "name": name, "virtual_hosts": [host]}


def text_of(routes: Routes) -> str:
    """Write a route table, the same always in the same letters."""
    return json.dumps(routes, separators=(",", ":"), ensure_ascii=False)


def version_of(target: Target, content: str) -> str:
    """Name a content: no two contents have one name, whatever was configured or restarted in between."""
    return f"{target.revision}-{sha256(content.encode()).hexdigest()[:12]}"


def read(routes: Routes, shape: Shape) -> Observed | None:
    """Say what a route table does; None when it is not of the form that is rendered here."""
    reader = {"cohort": _read_cohort, "weights": _read_weights}[shape.form]
    try:
        return reader(routes["virtual_hosts"][0], _Backends(shape))
    except (KeyError, IndexError, StopIteration, TypeError, AttributeError, ValueError):
        return None


class _Backends:
    """The backends by cluster."""

    def __init__(self, shape: Shape) -> None:
        self.told = {cluster: backend for backend, cluster in shape.clusters.items()}
        self.mirrored = {cluster: backend for backend, cluster in shape.mirrors.items()}


def _preview_routes(shape: Shape) -> Iterator[Routes]:
    if shape.preview_header:
        for backend in shape.clusters:
            yield {"match": _where(shape.preview_header, backend), **_to(backend, shape)}


def _cohort_routes(target: Target, weights: Mapping[str, int], shape: Shape) -> Iterator[Routes]:
    """Send listed units first, then who has a bucket by the table, then everybody else: no unit, or no filter."""
    for backend in sorted(set(target.forced.values())):
        yield {"match": _where(LISTED, backend), **_to(backend, shape, target.mirror)}
    ranges = [_part(backend, end - start, shape) for backend, start, end in target.allocation]
    action = {"weighted_clusters": {"clusters": ranges, "header_name": BUCKET}, **_mirrored(target.mirror, shape)}
    yield {"match": {"prefix": "/", "headers": [{"name": BUCKET, "present_match": True}]}, "route": action}
    told = {"salt": target.salt, "unit_header": shape.unit_header}
    told |= {LISTED_UNIT + unit: backend for unit, backend in sorted(target.forced.items())}
    metadata = {"metadata": {"filter_metadata": {FILTER: told}}}
    yield {"match": {"prefix": "/"}, **metadata, **_to(target.stable, shape, target.mirror)}


def _weight_routes(target: Target, weights: Mapping[str, int], shape: Shape) -> Iterator[Routes]:
    parts = [_part(backend, weight, shape) for backend, weight in sorted(weights.items()) if weight]
    action = {"weighted_clusters": {"clusters": parts}, **_mirrored(target.mirror, shape)}
    yield {"match": {"prefix": "/"}, "route": action}


def _where(header: str, value: str) -> Routes:
    return {"prefix": "/", "headers": [{"name": header, "string_match": {"exact": value}}]}


def _to(backend: str, shape: Shape, mirror: Mirror | None = None) -> Routes:
    action = {"cluster": shape.clusters[backend], **_mirrored(mirror, shape)}
    return {"route": action, "request_headers_to_add": [_named(backend)]}


def _part(backend: str, weight: int, shape: Shape) -> Routes:
    return {"name": shape.clusters[backend], "weight": weight, "request_headers_to_add": [_named(backend)]}


def _named(backend: str) -> Routes:
    return {"header": {"key": COHORT, "value": backend}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}


def _mirrored(mirror: Mirror | None, shape: Shape) -> Routes:
    if mirror is None:
        return {}
    fraction = {"default_value": {"numerator": mirror.share * MILLIONTHS, "denominator": "MILLION"}}
    return {"request_mirror_policies": [{"cluster": shape.mirrors[mirror.backend], "runtime_fraction": fraction}]}


def _read_cohort(host: Routes, backends: _Backends) -> Observed:
    *_, split, rest = host["routes"]
    told = rest["metadata"]["filter_metadata"][FILTER]
    read_back = Target(
        split=host["name"],
        revision=_revision(host),
        stable=backends.told[rest["route"]["cluster"]],
        weights={},
        salt=told["salt"],
        allocation=_allocation(split["route"]["weighted_clusters"]["clusters"], backends),
        forced={name[len(LISTED_UNIT) :]: value for name, value in told.items() if name.startswith(LISTED_UNIT)},
    )
    mirrors = [_mirror(route["route"], backends) for route in (split, rest)]
    if split["route"]["weighted_clusters"]["header_name"] != BUCKET or mirrors[0] != mirrors[1]:
        raise ValueError("not as it is rendered here")
    weights = share(read_back.allocation)
    return Observed(weights=weights, table=read_back.table, revision=read_back.revision, mirror=mirrors[0])


def _read_weights(host: Routes, backends: _Backends) -> Observed:
    action = host["routes"][-1]["route"]
    allocation = _allocation(action["weighted_clusters"]["clusters"], backends)
    return Observed(weights=share(allocation), revision=_revision(host), mirror=_mirror(action, backends))


def _allocation(parts: Sequence[Routes], backends: _Backends) -> Table:
    ends = [0]
    for part in parts:
        ends.append(ends[-1] + int(part["weight"]))
    if ends[-1] != WHOLE:
        raise ValueError(f"the weights add up to {ends[-1]}")
    return tuple(
        (backends.told[part["name"]], start, end) for part, start, end in zip(parts, ends, ends[1:], strict=False)
    )


def _revision(host: Routes) -> str:
    return str(host["metadata"]["filter_metadata"][FILTER]["revision"])


def _mirror(action: Routes, backends: _Backends) -> Mirror | None:
    policies = action.get("request_mirror_policies", ())
    if not policies:
        return None
    (policy,) = policies
    fraction = policy["runtime_fraction"]["default_value"]
    if fraction.get("denominator") != "MILLION":
        raise ValueError("a mirror that was not rendered here")
    return Mirror(backends.mirrored[policy["cluster"]], fraction.get("numerator", 0) // MILLIONTHS)
