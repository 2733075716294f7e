"""What an HTTPRoute says of one rule's backends, and the JSON patch that changes their weights and our mirror. Pure."""

from collections.abc import Mapping, Sequence
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

Marks = Mapping[str, Mapping[str, Any]]
_DEFAULT_WEIGHT = 1  # Gateway API, HTTPBackendRef.weight
_MARKS = ("name", "namespace", "port")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a route: where it stands, what it holds, and what tells it from the others."""

    pointer: str
    content: Mapping[str, Any]
    mark: str


def rule_of(route: Mapping[str, Any], name: str, match: Mapping[str, Any] | None) -> Rule:
    """Find the one rule of that name, or the one that has a match like `match`; raises RouterError(permanent=True)."""
    rules = (route.get("spec") or {}).get("rules") or ()
    mark = "name" if name else "matches"
    fitting = [index for index, rule in enumerate(rules) if _fits(rule, name, match)]
    if len(fitting) != 1:
        wanted = f"of the name {name!r}" if name else f"with the match {dict(match or {})}"
        known = ", ".join(str(rule.get("name", f"#{index} without a name")) for index, rule in enumerate(rules))
        raise RouterError(f"{len(fitting)} rules {wanted}; the route has {known or 'no rules'}", permanent=True)
    return Rule(f"/spec/rules/{fitting[0]}", rules[fitting[0]], mark)


def _fits(rule: Mapping[str, Any], name: str, match: Mapping[str, Any] | None) -> bool:
    if name:
        return rule.get("name") == name
    return any(matches(one, match) for one in rule.get("matches") or ())


def placed_in(rule: Rule, backends: Marks) -> dict[str, Destination]:
    """Find the backends' places in the rule."""
    found = [
        Destination(
            f"{rule.pointer}/backendRefs/{index}",
            ref,
            {mark: ref[mark] for mark in _MARKS if mark in ref},
            ref.get("weight", _DEFAULT_WEIGHT),
        )
        for index, ref in enumerate(_refs(rule))
    ]
    return assigned(found, backends, names_in(rule))


def names_in(rule: Rule) -> Sequence[str]:
    """Name the rule's destinations, for people."""
    return [f"{ref.get('name')}:{ref.get('port', '')}".rstrip(":") for ref in _refs(rule)]


def weights_in(rule: Rule, backends: Marks, granularity: int) -> dict[str, int]:
    """Read the weights that are in the object, as parts of `granularity`."""
    return steps(placed_in(rule, backends), granularity)


def mirror_in(rule: Rule, backends: Marks) -> Mirror | None:
    """Read our mirror: every RequestMirror filter to one of our backends (two of them count together)."""
    ours = _ours(rule, backends)
    return Mirror(ours[0][1], sum(_share(rule.content["filters"][index]) for index, _ in ours)) if ours else None


def patch_of(
    rule: Rule, backends: Marks, told: Mapping[str, int], granularity: int, mirroring: Sequence[Operation] = ()
) -> list[Operation]:
    """Write the patch from what was read to what is told, with what `mirroring` gave; empty when all is as told."""
    weighing = rewritten(placed_in(rule, backends), told, granularity, names_in(rule))
    return guarded(test(f"{rule.pointer}/{rule.mark}", rule.content[rule.mark]), [*weighing, *mirroring])


def mirroring(rule: Rule, backends: Marks, mirror: Mirror | None) -> list[Operation]:
    """Write what adds, changes or removes our mirror; empty when it is as told. Other filters stay as they are."""
    return [] if mirror_in(rule, backends) == mirror else _filters(rule, backends, mirror)


def _filters(rule: Rule, backends: Marks, mirror: Mirror | None) -> list[Operation]:
    """Put our filter where the first of ours stands, or last; take the other ones of ours away. From the end on."""
    path = f"{rule.pointer}/filters"
    if "filters" not in rule.content:  # that there still are none can only be tested with the whole rule
        wanted = [_filter(backends, mirror)] if mirror else []
        return [test(rule.pointer, dict(rule.content)), {"op": "add", "path": path, "value": wanted}]
    filters, ours = rule.content["filters"], [index for index, _ in _ours(rule, backends)]
    unmoved = test(path, filters)
    if mirror is None and len(ours) == len(filters):
        return [unmoved, {"op": "remove", "path": path}]
    kept, extra = (ours[:1], ours[1:]) if mirror else ([], ours)
    operations = [unmoved, *({"op": "remove", "path": f"{path}/{index}"} for index in reversed(extra))]
    if mirror:
        put = {"op": "replace", "path": f"{path}/{kept[0]}"} if kept else {"op": "add", "path": f"{path}/-"}
        operations.append({**put, "value": _filter(backends, mirror)})
    return operations


def _filter(backends: Marks, mirror: Mirror) -> dict[str, Any]:
    fraction = {"numerator": mirror.share, "denominator": WHOLE}
    ref = dict(backends[mirror.backend])
    return {"type": "RequestMirror", "requestMirror": {"backendRef": ref, "fraction": fraction}}


def _ours(rule: Rule, backends: Marks) -> list[tuple[int, str]]:
    return [
        (index, backend)
        for index, one in enumerate(rule.content.get("filters") or ())
        for backend, marks in backends.items()
        if one.get("type") == "RequestMirror" and matches((one.get("requestMirror") or {}).get("backendRef"), marks)
    ]


def _share(one: Mapping[str, Any]) -> int:
    mirrored = one["requestMirror"]
    if fraction := mirrored.get("fraction"):
        return round(int(fraction["numerator"]) * WHOLE / int(fraction.get("denominator", 100)))
    return int(mirrored["percent"]) * 1000 if "percent" in mirrored else WHOLE


def _refs(rule: Rule) -> Sequence[Mapping[str, Any]]:
    return rule.content.get("backendRefs") or ()
