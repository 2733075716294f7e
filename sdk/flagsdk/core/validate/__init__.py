"""Strict validation of a document before it is stored: every fault at once, each with its place and the fix.

Readers are lenient on purpose (an old one must survive a new document); what is written is not.
"""

from collections.abc import Callable, Mapping
from typing import Any

from .chains import chains, references_of
from .cursor import Cursor, Problem, Scope, nearest
from .flag import flag
from .segment import segment
from .traffic import traffic_split

__all__ = ["KINDS", "Problem", "nearest", "problems_of", "references_of"]

KINDS: dict[str, Callable[[Cursor], None]] = {"flag": flag, "segment": segment, "split": traffic_split}
"""Kind of a document → its check."""


def problems_of(kind: str, document: Any, documents: Mapping[str, Mapping[str, Any]]) -> list[Problem]:
    """List everything that is wrong with a document, in document order of discovery; empty means it may be stored.

    `documents` maps names ("flag/KEY", "segment/KEY") to the documents of the environment with this one among them.
    Never raises for any JSON value.
    """
    key = document.get("key") if isinstance(document, dict) else None
    place = Cursor(document, Scope(f"{kind}/{key}", documents))
    KINDS[kind](place)
    chains(place)
    return place.scope.problems
