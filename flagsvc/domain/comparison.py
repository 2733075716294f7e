"""One document in several environments: what differs, place by place, and whether the same units get the same. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from flagsdk.wire import canonical
from flagsvc.domain.members import CONFIGURED, pointer_to
from flagsvc.domain.places import places_of

Sides = Mapping[str, Any]
DRAWN = ("salt", "allocation")


class Difference(NamedTuple):
    """One place that is not the same everywhere: environment → value there; where there is no such member, no entry."""

    pointer: str
    values: Mapping[str, Any]


def content_of(kind: str, members: Mapping[str, Any]) -> dict[str, Any]:
    """Give what somebody means by a document: without salts, tables and the ids of rules; of a flag its configuration.

    What is left out is drawn by the service, and differs between documents that were written alike.
    """
    kept = {name: members[name] for name in CONFIGURED if name in members} if kind == "flag" else dict(members)
    kept.pop("salt", None)
    if "default" in kept:
        kept["default"] = _without_draw(kept["default"])
    if "rules" in kept:
        kept["rules"] = [_without_draw(rule) for rule in kept["rules"]]
    return kept


def draw_of(members: Mapping[str, Any]) -> str:
    """Write which units get what where contents are the same: its salt, and salt and table of every split, in order."""
    splits = [place.split or {} for place in places_of(members)]
    return canonical([members.get("salt"), *([split.get(name) for name in DRAWN] for split in splits)])


def differences(sides: Sides, *path: str | int) -> Iterator[Difference]:
    """Yield the smallest places that differ. Lists of other lengths, or of plain values, differ as a whole."""
    if len({canonical(value) for value in sides.values()}) == 1:
        return
    if all(isinstance(value, dict) for value in sides.values()):
        for name in sorted(set().union(*sides.values())):
            yield from _member(sides, (*path, name), name)
    elif _are_alike(list(sides.values())):
        for index in range(len(next(iter(sides.values())))):
            yield from differences({key: value[index] for key, value in sides.items()}, *path, index)
    else:
        yield Difference(pointer_to(*path), dict(sides))


def _member(sides: Sides, path: Sequence[str | int], name: str) -> Iterator[Difference]:
    there = {key: value[name] for key, value in sides.items() if name in value}
    if len(there) == len(sides):
        yield from differences(there, *path)
    else:
        yield Difference(pointer_to(*path), there)


def _are_alike(values: Sequence[Any]) -> bool:
    """Whether these are lists of objects of one length."""
    if not all(isinstance(value, list) for value in values) or len({len(value) for value in values}) != 1:
        return False
    return all(isinstance(each, dict) for value in values for each in value)


def _without_draw(place: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in place.items() if name != "id"}
    if isinstance(kept.get("split"), dict):
        kept["split"] = {name: value for name, value in kept["split"].items() if name not in DRAWN}
    return kept
