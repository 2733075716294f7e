"""Documents for the tests of evaluation, short to write, and what becomes of them."""

import json
from collections.abc import Mapping
from typing import Any

from flagsdk.core import Context, Decision, Snapshot, evaluate
from flagsdk.core.explain import explained

WHOLE = 100_000
ON_OFF = {"on": True, "off": False}


def flag(key: str = "f", **members: Any) -> dict[str, Any]:
    """Build a boolean flag that serves `on` to everybody, with members replaced."""
    return {
        "key": key,
        "type": "boolean",
        "variants": ON_OFF,
        "enabled": True,
        "offVariant": "off",
        "prerequisites": [],
        "targets": [],
        "rules": [],
        "default": {"serve": "on"},
        "salt": f"salt-{key}",
    } | members


def ruled(*conditions: Any, **members: Any) -> dict[str, Any]:
    """Build a flag that serves `on` where one of the conditions is true, else `off`."""
    rules = [{"id": f"r{index}", "when": when, "serve": "on"} for index, when in enumerate(conditions)]
    return flag(**{"rules": rules, "default": {"serve": "off"}} | members)


def split(weights: Mapping[str, int], **members: Any) -> dict[str, Any]:
    """Build a serve clause that splits by those weights, laid out in order from bucket 0."""
    reached, allocation = 0, []
    for variant, weight in weights.items():
        if weight:
            allocation.append([variant, reached, reached + weight])
        reached += weight
    body = {"weights": dict(weights), "by": "targetingKey", "hash": "murmur3", "salt": "s", "allocation": allocation}
    return {"split": body | members}


def segment(key: str = "s", **members: Any) -> dict[str, Any]:
    """Build a segment that lists nobody, with members replaced."""
    return {"key": key, "included": [], "excluded": [], "by": "targetingKey", "when": None} | members


def traffic(key: str = "t", **members: Any) -> dict[str, Any]:
    """Build a traffic split over stable and canary that sends everybody to stable."""
    return {
        "key": key,
        "backends": ["stable", "canary"],
        "stable": "stable",
        "enabled": True,
        "rules": [],
        "default": {"serve": "stable"},
        "salt": "t",
    } | members


def texts(**kinds: list[dict[str, Any]]) -> dict[str, str]:
    """Documents by name: `texts(flag=[…], segment=[…], split=[…])`."""
    return {f"{kind}/{document['key']}": json.dumps(document) for kind, found in kinds.items() for document in found}


def snapshot(*flags: dict[str, Any], segments: Any = (), splits: Any = (), revision: int = 1) -> Snapshot:
    """Load a snapshot of those documents."""
    return Snapshot.load("test", "e1", revision, texts(flag=list(flags), segment=list(segments), split=list(splits)))


def decide(document: dict[str, Any], context: Any, **others: Any) -> Decision:
    """Decision of one flag, which the plain walk must share."""
    loaded = snapshot(document, **others)
    decision = evaluate(loaded, document["key"], context)
    assert decision == explained(loaded, document["key"], context)
    return decision


def truth(condition: Any, **attributes: Any) -> str:
    """Say whether a condition is "true", "false" or "unknown" for a context with those attributes."""
    context = Context("user-1") | attributes
    if decide(ruled(condition), context).variant == "on":
        return "true"
    return "false" if decide(ruled({"not": condition}), context).variant == "on" else "unknown"
