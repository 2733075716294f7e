"""What a VirtualService says of one HTTP route, and the JSON patch that changes its weights and our mirror. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flagsdk.core.allocation import WHOLE
from flagsvc.domain.routing.errors import RouterError
from flagsvc.domain.routing.target import Mirror
from flagsvc.routers.common.destinations import (
    Destination,
    Operation,
    assigned,
    guarded,
    matches,
    rewritten,
    steps,
    test,
)

GRANULARITY = 100
OLD_MIRRORS = ("mirrors", "mirrorPercent", "mirror_percent")
Marks = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class HttpRule:
    """One entry of spec.http."""

    pointer: str
    content: Mapping[str, Any]


def rule_of(service: Mapping[str, Any], name: str) -> HttpRule:
    """Find the one HTTP route of that name; raises RouterError(permanent=True) with the names that are there."""
    rules = (service.get("spec") or {}).get("http") or ()
    fitting = [index for index, rule in enumerate(rules) if rule.get("name") == name]
    if len(fitting) != 1:
        known = ", ".join(str(rule.get("name", f"#{index} without a name")) for index, rule in enumerate(rules))
        raise RouterError(f"{len(fitting)} HTTP routes of the name {name!r}; it has {known or 'none'}", permanent=True)
    return HttpRule(f"/spec/http/{fitting[0]}", rules[fitting[0]])


def placed_in(rule: HttpRule, backends: Marks) -> dict[str, Destination]:
    """Find the backends' places. A lone destination gets everything, whatever it says; else no weight is none."""
    routes = rule.content.get("route") or ()
    alone = len(routes) == 1
    found = [
        Destination(
            f"{rule.pointer}/route/{index}",
            route,
            {"destination": route.get("destination")},
            GRANULARITY if alone else route.get("weight", 0),
        )
        for index, route in enumerate(routes)
    ]
    wanted = {backend: {"destination": marks} for backend, marks in backends.items()}
    return assigned(found, wanted, names_in(rule))


def names_in(rule: HttpRule) -> Sequence[str]:
    """Name the rule's destinations, for people."""
    routes = [route.get("destination") or {} for route in rule.content.get("route") or ()]
    return [f"{one.get('host')}/{one.get('subset', '')}".rstrip("/") for one in routes]


def weights_in(rule: HttpRule, backends: Marks) -> dict[str, int]:
    """Read the weights that are in the object, in hundredths."""
    return steps(placed_in(rule, backends), GRANULARITY)


def mirror_in(rule: HttpRule, backends: Marks) -> Mirror | None:
    """Read the mirror, where it is one to a backend of ours."""
    destination = rule.content.get("mirror")
    ours = [backend for backend, marks in backends.items() if destination and matches(destination, marks)]
    if not ours:
        return None
    share = (rule.content.get("mirrorPercentage") or {}).get("value", GRANULARITY)
    return Mirror(ours[0], round(share * WHOLE / GRANULARITY))


def patch_of(
    rule: HttpRule, backends: Marks, told: Mapping[str, int], mirroring: Sequence[Operation] = ()
) -> list[Operation]:
    """Write the patch from what was read to what is told, with what `mirroring` gave; empty when all is as told."""
    weighing = rewritten(placed_in(rule, backends), told, GRANULARITY, names_in(rule))
    return guarded(test(f"{rule.pointer}/name", rule.content["name"]), [*weighing, *mirroring])


def mirroring(rule: HttpRule, backends: Marks, mirror: Mirror | None) -> list[Operation]:
    """Write what adds, changes or removes our mirror; empty when it is as told.

    Raises RouterError(permanent=True) where a mirror of somebody else has the only place there is.
    """
    _demand_ours(rule, backends, mirror)
    return [] if mirror_in(rule, backends) == mirror else _mirrored(rule, backends, mirror)


def demand_subsets(rule: Mapping[str, Any], backends: Marks, told: Iterable[str]) -> None:
    """Pass when the DestinationRule has each subset that is to get requests: Istio answers 503 for others."""
    spec = rule.get("spec") or {}
    known = [subset.get("name") for subset in spec.get("subsets") or ()]
    for backend in told:
        host, subset = backends[backend]["host"], backends[backend].get("subset")
        if subset is None:
            continue
        if spec.get("host") != host:
            raise RouterError(f"the DestinationRule is for {spec.get('host')!r}, and not for {host!r}", permanent=True)
        if subset not in known:
            raise RouterError(
                f"the DestinationRule has no subset {subset!r}; it has {', '.join(map(str, known)) or 'none'}",
                permanent=True,
            )


def _demand_ours(rule: HttpRule, backends: Marks, mirror: Mirror | None) -> None:
    if old := [name for name in OLD_MIRRORS if name in rule.content]:
        raise RouterError(f"the rule has {old[0]}: rewrite it as mirror and mirrorPercentage", permanent=True)
    if mirror and rule.content.get("mirror") and mirror_in(rule, backends) is None:
        host = rule.content["mirror"].get("host")
        raise RouterError(f"the rule mirrors to {host!r} already, which is no backend of this router", permanent=True)


def _mirrored(rule: HttpRule, backends: Marks, mirror: Mirror | None) -> list[Operation]:
    wanted: dict[str, Any] = {"mirror": None, "mirrorPercentage": None}
    if mirror:
        share = {"value": mirror.share * GRANULARITY / WHOLE}
        wanted = {"mirror": dict(backends[mirror.backend]), "mirrorPercentage": share}
    present = [name for name in wanted if name in rule.content]
    # what is absent can be tested only together with everything that is there
    tests = [test(f"{rule.pointer}/{name}", rule.content[name]) for name in present]
    tests = tests if len(present) == len(wanted) else [test(rule.pointer, dict(rule.content))]
    changes = [
        {"op": "add", "path": f"{rule.pointer}/{name}", "value": value}
        if value is not None
        else {"op": "remove", "path": f"{rule.pointer}/{name}"}
        for name, value in wanted.items()
        if value is not None or name in present
    ]
    return [*tests, *changes]
