"""What is allowed and yet worth a second look: findings about an edit, never refusals."""

from collections.abc import Iterator, Mapping
from typing import Any

from flagsdk.core.allocation import WHOLE
from flagsvc.domain.members import pointer_to
from flagsvc.domain.places import Place, places_of

EVERYBODY: tuple[dict[str, Any], ...] = ({"all": []}, {"not": {"any": []}})


def lints_of(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give the findings about one edit: [{"document", "pointer", "code", "detail"}]."""
    known = {place.identity: place for place in places_of(before)}
    found = [*_shadowed(after), *_segment(after)]
    for place in places_of(after):
        found += [*_weights(place), *_changed(place, known.get(place.identity))]
    return [{"document": name, "pointer": pointer, "code": code, "detail": detail} for pointer, code, detail in found]


def _weights(place: Place) -> Iterator[tuple[str, str, str]]:
    for variant, weight in sorted((place.split or {}).get("weights", {}).items()):
        if weight == WHOLE:
            yield f"{place.pointer}/split/weights", "one-for-all", f"The split gives everybody {variant!r}."


def _changed(place: Place, old: Place | None) -> Iterator[tuple[str, str, str]]:
    if not place.split or not old or not old.split:
        return
    pointer = f"{place.pointer}/split"
    if place.split.get("by") != old.split.get("by"):
        yield f"{pointer}/by", "by-changed", "Another attribute is hashed now: every unit is drawn anew."
    weights = place.split["weights"]
    for variant, weight in sorted(old.split.get("weights", {}).items()):
        if weight and variant not in weights:
            yield f"{pointer}/weights", "variant-removed", f"The split no longer serves {variant!r}."


def _shadowed(document: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    earlier: list[Any] = []
    for index, rule in enumerate(document.get("rules", ())):
        blocker = next((seen for seen in earlier if seen in EVERYBODY or seen == rule["when"]), None)
        if blocker is not None:
            yield pointer_to("rules", index), "shadowed", "An earlier rule matches whenever this one does."
        earlier.append(rule["when"])


def _segment(document: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    if "included" in document and not document["included"] and document.get("when") is None:
        yield "", "empty-segment", "The segment has no units and no condition: nobody is in it."
