"""What a module is written about: flags and traffic splits, taken from the documents of a snapshot."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

from flagsdk.core.decode import decode_flag, decode_split
from flagsdk.core.malformed import optional

SHOWN_FAULTS = 3
DEPTH = 16  # the service allows no more; Python's own parser gives up at about a hundred
_DECODERS = {"flag": decode_flag, "split": decode_split}


class Ungenerable(ValueError):
    """A document from which no accessor can be made; says which, and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A flag, or a traffic split as a string flag over its backends; `off` is the value of the off variant."""

    id: str
    key: str
    type: str
    values: tuple[Any, ...]
    off: Any
    name: str = ""
    description: str = ""
    owner: str = ""
    expires: str = ""

    @property
    def is_split(self) -> bool:
        """Whether it is a traffic split."""
        return self.id.startswith("split/")


def subjects_of(documents: Mapping[str, str]) -> list[Subject]:
    """Read the flags and traffic splits that are not archived, in order of their names; raises Ungenerable.

    `documents` maps "flag/KEY", "split/KEY" (and others, which are passed over) to JSON texts.
    """
    found, faults = list[Subject](), list[str]()
    for name in sorted(documents):
        if name.partition("/")[0] in _DECODERS:
            try:
                found += _subjects(name, json.loads(documents[name]))
            except (ValueError, RecursionError) as fault:
                faults.append(f"{name}: {fault}")
    if faults:
        more = f" (and {len(faults) - SHOWN_FAULTS} more)" if len(faults) > SHOWN_FAULTS else ""
        raise Ungenerable("; ".join(faults[:SHOWN_FAULTS]) + more)
    return found


def digest_of(subjects: list[Subject]) -> str:
    """Digest of everything that a module shows: 64 hexadecimal digits. Rules and weights do not change it."""
    return sha256(json.dumps([asdict(subject) for subject in subjects], sort_keys=True).encode()).hexdigest()


def _subjects(name: str, document: Any) -> list[Subject]:
    if type(document) is not dict:
        raise ValueError("is no object")
    kind = name.partition("/")[0]
    flag = _DECODERS[kind](document)
    if flag.archived:
        return []
    if any(_depth(value) > DEPTH for value in flag.variants.values()):
        raise ValueError(f"a variant's value is nested deeper than {DEPTH}")
    texts = {member: optional(document, member, "") for member in ("name", "description", "owner", "expires")}
    values = tuple(flag.variants[variant] for variant in sorted(flag.variants))
    return [Subject(name, flag.key, flag.type, values, flag.variants[flag.off], **texts)]


def _depth(value: Any) -> int:
    """Levels of a value, found without recursion and no further than one beyond the limit."""
    level, deepest = [value], 0
    while level and deepest <= DEPTH:
        parts = [part for part in level if isinstance(part, dict | list)]
        level = [item for part in parts for item in (part.values() if isinstance(part, dict) else part)]
        deepest += bool(parts)
    return deepest
