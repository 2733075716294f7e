"""The places of a document that serve something: its default, its rules (whose identity edits keep) and its lists."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from flagsdk.core.allocation import WHOLE, Table
from flagsdk.core.hashing import HASHES, NATIVE
from flagsvc.domain.members import pointer_to


class Place(NamedTuple):
    """One place that serves: its identity ("default" or the rule's id), its pointer, and the object there."""

    identity: tuple[str, str]
    pointer: str
    holder: Mapping[str, Any]

    @property
    def split(self) -> dict[str, Any] | None:
        """The split served here, if it is one."""
        split = self.holder.get("split")
        return split if isinstance(split, dict) else None

    @property
    def served(self) -> str | None:
        """The one variant served here, if it is one."""
        served = self.holder.get("serve")
        return served if isinstance(served, str) and "split" not in self.holder else None


def places_of(document: Mapping[str, Any]) -> Iterator[Place]:
    """Yield every place of a flag or traffic split; what does not have the right form is passed over."""
    if isinstance(document.get("default"), dict):
        yield Place(("default", ""), "/default", document["default"])
    rules = document.get("rules")
    for index, rule in enumerate(rules if isinstance(rules, list) else ()):
        if isinstance(rule, dict) and isinstance(rule.get("id"), str):
            yield Place(("rule", rule["id"]), pointer_to("rules", index), rule)


def targets_of(document: Mapping[str, Any]) -> Iterator[Place]:
    """Yield every list of units, as a place that serves its one variant; a list of nobody serves nobody."""
    targets = document.get("targets")
    for index, target in enumerate(targets if isinstance(targets, list) else ()):
        if isinstance(target, dict) and isinstance(target.get("variant"), str) and target.get("units"):
            yield Place(("target", str(index)), pointer_to("targets", index), {"serve": target["variant"]})


def off_of(document: Mapping[str, Any]) -> str | None:
    """Name what everybody gets while the document is off: a flag's off variant, or a traffic split's stable backend."""
    off = document.get("offVariant", document.get("stable"))
    return off if isinstance(off, str) else None


def space_of(split: Mapping[str, Any]) -> int:
    """Buckets of a split: its own number, or that of its hash."""
    space = split.get("space")
    if type(space) is int:
        return space
    family = HASHES.get(str(split.get("hash", NATIVE)))
    return family.default_space if family else WHOLE


def table_of(place: Place, space: int) -> Table | None:
    """Who owns which buckets here: the stored table, or one variant everything; None when neither can be read."""
    if place.served is not None:
        return ((place.served, 0, space),)
    split = place.split
    if split is None or not isinstance(split.get("allocation"), list):
        return None
    return tuple((variant, start, end) for variant, start, end in split["allocation"])
