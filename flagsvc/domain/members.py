"""Which members a document has, who owns them, and what an omitted one means; `flagsdk.core.validate` judges."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flagsdk.core.validate import nearest
from flagsvc.domain.errors import Fault

ENVIRONMENT = "environment"
DEFINITION = "definition"
CONFIGURATION = "configuration"
SEGMENT = "segment"
SPLIT = "split"
BINDING = "binding"
FREEZE = "freeze"
ROLLOUT = "rollout"
PLAN = "plan"

DEFINED = (
    *("key", "type", "variants", "salt", "createdAt", "archived"),
    *("name", "description", "owner", "tags", "expires"),
)
"""What a flag has once, for all environments."""

CONFIGURED = ("enabled", "offVariant", "prerequisites", "targets", "rules", "default", "staleness")
"""What a flag has in each environment."""

MEMBERS: Mapping[str, frozenset[str]] = {
    ENVIRONMENT: frozenset({"key", "name", "description", "protected", "requireReason", "archived"}),
    DEFINITION: frozenset(DEFINED),
    CONFIGURATION: frozenset(DEFINED + CONFIGURED),
}
"""Kinds whose members are checked here, because the whole document is not what the caller sends."""

ANSWERED = frozenset({"version", "revision", "changedAt", "changedBy", "createdAt", "environments", "status"})
"""What answers add to a document; ignored when it is sent back."""

FIXED: Mapping[str, tuple[str, ...]] = {
    ENVIRONMENT: ("key", "archived"),
    DEFINITION: ("key", "type", "salt", "archived"),
    CONFIGURATION: tuple(name for name in DEFINED if name != "createdAt"),
    SEGMENT: ("key", "archived"),
    SPLIT: ("key", "salt", "archived"),
    BINDING: ("key", "attempt", "archived"),
    PLAN: ("key", "archived"),
    FREEZE: ("key", "archived"),
}
"""What an edit cannot change; it may be left out, or sent back as it was."""

_UNIT: Mapping[str, Any] = {"headers": ["X-User-Id"], "cookies": ["uid"], "clientAddress": False}
_STICKY: Mapping[str, Any] = {"cookie": "flagsvc_unit", "maxAgeSeconds": 31_536_000, "secure": True}
_PARTS: Mapping[str, Mapping[str, Any]] = {
    "unit": {"headers": [], "cookies": [], "clientAddress": False},
    "sticky": _STICKY,
}


DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    ENVIRONMENT: {"protected": False, "requireReason": False},
    DEFINITION: {"tags": []},
    CONFIGURATION: {"enabled": False, "prerequisites": [], "targets": [], "rules": []},
    SEGMENT: {"tags": [], "included": [], "excluded": [], "by": "targetingKey", "when": None},
    SPLIT: {
        "tags": [],
        "enabled": True,
        "targets": [],
        "rules": [],
        "unit": _UNIT,
        "force": None,
        "sticky": None,
    },
    BINDING: {"tags": [], "enabled": True, "drift": "reassert", "onFailure": "revert", "deadlineSeconds": 60},
    PLAN: {"tags": []},  # what a plan leaves out is filled in where it is read
    FREEZE: {"tags": [], "from": None, "until": None, "weekly": None},
}

OPTIONAL = ("name", "description", "owner", "expires")
"""Texts that are left out when they are null or empty, so that equal documents look equal."""

MAX_NAME = 200
MAX_DESCRIPTION = 10_000

_CHECKS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "name": (lambda value: isinstance(value, str) and len(value) <= MAX_NAME, f"a text of at most {MAX_NAME}"),
    "description": (
        lambda value: isinstance(value, str) and len(value) <= MAX_DESCRIPTION,
        f"a text of at most {MAX_DESCRIPTION}",
    ),
    "protected": (lambda value: isinstance(value, bool), "true or false"),
    "requireReason": (lambda value: isinstance(value, bool), "true or false"),
}


def completed(kind: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Fill in what an omitted member means, and drop what only answers and archiving write."""
    sent = {name: value for name, value in body.items() if name not in ANSWERED and name != "archived"}
    document = {**_copies(DEFAULTS[kind]), **sent}
    for name in OPTIONAL:
        if document.get(name) in (None, ""):
            document.pop(name, None)
    if kind == SPLIT and document.get("mirror") is None:
        document.pop("mirror", None)  # as in every split of before there were mirrors
    for name, parts in _PARTS.items() if kind == SPLIT else ():
        if isinstance(document.get(name), Mapping):
            document[name] = {**_copies(parts), **document[name]}
    return document


def unknown_members(kind: str, body: Mapping[str, Any]) -> list[Fault]:
    """Say which members have no place in what the caller sends."""
    return [unknown_member(name, MEMBERS[kind]) for name in body if name not in MEMBERS[kind] and name not in ANSWERED]


def unknown_member(name: str, known: Iterable[str]) -> Fault:
    """Say that a member has no place here, and which one may be meant."""
    return Fault(pointer_to(name), "unknown-member", f"There is no member {name!r} here{nearest(name, known)}")


def environment_faults(body: Mapping[str, Any]) -> list[Fault]:
    """Say what is wrong with an environment's own members."""
    faults = unknown_members(ENVIRONMENT, body)
    for name, (holds, demand) in _CHECKS.items():
        if body.get(name) is not None and not holds(body[name]):
            faults.append(Fault(pointer_to(name), "wrong-type", f"{name} must be {demand}."))
    return faults


def fixed_faults(kind: str, body: Mapping[str, Any], before: Mapping[str, Any]) -> list[Fault]:
    """Say which members an edit tries to change although it cannot."""
    changed = [name for name in FIXED[kind] if body.get(name) is not None and _differs(name, body, before)]
    return [Fault(pointer_to(name), "read-only", f"{name} cannot be changed here.") for name in changed]


def pointer_to(*path: str | int) -> str:
    """RFC 6901 pointer to a place."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def _differs(name: str, body: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    neutral = {"archived": False, "tags": []}.get(name, "")
    return not same(body[name], before.get(name, neutral))


def same(one: Any, other: Any) -> bool:
    """Tell whether two JSON values are equal and of equal types (1, 1.0 and true are three values)."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and bool(one == other)


def _copies(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _copy(value) for name, value in members.items()}


def _copy(value: Any) -> Any:
    if isinstance(value, Mapping):
        return _copies(value)
    return list(value) if isinstance(value, list) else value
