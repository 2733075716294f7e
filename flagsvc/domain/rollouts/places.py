"""The place of a flag or traffic split that a rollout moves: what it serves, as text, and what it would serve."""

import json
from collections.abc import Mapping
from typing import Any

from flagsdk.core.allocation import WHOLE
from flagsdk.wire import canonical
from flagsvc.domain.errors import Fault, Invalid
from flagsvc.domain.places import Place, places_of
from flagsvc.domain.rollouts.plan import PlanTarget

SERVED = ("serve", "split")


def place_of(document: Mapping[str, Any], rule: str) -> Place | None:
    """Find the default, or the rule of that id; None for a rule that is not there."""
    identity = ("rule", rule) if rule else ("default", "")
    return next((place for place in places_of(document) if place.identity == identity), None)


def served_text(document: Mapping[str, Any], rule: str) -> str:
    """Write what a place serves, its allocation included, as canonical JSON; "" for a rule that is not there."""
    place = place_of(document, rule)
    return canonical({name: place.holder[name] for name in SERVED if name in place.holder}) if place else ""


def with_served(document: Mapping[str, Any], rule: str, text: str) -> dict[str, Any]:
    """Give a document with what a place served when that text was written; raises Invalid where the rule is gone."""
    served = json.loads(text)
    if not rule:
        return {**document, "default": served}
    if place_of(document, rule) is None:
        raise Invalid([Fault("/rules", "unknown-rule", f"There is no rule {rule!r} any more.")])
    rest = ({name: value for name, value in each.items() if name not in SERVED} for each in document["rules"])
    pairs = zip(document["rules"], rest, strict=True)
    return {**document, "rules": [{**kept, **served} if each["id"] == rule else each for each, kept in pairs]}


def weights_wanted(document: Mapping[str, Any], target: PlanTarget, weight: int | Mapping[str, int]) -> dict[str, int]:
    """Give all weights of a place: the candidate's as asked, the baseline's what it and the others leave.

    Raises Invalid where the others have so much that the candidate cannot get its weight.
    """
    if not isinstance(weight, int):
        return dict(weight)
    others = {name: share for name, share in weights_now(document, target.rule).items() if share}
    for name in (target.candidate, target.baseline):
        others.pop(name, None)
    left = WHOLE - weight - sum(others.values())
    if left < 0:
        named = ", ".join(f"{name} {share / 1000:g} %" for name, share in sorted(others.items()))
        detail = f"{target.candidate!r} cannot get {weight / 1000:g} %: others have {named}."
        raise Invalid([Fault("/weights", "no-room", detail)])
    return {**others, target.baseline: left, target.candidate: weight}


def weights_now(document: Mapping[str, Any], rule: str) -> dict[str, int]:
    """Give the weights of a place as it is; raises Invalid for a rule that is not there."""
    place = place_of(document, rule)
    if place is None:
        raise Invalid([Fault("/rules", "unknown-rule", f"There is no rule {rule!r}.")])
    if place.served is not None:
        return {place.served: WHOLE}
    return dict((place.split or {}).get("weights", {}))
