"""What travels: a whole snapshot, a change, and a reader's position; as values, without an encoding."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flagsdk.wire.faults import Corrupt

FORMAT = 1
"""Number of the document format. Readers ignore unknown fields; a breaking format gets the next number."""

FORMATS = frozenset({FORMAT})
"""Formats that this reader understands."""


def canonical(document: Any) -> str:
    """Give the one text of a JSON value: sorted keys, no spaces, characters as they are.

    Raises ValueError for NaN and infinities, which JSON has not.
    """
    return json.dumps(document, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Position:
    """Where a reader stands: it holds `revision` of `epoch`, and its documents have this `digest` ("" = not known)."""

    epoch: str
    revision: int
    digest: str = ""

    def __str__(self) -> str:
        """`EPOCH.REVISION`: the ETag of a snapshot and the id of an event."""
        return f"{self.epoch}.{self.revision}"

    @classmethod
    def parse(cls, text: str) -> "Position":
        """Read `EPOCH.REVISION` back; raises Corrupt."""
        epoch, dot, revision = text.rpartition(".")
        if not dot or not epoch:
            raise Corrupt(f"not a position: {text[:60]!r}")
        return cls(epoch, number_of("revision", revision))


@dataclass(frozen=True, slots=True)
class Change:
    """One committed revision of an environment.

    `edits` gives the new text of each changed document by name, or None where it is gone. `digest` is that of all
    documents *after* the change; `at` is the time of the commit in Unix milliseconds. `signature` is that of the
    snapshot after the change ("" = not signed; see `statement`).
    """

    environment: str
    epoch: str
    revision: int
    digest: str
    at: int
    edits: Mapping[str, str | None]
    signature: str = ""


@dataclass(frozen=True, slots=True)
class Whole:
    """Everything needed to evaluate one environment at one (epoch, revision).

    `documents` maps names ("flag/KEY", "segment/KEY", "split/KEY") to canonical texts. `published` is when a publisher
    last compared this copy with the database (Unix milliseconds, 0 = not known); it is no part of the digest, nor of
    what the `signature` ("" = not signed; see `statement`) is over.
    """

    environment: str
    epoch: str
    revision: int
    digest: str
    format: int
    at: int
    documents: Mapping[str, str]
    published: int = 0
    signature: str = ""

    @property
    def position(self) -> Position:
        """Where a reader stands that holds this."""
        return Position(self.epoch, self.revision, self.digest)


MAX_DIGITS = 18  # more would not fit the 64 bits of a stream id


def number_of(name: str, text: str) -> int:
    """Read a non-negative decimal integer as written by `str(int)`; anything else raises Corrupt."""
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS):
        raise Corrupt(f"{name} is not a number: {text[:40]!r}")
    return int(text)
