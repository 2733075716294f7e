"""Documents that rest on one another: neither in a circle, nor in chains that a reader could not follow."""

from collections.abc import Iterator, Mapping
from typing import Any

from . import limits
from .cursor import Cursor, pointer

Documents = Mapping[str, Mapping[str, Any]]
Reference = tuple[str, tuple[str | int, ...]]
"""Name of a document, and where it is referred to."""


def chains(place: Cursor) -> None:
    """Report every reference of this document that leads back to it, or further than a reader follows."""
    start, documents = place.scope.name, place.scope.documents
    for name, where in references_of(start, place.value):
        way = _way_back(name, start, documents)
        if way:
            text = " → ".join((start, *way))
            _report(place, where, "cycle", f"This closes a circle: {text}. Remove one of these references.")
        elif _goes_on(name, documents, limits.CHAIN):
            detail = f"More than {limits.CHAIN} documents rest on one another here: shorten the chain."
            _report(place, where, "too-deep", detail)


def references_of(name: str, document: object) -> Iterator[Reference]:
    """Yield what a document rests on: a flag on its prerequisites, a segment on segments. Never raises."""
    if not isinstance(document, Mapping):
        return
    if name.startswith("flag/"):
        yield from _parents(document)
    elif name.startswith("segment/"):
        yield from _segments(document.get("when"), ("when",))


def _parents(document: Mapping[str, Any]) -> Iterator[Reference]:
    parents = document.get("prerequisites")
    for index, parent in enumerate(parents if isinstance(parents, list) else ()):
        if isinstance(parent, dict) and isinstance(parent.get("flag"), str):
            yield f"flag/{parent['flag']}", ("prerequisites", index, "flag")


def _segments(condition: object, path: tuple[str | int, ...]) -> Iterator[Reference]:
    if not isinstance(condition, dict) or len(path) > 2 * limits.DEPTH + 1:
        return
    if isinstance(condition.get("segment"), str):
        yield f"segment/{condition['segment']}", (*path, "segment")
    for group in ("all", "any"):
        parts = condition.get(group)
        for index, part in enumerate(parts if isinstance(parts, list) else ()):
            yield from _segments(part, (*path, group, index))
    yield from _segments(condition.get("not"), (*path, "not"))


def _way_back(first: str, goal: str, documents: Documents) -> list[str]:
    """Shortest way from a document to the goal, both included; empty where there is none."""
    came_from: dict[str, str | None] = {first: None}
    queue = [first]
    for name in queue:
        if name == goal:
            return _trail(name, came_from)
        for found, _ in references_of(name, documents.get(name)):
            if found not in came_from:
                came_from[found] = name
                queue.append(found)
    return []


def _goes_on(first: str, documents: Documents, steps: int) -> bool:
    """Tell whether a way of that many steps leads on from a document (as every circle does)."""
    level = {first}
    for _ in range(steps):
        level = {found for name in level for found, _ in references_of(name, documents.get(name))}
        if not level:
            return False
    return True


def _trail(name: str, came_from: Mapping[str, str | None]) -> list[str]:
    trail = [name]
    while (before := came_from[trail[-1]]) is not None:
        trail.append(before)
    return trail[::-1]


def _report(place: Cursor, where: tuple[str | int, ...], code: str, detail: str) -> None:
    Cursor(pointer(where), place.scope, (*place.path, *where)).report(code, detail)
