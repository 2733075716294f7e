"""What the evaluation benchmark measures: flags as documents, and the same decisions written by hand."""

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import mmh3

from flagsdk import Context

WHOLE = 100_000
QUARTER, THIRTY, HALF = 25_000, 30_000, 50_000
LISTED = 10_000
USERS = 10_000
COUNTRIES = ("DE", "AT", "CH", "FR", "IT")
VERSIONS = tuple(f"{major}.{minor}.{patch}" for major in (3, 4) for minor in range(5) for patch in range(4))
ARMS = ("a", "b", "c", "d")
INSIDERS = frozenset(f"user-{number}" for number in range(LISTED))

Hand = Callable[[Any], Any]
Document = dict[str, Any]


def users(offset: int) -> list[Context]:
    """Make new users, each a string that nobody has hashed yet."""
    return [
        Context(f"user-{number}", country=COUNTRIES[number % 5], plan="pro", version=VERSIONS[number % len(VERSIONS)])
        for number in range(offset, offset + USERS)
    ]


def flag(key: str, **members: Any) -> Document:
    """Make a boolean flag that is on for everybody, with members replaced."""
    return {
        "key": key,
        "name": f"The flag {key}",
        "owner": "payments",
        "tags": ["checkout", "web"],
        "createdAt": "2026-01-02T03:04:05Z",
        "salt": key,
        "type": "boolean",
        "variants": {"on": True, "off": False},
        "enabled": True,
        "offVariant": "off",
        "prerequisites": [],
        "targets": [],
        "rules": [],
        "default": {"serve": "on"},
    } | members


def split(salt: str, weights: dict[str, int]) -> Document:
    """Make a serve clause that splits by weights, laid out in order."""
    allocation, start = [], 0
    for variant, weight in weights.items():
        allocation.append([variant, start, start + weight])
        start += weight
    return {
        "split": {
            "weights": weights,
            "by": "targetingKey",
            "hash": "murmur3",
            "salt": salt,
            "allocation": allocation,
        }
    }


def on_for_all(key: str) -> Document:
    """On for everybody."""
    return flag(key)


def rollout(key: str) -> Document:
    """On for 30 %."""
    return flag(key, default=split(key, {"on": 30_000, "off": 70_000}))


def ruled(key: str) -> Document:
    """Four arms for those who match a rule of three conditions."""
    conditions = [
        {"attribute": "country", "op": "in", "values": list(COUNTRIES)},
        {"attribute": "plan", "op": "equals", "values": ["pro"]},
        {"attribute": "version", "op": "semverGreaterThanOrEqual", "values": ["2.1.0"]},
    ]
    rule = {"id": "r1", "when": {"all": conditions}} | split(key, dict.fromkeys(ARMS, 25_000))
    variants = {arm: arm for arm in ARMS} | {"off": "off"}
    return flag(key, type="string", variants=variants, rules=[rule], default={"serve": "off"})


def listed(key: str) -> Document:
    """On for half of a segment."""
    rule = {"id": "r1", "when": {"segment": "insiders"}} | split(key, {"on": 50_000, "off": 50_000})
    return flag(key, rules=[rule], default={"serve": "off"})


def by_hand_on_for_all(key: str) -> Hand:
    """Write `on_for_all` by hand."""
    return lambda context: True


def by_hand_rollout(key: str) -> Hand:
    """Write `rollout` by hand."""
    seed = mmh3.hash(key, 0, signed=False)
    murmur3 = mmh3.hash

    def decide(context: Any) -> bool:
        return murmur3(context["targetingKey"], seed, signed=False) * WHOLE >> 32 < THIRTY

    return decide


def by_hand_ruled(key: str) -> Hand:
    """Write `ruled` by hand."""
    seed = mmh3.hash(key, 0, signed=False)
    murmur3, countries, least = mmh3.hash, frozenset(COUNTRIES), (2, 1, 0)

    def decide(context: Any) -> str:
        if context["country"] in countries and context["plan"] == "pro" and version_of(context["version"]) >= least:
            bucket = murmur3(context["targetingKey"], seed, signed=False) * WHOLE >> 32
            if bucket < QUARTER:
                return "a"
            if bucket < HALF:
                return "b"
            return "c" if bucket < WHOLE - QUARTER else "d"
        return "off"

    return decide


def by_hand_listed(key: str) -> Hand:
    """Write `listed` by hand."""
    seed = mmh3.hash(key, 0, signed=False)
    murmur3, units = mmh3.hash, INSIDERS

    def decide(context: Any) -> bool:
        unit = context["targetingKey"]
        return unit in units and murmur3(unit, seed, signed=False) * WHOLE >> 32 < HALF

    return decide


@cache
def version_of(text: str) -> tuple[int, ...]:
    """Read a version, once."""
    return tuple(map(int, text.split(".")))


CASES: dict[str, tuple[Callable[[str], Document], Callable[[str], Hand]]] = {
    "boolean, on for all": (on_for_all, by_hand_on_for_all),
    "30 % rollout": (rollout, by_hand_rollout),
    "rule, then four arms": (ruled, by_hand_ruled),
    "segment of 10 000, then 50 %": (listed, by_hand_listed),
}


def documents(count: int) -> dict[str, str]:
    """Make that many flags, the cases in turn, and the segment that they use."""
    makers = [make for make, _ in CASES.values()]
    flags = [makers[number % len(makers)](f"flag-{number}") for number in range(count)]
    segment = {"key": "insiders", "included": sorted(INSIDERS), "excluded": [], "by": "targetingKey", "when": None}
    named = {f"flag/{each['key']}": each for each in flags} | {"segment/insiders": segment}
    return {name: json.dumps(each, sort_keys=True, separators=(",", ":")) for name, each in named.items()}
