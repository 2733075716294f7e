"""What is asked all the time, and what is written meanwhile: each revision of the environment answers otherwise."""

import random
from collections.abc import Callable
from typing import Any

from flagsdk import Context
from tests.sdk.documents import flag, half, traffic

Document = dict[str, Any]
Edits = dict[str, Document | None]

CONTEXTS = (Context("user-1", country="DE"), Context("user-2", country="AT"), Context("user-3"), Context())
NUMBER, HALF, AUDIENCE, CHILD, GONE, SPLIT = "number", "half", "audience", "child", "gone", "checkout"


def number(value: int) -> Document:
    """Write the flag that tells revisions apart: it serves the number of its change."""
    return flag(NUMBER, "integer", variants={"on": value, "off": -1})


def first(value: int) -> Edits:
    """Write everything there is at the beginning."""
    rule = {"id": "r1", "when": {"all": [{"segment": "beta"}]}, "serve": "on"}
    child = flag(CHILD, prerequisites=[{"flag": HALF, "variants": ["on"]}])
    documents = [
        number(value),
        flag(HALF, default=half("salt-1")),
        flag(AUDIENCE, "string", rules=[rule], default={"serve": "off"}),
        child,
        flag(GONE),
    ]
    named: Edits = {f"flag/{document['key']}": document for document in documents}
    return named | {"segment/beta": segment("user-1"), f"split/{SPLIT}": traffic(SPLIT)}


def segment(*units: str) -> Document:
    """Write the audience of the flag `audience`."""
    return {"key": "beta", "included": list(units), "excluded": [], "by": "targetingKey", "when": None}


def edits(value: int, chance: random.Random) -> Edits:
    """Write a change: the number, and one or two other documents."""
    made: Edits = {f"flag/{NUMBER}": number(value)}
    for choose in chance.sample(_OTHERS, chance.randint(1, 2)):
        made |= choose(chance)
    return made


def _half(chance: random.Random) -> Edits:
    return {f"flag/{HALF}": flag(HALF, default=half(f"salt-{chance.randrange(9)}"))}


def _audience(chance: random.Random) -> Edits:
    return {"segment/beta": segment(*(unit for unit in ("user-1", "user-2", "user-3") if chance.random() < 0.5))}


def _split(chance: random.Random) -> Edits:
    return {f"split/{SPLIT}": traffic(SPLIT, enabled=chance.random() < 0.8, default=_shares(chance))}


def _child(chance: random.Random) -> Edits:
    prerequisites = [{"flag": HALF, "variants": [chance.choice(["on", "off"])]}]
    return {f"flag/{CHILD}": flag(CHILD, enabled=chance.random() < 0.8, prerequisites=prerequisites)}


def _gone(chance: random.Random) -> Edits:
    return {f"flag/{GONE}": flag(GONE, archived=chance.random() < 0.5)}


def _shares(chance: random.Random) -> Document:
    first, second = chance.sample(["stable", "canary"], 2)
    return half(f"salt-{chance.randrange(9)}", first, second)


_OTHERS: list[Callable[[random.Random], Edits]] = [_half, _audience, _split, _child, _gone]
