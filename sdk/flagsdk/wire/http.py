"""Snapshot and change as JSON: bodies of the HTTP feed, form of a snapshot file. Texts stay byte-exact strings."""

import json
from collections.abc import Mapping
from typing import Any, TypeGuard

from flagsdk.wire.faults import Corrupt
from flagsdk.wire.values import FORMATS, Change, Whole

_WHOLE = ("environment", "epoch", "revision", "format", "digest", "at", "signature", "documents")
_CHANGE = ("environment", "epoch", "revision", "digest", "at", "signature", "edits")


def whole_json(whole: Whole) -> str:
    """Write a snapshot as one line of JSON; `signature` is there only where it is signed."""
    return _json(whole, _WHOLE)


def change_json(change: Change) -> str:
    """Write a change as one line of JSON, fit for the `data:` of a server-sent event."""
    return _json(change, _CHANGE)


def parse_whole(body: str | bytes) -> Whole:
    """Decode a snapshot; raises Corrupt. Unknown members are ignored."""
    return whole_from(_object(body))


def whole_from(members: Mapping[str, Any]) -> Whole:
    """Read a snapshot from parsed JSON; raises Corrupt. The digest is compared on admission."""
    documents = members.get("documents")
    if not _is_texts(documents):
        raise Corrupt("documents is not an object of texts")
    number = _number(members, "format")
    if number not in FORMATS:
        raise Corrupt(f"format {number} is not known to this reader")
    return Whole(
        environment=_text(members, "environment"),
        epoch=_text(members, "epoch"),
        revision=_number(members, "revision"),
        digest=_text(members, "digest"),
        format=number,
        at=_number(members, "at"),
        documents=documents,
        signature=_signature(members),
    )


def parse_change(body: str | bytes) -> Change:
    """Decode a change; raises Corrupt. Unknown members are ignored."""
    members = _object(body)
    edits = members.get("edits")
    if not isinstance(edits, dict) or not all(text is None or isinstance(text, str) for text in edits.values()):
        raise Corrupt("edits is not an object of texts and nulls")
    return Change(
        environment=_text(members, "environment"),
        epoch=_text(members, "epoch"),
        revision=_number(members, "revision"),
        digest=_text(members, "digest"),
        at=_number(members, "at"),
        edits=edits,
        signature=_signature(members),
    )


def _json(value: Whole | Change, members: tuple[str, ...]) -> str:
    fields = {name: getattr(value, name) for name in members if name != "signature" or value.signature}
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"), default=dict)


def _object(body: str | bytes) -> dict[str, Any]:
    try:
        members = json.loads(body)
    except (ValueError, RecursionError) as fault:
        raise Corrupt(f"not JSON: {fault}") from fault
    if not isinstance(members, dict):
        raise Corrupt("not a JSON object")
    return members


def _is_texts(value: object) -> TypeGuard[dict[str, str]]:
    return isinstance(value, dict) and all(isinstance(text, str) for text in value.values())


def _text(members: Mapping[str, Any], name: str) -> str:
    value = members.get(name)
    if not isinstance(value, str) or not value:
        raise Corrupt(f"{name} is not a text")
    return value


def _signature(members: Mapping[str, Any]) -> str:
    """Read what may be missing. What is no text is no signature; only who demands one has to care."""
    value = members.get("signature")
    return value if isinstance(value, str) else ""


def _number(members: Mapping[str, Any], name: str) -> int:
    value = members.get(name)
    if type(value) is not int or value < 0:
        raise Corrupt(f"{name} is not a non-negative integer")
    return value
