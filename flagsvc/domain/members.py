"""Which members a document of each kind has, who owns them, and what an omitted one means."""

from collections.abc import Callable, Mapping
from typing import Any

from flagsvc.domain.errors import Fault

ENVIRONMENT, DEFINITION, CONFIGURATION, SEGMENT, SPLIT = (
    "environment",
    "definition",
    "configuration",
    "segment",
    "split",
)

DEFINED = (
    "key",
    "type",
    "variants",
    "name",
    "description",
    "owner",
    "tags",
    "expires",
    "salt",
    "createdAt",
    "archived",
)
"""What a flag has once, for all environments."""

CONFIGURED = ("enabled", "offVariant", "prerequisites", "targets", "rules", "default")
"""What a flag has in each environment."""

_TEXTS = ("key", "name", "description", "owner", "tags", "archived")

MEMBERS: Mapping[str, frozenset[str]] = {
    ENVIRONMENT: frozenset({"key", "name", "description", "protected", "requireReason", "archived"}),
    DEFINITION: frozenset(DEFINED),
    CONFIGURATION: frozenset(DEFINED + CONFIGURED),
    SEGMENT: frozenset({*_TEXTS, "included", "excluded", "by", "when"}),
    SPLIT: frozenset(
        {*_TEXTS, "backends", "stable", "enabled", "rules", "default", "targets", "salt", "unit", "force", "sticky"}
    ),
}

ANSWERED = frozenset({"version", "revision", "changedAt", "changedBy", "createdAt", "environments"})
"""What answers add to a document; ignored when it is sent back."""

FIXED: Mapping[str, tuple[str, ...]] = {
    ENVIRONMENT: ("key", "archived"),
    DEFINITION: ("key", "type", "salt", "archived"),
    CONFIGURATION: DEFINED,
    SEGMENT: ("key", "archived"),
    SPLIT: ("key", "salt", "archived"),
}
"""What an edit cannot change; it may be left out, or sent back as it was."""

_UNIT: Mapping[str, Any] = {"headers": ["X-User-Id"], "cookies": ["uid"], "clientAddress": False}
_STICKY: Mapping[str, Any] = {"cookie": "flagsvc_unit", "maxAgeSeconds": 31_536_000, "secure": True}

DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    ENVIRONMENT: {"protected": False, "requireReason": False},
    DEFINITION: {"tags": []},
    CONFIGURATION: {"enabled": False, "prerequisites": [], "targets": [], "rules": []},
    SEGMENT: {"tags": [], "included": [], "excluded": [], "by": "targetingKey", "when": None},
    SPLIT: {"tags": [], "enabled": True, "targets": [], "rules": [], "unit": _UNIT, "force": None, "sticky": None},
}

MAX_TEXT = 10_000
MAX_TAGS = 100


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= MAX_TEXT


def _is_tags(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= MAX_TAGS and all(_is_text(tag) and tag for tag in value)


def _is_switch(value: Any) -> bool:
    return isinstance(value, bool)


_CHECKS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "name": (_is_text, f"must be a text of at most {MAX_TEXT} characters"),
    "description": (_is_text, f"must be a text of at most {MAX_TEXT} characters"),
    "owner": (_is_text, f"must be a text of at most {MAX_TEXT} characters"),
    "tags": (_is_tags, f"must be a list of at most {MAX_TAGS} texts"),
    "protected": (_is_switch, "must be true or false"),
    "requireReason": (_is_switch, "must be true or false"),
}


def completed(kind: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Fill in what an omitted member means and drop texts that are null or empty, so that equal things look equal."""
    document = {**_copies(DEFAULTS[kind]), **body}
    for name in ("name", "description", "owner", "expires"):
        if document.get(name) in (None, ""):
            document.pop(name, None)
    for name, parts in (("unit", _UNIT), ("sticky", _STICKY)):
        if isinstance(document.get(name), Mapping):
            document[name] = {**_copies(parts), **document[name]}
    return document


def member_faults(kind: str, body: Mapping[str, Any]) -> list[Fault]:
    """Say which members are unknown, and which texts are none."""
    unknown = [name for name in body if name not in MEMBERS[kind] and name not in ANSWERED]
    faults = [Fault(pointer_to(name), "unknown-member", f"There is no member {name!r} here.") for name in unknown]
    for name, (holds, demand) in _CHECKS.items():
        if body.get(name) is not None and name in MEMBERS[kind] and not holds(body[name]):
            faults.append(Fault(pointer_to(name), "wrong-type", f"{name} {demand}."))
    return faults


def fixed_faults(kind: str, body: Mapping[str, Any], before: Mapping[str, Any]) -> list[Fault]:
    """Say which members an edit tries to change although it cannot."""
    changed = [name for name in FIXED[kind] if name in body and _differs(name, body, before)]
    return [Fault(pointer_to(name), "read-only", f"{name} cannot be changed here.") for name in changed]


def pointer_to(*path: str | int) -> str:
    """RFC 6901 pointer to a place."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def _differs(name: str, body: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    neutral = {"archived": False, "tags": []}.get(name)
    sent, had = body[name], before.get(name, neutral)
    return repr(sent) != repr(had) and not (sent in (None, "") and had is None)


def _copies(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _copy(value) for name, value in members.items()}


def _copy(value: Any) -> Any:
    if isinstance(value, Mapping):
        return _copies(value)
    return list(value) if isinstance(value, list) else value
