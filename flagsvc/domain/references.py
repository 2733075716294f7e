"""What a document refers to: other documents by name, and variants by place."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from flagsvc.domain.members import pointer_to
from flagsvc.domain.places import places_of

GROUPS = ("all", "any")


def references_of(document: Mapping[str, Any]) -> list[str]:
    """Names of the documents that this one needs ("flag/KEY", "segment/KEY", "split/KEY"), sorted, each once."""
    names = {f"flag/{parent['flag']}" for parent in document.get("prerequisites", ())}
    if "routers" in document:
        names.add(f"split/{document['split']}")
    if "strategy" in document:
        names.update(f"{target['kind']}/{target['key']}" for target in document["targets"])
    if "deployment" in document and not document["deployment"].get("endedAt"):
        names.update(f"{target['kind']}/{target['key']}" for target in document["plan"]["targets"])
    for condition in _conditions(document):
        names.update(f"segment/{key}" for key in segments_in(condition))
    return sorted(names)


class Reference(NamedTuple):
    """One place of a document that refers to another: in words, and as an RFC 6901 pointer."""

    where: str
    pointer: str


def references_to(document: Mapping[str, Any], kind: str, key: str) -> Iterator[Reference]:
    """Yield the places where a document refers to another one; those of `references_of`, each by itself."""
    if kind == "segment":
        yield from _segment_places(document, key)
    if kind == "flag":
        for index, parent in enumerate(document.get("prerequisites", ())):
            if parent["flag"] == key:
                yield Reference("prerequisite", pointer_to("prerequisites", index))
    if kind == "split" and "routers" in document and document["split"] == key:
        yield Reference("traffic split", "/split")
    for at, targets in (((), document.get("targets")), (("plan",), document.get("plan", {}).get("targets"))):
        if "strategy" in document or "deployment" in document:
            yield from _target_places(at, targets or (), kind, key)


def _segment_places(document: Mapping[str, Any], key: str) -> Iterator[Reference]:
    if key in segments_in(document.get("when")):
        yield Reference("condition", "/when")
    for index, rule in enumerate(document.get("rules", ())):
        if key in segments_in(rule.get("when")):
            yield Reference(f"rule {index + 1}", pointer_to("rules", index))


def _target_places(at: Sequence[str], targets: Sequence[Any], kind: str, key: str) -> Iterator[Reference]:
    for index, target in enumerate(targets):
        if (target["kind"], target["key"]) == (kind, key):
            yield Reference(f"target {target['name']}", pointer_to(*at, "targets", index))


def segments_in(condition: Any) -> Iterator[str]:
    """Yield the keys of the segments that a condition asks for, at any depth."""
    if not isinstance(condition, dict):
        return
    if isinstance(condition.get("segment"), str):
        yield condition["segment"]
    for group in GROUPS:
        for part in condition.get(group, ()):
            yield from segments_in(part)
    yield from segments_in(condition.get("not"))


def variants_used(document: Mapping[str, Any]) -> set[str]:
    """Variants that a configuration still names: served, weighed, allocated, targeted, or the off variant."""
    used = {document.get("offVariant"), *(target.get("variant") for target in document.get("targets", ()))}
    for place in places_of(document):
        split = place.split or {}
        used.update(split.get("weights", ()), (entry[0] for entry in split.get("allocation", ())), {place.served})
    return {variant for variant in used if isinstance(variant, str)}


def parents_of(document: Mapping[str, Any], key: str) -> set[str]:
    """Variants of the flag `key` that this document's prerequisites wait for."""
    return {
        variant
        for parent in document.get("prerequisites", ())
        if parent["flag"] == key
        for variant in parent["variants"]
    }


def _conditions(document: Mapping[str, Any]) -> Iterator[Any]:
    yield document.get("when")
    for rule in document.get("rules", ()):
        yield rule.get("when")
