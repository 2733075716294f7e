"""The members that the server owns: rule ids, salts and allocation tables, added to what a caller sends."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeGuard

from flagsdk.core.allocation import WHOLE, Table, initial, reweigh
from flagsdk.core.hashing import HASHES, NATIVE
from flagsvc.domain.members import pointer_to
from flagsvc.domain.places import Place, places_of, space_of, table_of

RULE_ID_LENGTH = 8
SALT_LENGTH = 22  # 131 bits


@dataclass(slots=True)
class Shaper:
    """Adds what the server owns to one document.

    `before` is the document that is replaced, `salt` the document's own, `base` the off variant or stable backend.
    After `shape`, `redrawn` holds the pointers of splits whose salt, hash or space differs from what was there.
    """

    before: Mapping[str, Any]
    salt: str
    base: str | None
    mint: Callable[[], str]
    redrawn: list[str] = field(default_factory=list)

    def shape(self, document: dict[str, Any]) -> dict[str, Any]:
        """Give the document with rule ids, and each split with `by`, `hash`, `salt` and `allocation`."""
        known = {place.identity: place for place in places_of(self.before)}
        shaped = {**document, "rules": self._with_ids(document["rules"])} if "rules" in document else document
        places = [place for place in places_of(shaped) if place.split is not None]
        splits = {place.pointer: self._split(place, known.get(place.identity)) for place in places}
        return _with_splits(shaped, splits)

    def _with_ids(self, rules: Any) -> Any:
        if not isinstance(rules, list):
            return rules
        return [
            {"id": self.mint()[:RULE_ID_LENGTH], **rule} if isinstance(rule, dict) and rule.get("id") is None else rule
            for rule in (_without_null_id(rule) for rule in rules)
        ]

    def _split(self, place: Place, old: Place | None) -> dict[str, Any]:
        sent, had = place.split or {}, (old.split if old else None) or {}
        split = {"by": had.get("by", "targetingKey"), "hash": had.get("hash", NATIVE), **_present(sent)}
        split.setdefault("salt", had.get("salt", self.salt))
        if "space" in had and split["hash"] == had.get("hash"):
            split.setdefault("space", had["space"])
        split.pop("allocation", None)
        if had and any(_identity(split)[part] != _identity(had)[part] for part in range(3)):
            self.redrawn.append(f"{place.pointer}/split")
        table = self._table(split, had, old)
        return split if table is None else {**split, "allocation": [list(entry) for entry in table]}

    def _table(self, split: Mapping[str, Any], had: Mapping[str, Any], old: Place | None) -> Table | None:
        """None for weights or a space that the check will refuse."""
        weights, space = split.get("weights"), space_of(split)
        if not _are_weights(weights) or not _is_space(split, space):
            return None
        table = table_of(old, space) if old else None
        if table is None or (had and space_of(had) != space):
            return initial(dict(sorted(weights.items())), space, self.base)
        return table if had.get("weights") == weights else reweigh(table, weights, space, self.base)


def _with_splits(document: Mapping[str, Any], splits: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    result = dict(document)
    if "/default" in splits:
        result["default"] = {**document["default"], "split": splits["/default"]}
    if isinstance(document.get("rules"), list):
        pointers = [pointer_to("rules", index) for index in range(len(document["rules"]))]
        result["rules"] = [
            {**rule, "split": splits[pointer]} if pointer in splits else rule
            for pointer, rule in zip(pointers, document["rules"], strict=True)
        ]
    return result


def _without_null_id(rule: Any) -> Any:
    return {name: value for name, value in rule.items() if name != "id" or value} if isinstance(rule, dict) else rule


def _present(sent: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in sent.items() if value is not None}


def _identity(split: Mapping[str, Any]) -> tuple[Any, Any, int]:
    return split.get("salt"), split.get("hash", NATIVE), space_of(split)


def _are_weights(weights: Any) -> TypeGuard[dict[str, int]]:
    return (
        isinstance(weights, dict)
        and all(type(weight) is int and weight >= 0 for weight in weights.values())
        and sum(weights.values()) == WHOLE
    )


def _is_space(split: Mapping[str, Any], space: int) -> bool:
    family = HASHES.get(split["hash"]) if isinstance(split["hash"], str) else None
    return family is not None and family.accepts(space) and split.get("space", space) == space
