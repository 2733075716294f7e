"""What is told to those who follow the service live: places, marks that say whether something moved, and news."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

NewsKind = Literal["hello", "change", "rollout", "binding", "health"]


class Place(NamedTuple):
    """Where a rollout or a binding is."""

    environment: str
    key: str


class Mark(NamedTuple):
    """How often the one at a place has moved: its version, and the phase that it is in ("" for a binding)."""

    place: Place
    version: int
    phase: str = ""


@dataclass(frozen=True, slots=True)
class News:
    """One event for those who follow: its kind, and its members as JSON values. Never a secret."""

    kind: NewsKind
    members: Mapping[str, Any]
