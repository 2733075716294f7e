"""Flags, splits and snapshots for the SDK's tests."""

from collections.abc import Mapping
from typing import Any

from flagsdk.wire import FORMAT, Change, Digest, Whole, canonical


def flag(key: str, kind: str = "boolean", **members: Any) -> dict[str, Any]:
    """Write a flag with an `on` and an `off` variant that serves `on` to everybody."""
    values = {
        "boolean": (True, False),
        "string": ("yes", "no"),
        "integer": (7, 0),
        "float": (0.5, 0),
        "object": ({"a": [1, {"b": 2}]}, {}),
    }
    on, off = values[kind]
    document = {
        "key": key,
        "type": kind,
        "variants": {"on": on, "off": off},
        "enabled": True,
        "offVariant": "off",
        "prerequisites": [],
        "targets": [],
        "rules": [],
        "default": {"serve": "on"},
        "salt": f"salt-{key}",
    }
    return document | members


def half(salt: str = "salt", first: str = "on", second: str = "off") -> dict[str, Any]:
    """Write a split at 50 %."""
    split = {"weights": {first: 50_000, second: 50_000}, "by": "targetingKey", "hash": "murmur3", "salt": salt}
    return {"split": split | {"allocation": [[first, 0, 50_000], [second, 50_000, 100_000]]}}


def traffic(key: str, **members: Any) -> dict[str, Any]:
    """Write a traffic split over `stable` and `canary` at 50 %."""
    document = {
        "key": key,
        "backends": ["stable", "canary"],
        "stable": "stable",
        "enabled": True,
        "rules": [],
        "targets": [],
        "default": half("salt", "canary", "stable"),
        "salt": "salt",
        "unit": {"headers": ["X-User-Id"], "cookies": [], "clientAddress": False},
    }
    return document | members


def texts(*documents: dict[str, Any]) -> dict[str, str]:
    """Name documents by their kind and write them out."""
    return {f"{_kind(document)}/{document['key']}": canonical(document) for document in documents}


def whole(documents: Mapping[str, str], revision: int = 1, epoch: str = "e1", environment: str = "production") -> Whole:
    """Write a consistent snapshot."""
    return Whole(environment, epoch, revision, Digest.of(documents).hex, FORMAT, 0, dict(documents))


def change(before: Whole, edits: Mapping[str, str | None]) -> tuple[Change, Whole]:
    """Write the change after `before`, and the snapshot that it leads to."""
    documents = dict(before.documents)
    for name, text in edits.items():
        documents.pop(name, None)
        if text is not None:
            documents[name] = text
    after = whole(documents, before.revision + 1, before.epoch, before.environment)
    return Change(before.environment, before.epoch, after.revision, after.digest, 0, dict(edits)), after


def _kind(document: dict[str, Any]) -> str:
    if "backends" in document:
        return "split"
    return "flag" if "variants" in document else "segment"


ON, OFF = flag("a"), flag("a", enabled=False)
FIRST = whole(texts(ON))
