"""A place in a document under validation: its value, how to get there, and where to report what is wrong."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, NamedTuple

from . import limits

SHOWN = 5
SHOWN_LENGTH = 60
SHOWN_BITS = 200
MAX_PROBLEMS = 1_000
MAX_HINTS = 10
MAX_CANDIDATES = 2_000
"""Looking for the nearest name takes 15 µs for each candidate: only the first faults get a hint, from so many."""


class Problem(NamedTuple):
    """One fault: RFC 6901 pointer into the document, a stable code, and a sentence with what, where and the fix."""

    pointer: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Scope:
    """What a fault can depend on beyond its place: the document's name, the others, and the variants to choose from."""

    name: str
    documents: Mapping[str, Mapping[str, Any]]
    variants: Sequence[str] = ()
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Cursor:
    """A value and its place. `report` never stops anything: all faults are found at once."""

    value: Any
    scope: Scope
    path: tuple[str | int, ...] = ()

    def at(self, step: str | int) -> "Cursor":
        """Go to a member of an object or an item of a list; a member that is absent has the value None."""
        value = self.value.get(step) if isinstance(self.value, dict) else self.value[step]
        return Cursor(value, self.scope, (*self.path, step))

    def items(self) -> Iterable["Cursor"]:
        """Every item of a list."""
        return (self.at(index) for index in range(len(self.value)))

    def members(self) -> Iterable["Cursor"]:
        """Every member of an object."""
        return (self.at(name) for name in self.value)

    def report(self, code: str, detail: str) -> None:
        """Note a fault of this place; beyond a thousand nobody reads them."""
        if len(self.scope.problems) < MAX_PROBLEMS:
            self.scope.problems.append(Problem(pointer(self.path), code, detail))

    def unknown(self, what: str, known: Iterable[str]) -> None:
        """Note that a name is none of the known ones, with the nearest of them."""
        hint = nearest(self.value, known) if len(self.scope.problems) < MAX_HINTS else "."
        self.report(f"unknown-{what}", f"There is no {what} {shown(self.value)}{hint}")

    def wrong(self, demand: str) -> None:
        """Note that the value has the wrong type or form; `demand` says what it must be."""
        self.report("wrong-type", f"This must be {demand}, not {shown(self.value)}.")


def pointer(path: Iterable[str | int]) -> str:
    """RFC 6901 pointer to a place."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def shown(value: object) -> str:
    """Show a value in a sentence, shortened and printable."""
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    if isinstance(value, int) and value.bit_length() > SHOWN_BITS:
        return "a huge number"
    text = repr(value) if isinstance(value, str) and value.isprintable() else ascii(value)
    return text if len(text) <= SHOWN_LENGTH else text[:SHOWN_LENGTH] + "…"


def nearest(name: object, known: Iterable[str]) -> str:
    """Suggest the nearest known name, or else list a few of them; ends the sentence."""
    names = sorted(known)
    close = (
        get_close_matches(name, _candidates(name, names), n=1)
        if isinstance(name, str) and len(name) <= limits.KEY_LENGTH
        else []
    )
    if close:
        return f": did you mean {close[0]!r}?"
    listed = ", ".join(repr(each) for each in names[:SHOWN])
    return f": there is {listed}{', …' if len(names) > SHOWN else ''}." if names else "."


def _candidates(name: str, names: Sequence[str]) -> Sequence[str]:
    """Among very many names only those with the same beginning."""
    return names if len(names) <= MAX_CANDIDATES else [each for each in names if each[:1] == name[:1]][:MAX_CANDIDATES]
