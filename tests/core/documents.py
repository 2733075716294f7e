"""Good documents of each kind, and how to spoil one of their places."""

import copy
from typing import Any

from flagsdk.core.validate import Problem, problems_of

Document = dict[str, Any]


def split(**members: Any) -> Document:
    """Half and half."""
    allocation = [["off", 50_000, 100_000], ["on", 0, 50_000]]
    whole = {"weights": {"on": 50_000, "off": 50_000}, "by": "targetingKey", "hash": "murmur3", "salt": "s"}
    return {**whole, "allocation": allocation, **members}


def comparison(op: str, *values: Any, **members: Any) -> Document:
    return {"attribute": "country", "op": op, "values": list(values), **members}


FLAG: Document = {
    "key": "new-checkout",
    "type": "boolean",
    "variants": {"on": True, "off": False},
    "enabled": True,
    "offVariant": "off",
    "salt": "k3v9q2xw",
    "prerequisites": [{"flag": "parent", "variants": ["blue"]}],
    "targets": [{"variant": "on", "units": ["user-1"]}, {"variant": "off", "units": ["user-1"], "by": "company"}],
    "rules": [
        {
            "id": "r1",
            "description": "staff",
            "when": {
                "all": [
                    comparison("in", "DE", "AT", ignoreCase=True),
                    {"not": {"any": [{"segment": "beta"}, {"segment": "staff", "negate": True}]}},
                    {"bucket": {"salt": "s", "ranges": [[0, 10_000]]}, "negate": False},
                    {"attribute": "plan", "op": "exists"},
                ]
            },
            "serve": "on",
        },
        {"id": "r2", "when": {"all": []}, "split": split()},
    ],
    "default": {"split": split(weights={"on": 100_000, "off": 0}, allocation=[["on", 0, 100_000]])},
    "name": "New checkout",
    "description": "",
    "tags": ["shop"],
    "createdAt": "2026-01-01T00:00:00Z",
}
SEGMENT: Document = {
    "key": "beta",
    "included": ["user-1"],
    "excluded": [],
    "by": "targetingKey",
    "when": {"any": [comparison("equals", "DE"), {"segment": "staff"}]},
}
TRAFFIC_SPLIT: Document = {
    "key": "checkout",
    "backends": ["stable", "canary"],
    "stable": "stable",
    "enabled": True,
    "salt": "s",
    "targets": [],
    "rules": [],
    "default": {
        "split": split(
            weights={"stable": 95_000, "canary": 5_000}, allocation=[["canary", 0, 5_000], ["stable", 5_000, 100_000]]
        )
    },
    "unit": {"headers": ["X-User-Id"], "cookies": ["uid"], "clientAddress": False},
    "force": {"header": "X-Force-Cohort"},
    "sticky": {"cookie": "flagsvc_unit", "maxAgeSeconds": 31_536_000, "secure": True},
    "mirror": {"backend": "canary", "share": 500},
}
PARENT: Document = {
    **FLAG,
    "key": "parent",
    "type": "string",
    "variants": {"blue": "b", "red": "r"},
    "prerequisites": [],
}
OTHERS: dict[str, Document] = {
    "flag/parent": PARENT,
    "flag/gone": {**PARENT, "key": "gone", "archived": True},
    "segment/staff": {"key": "staff", "included": [], "excluded": [], "by": "targetingKey", "when": None},
    "segment/left": {"key": "left", "archived": True},
}
EXAMPLES = {"flag": FLAG, "segment": SEGMENT, "split": TRAFFIC_SPLIT}


def check(kind: str, document: Any, **others: Document) -> list[Problem]:
    key = document.get("key") if isinstance(document, dict) else None
    named = {name.replace("__", "/"): other for name, other in others.items()}
    everything = {**OTHERS, "flag/new-checkout": FLAG, "segment/beta": SEGMENT, **named}
    return problems_of(
        kind, document, {**everything, f"{kind}/{key}": document} if isinstance(document, dict) else everything
    )


def edited(kind: str, pointer: str, value: Any) -> Document:
    """Give the example of a kind with one place changed."""
    document = copy.deepcopy(EXAMPLES[kind])
    *way, last = pointer.split("/")[1:]
    place: Any = document
    for step in way:
        place = place[int(step) if isinstance(place, list) else step]
    place[int(last) if isinstance(place, list) else last] = value
    return document


def at(kind: str, pointer: str) -> Any:
    """Give what the example of a kind has at a place."""
    place: Any = EXAMPLES[kind]
    for step in pointer.split("/")[1:]:
        place = place[int(step) if isinstance(place, list) else step]
    return place
