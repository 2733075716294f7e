"""Who moves when one document replaces another: per split, exactly, and in words."""

from collections.abc import Mapping
from typing import Any

from flagsdk.core.allocation import WHOLE, Move, summary, who_moves
from flagsvc.domain.places import Place, places_of, space_of, table_of

REDRAWN = "every unit is drawn anew"


def moves_between(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Compare every place that serves in both documents; places that move nobody are left out.

    Each item: {"document", "pointer", "moves": [{"from", "to", "weight"}], "summary"}; weights in 1/100 000 of the
    units that come to this place. A place that is new or gone has no before and after to compare.
    """
    known = {place.identity: place for place in places_of(before)}
    found = (_at(place, known[place.identity]) for place in places_of(after) if place.identity in known)
    return [{"document": name, **item} for item in found if item]


def _at(place: Place, old: Place) -> dict[str, Any] | None:
    pointer = place.pointer + ("/split" if place.split else "")
    if _redrawn(place, old):
        return {"pointer": pointer, "moves": [], "summary": REDRAWN}
    space = space_of(place.split or old.split or {})
    source, target = table_of(old, space), table_of(place, space)
    if source is None or target is None:
        return None
    moves = who_moves(source, target, space)
    return {"pointer": pointer, "moves": _rendered(moves, space), "summary": summary(moves, space)} if moves else None


def _redrawn(place: Place, old: Place) -> bool:
    if not place.split or not old.split:
        return False
    identity = ("salt", "hash", "by")
    differs = any(place.split.get(name) != old.split.get(name) for name in identity)
    return differs or space_of(place.split) != space_of(old.split)


def _rendered(moves: list[Move], space: int) -> list[dict[str, Any]]:
    return [{"from": move.source, "to": move.target, "weight": round(move.buckets * WHOLE / space)} for move in moves]
