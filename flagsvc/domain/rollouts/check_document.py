"""The strict check of a document of kind "plan": its texts, its plan, and that what it moves is there."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from flagsdk.core.validate import Problem, nearest
from flagsdk.core.validate.cursor import Cursor, Scope, shown
from flagsdk.core.validate.shapes import TEXTS, Shape
from flagsvc.domain.rollouts.check import PLAN, plan
from flagsvc.domain.rollouts.check_parts import objects
from flagsvc.domain.rollouts.places import place_of

_NOUNS = {"flag": "flag", "split": "traffic split"}


def plan_document_problems(document: Any, documents: Mapping[str, Mapping[str, Any]]) -> list[Problem]:
    """List everything that is wrong with a plan; `documents` maps names to the documents of its environment.

    Whether its metric sources can be asked and its routers can hold its weights is for the pre-flight check. Never
    raises for any JSON value.
    """
    place = Cursor(document, Scope("plan", documents))
    plan(place, DOCUMENT)
    return place.scope.problems + target_problems(document, documents)


def target_problems(members: Any, documents: Mapping[str, Mapping[str, Any]]) -> list[Problem]:
    """List what the targets and weights of a plan name that is not there, and nothing else; never raises for JSON."""
    place = Cursor(members, Scope("plan", documents))
    if isinstance(members, dict):
        moved = {name: _moved(target) for target in objects(place.at("targets")) if (name := _name(target))}
        for weights in _weights_by_variant(place):
            _name_variants(weights, moved.get(str(weights.path[-1])))
    return place.scope.problems


def _name(target: Cursor) -> str:
    return str(target.value.get("name", ""))


def _moved(target: Cursor) -> Mapping[str, Any] | None:
    """Find the document that a target moves, its variants and its rule; what is no text is reported elsewhere."""
    kind, key = target.value.get("kind"), target.value.get("key")
    if not isinstance(kind, str) or not isinstance(key, str) or kind not in _NOUNS:
        return None
    document = target.scope.documents.get(f"{kind}/{key}")
    if document is None:
        known = [name.partition("/")[2] for name in target.scope.documents if name.startswith(f"{kind}/")]
        detail = f"There is no {_NOUNS[kind]} {shown(key)} in force in this environment{nearest(key, known)}"
        target.at("key").report(f"unknown-{kind}", detail)
        return None
    _serves(target, document)
    return document


def _serves(target: Cursor, document: Mapping[str, Any]) -> None:
    for member in ("candidate", "baseline"):
        if isinstance(target.value.get(member), str):
            _is_variant(target.at(member), document)
    rule = target.value.get("rule")
    if isinstance(rule, str) and place_of(document, rule) is None:
        target.at("rule").unknown("rule", [each["id"] for each in document.get("rules", ())])


def _weights_by_variant(place: Cursor) -> Iterator[Cursor]:
    for step in objects(place.at("steps")):
        weights = step.at("weights")
        if isinstance(weights.value, dict):
            yield from (weight for weight in weights.members() if isinstance(weight.value, dict))


def _name_variants(weights: Cursor, document: Mapping[str, Any] | None) -> None:
    if document is None:
        return
    for weight in weights.members():
        _is_variant(replace(weight, value=weight.path[-1]), document)


def _is_variant(name: Cursor, document: Mapping[str, Any]) -> None:
    names = "variants" if "variants" in document else "backends"
    if name.value not in document[names]:
        name.unknown(names.removesuffix("s"), document[names])


DOCUMENT: Shape = {
    **{name: TEXTS[name] for name in ("key", "name", "description", "owner", "tags", "archived", "createdAt")},
    **PLAN,
}
