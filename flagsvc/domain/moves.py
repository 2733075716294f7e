"""Who moves when one document replaces another: per place that serves, exactly, and in words."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from flagsdk.core.allocation import WHOLE, Move, Table, summary, who_moves
from flagsvc.domain.places import Place, off_of, places_of, space_of, table_of, targets_of

REDRAWN = "every unit is drawn anew"
LATER = "once it is on"


class _Pair(NamedTuple):
    """A place before and after; None stands for the off variant, which everybody got or will get there."""

    pointer: str
    before: Place | None
    after: Place | None


def moves_between(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Compare every place that serves in both documents; places that move nobody are left out.

    Each item: {"document", "pointer", "moves": [{"from", "to", "weight"}], "summary"}; weights in 1/100 000 of the
    units that come to this place. A place that is new or gone has no before and after to compare. Whoever switches the
    document on or off moves, at every place that serves anything else (a list of units, too), from or to the off
    variant; pointers are those of the document that is on. A document that stays off moves nobody yet, and its
    summaries say so.
    """
    off = (off_of(before), off_of(after))
    found = (_at(pair, off) for pair in _pairs(before, after))
    later = f", {LATER}" if not (_is_on(before) or _is_on(after)) else ""
    return [{"document": name, **item, "summary": item["summary"] + later} for item in found if item]


def _pairs(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[_Pair]:
    if _is_on(before) == _is_on(after):
        known = {place.identity: place for place in places_of(before)}
        return (
            _Pair(place.pointer, known[place.identity], place) for place in places_of(after) if place.identity in known
        )
    if _is_on(after):
        return (_Pair(place.pointer, None, place) for place in (*targets_of(after), *places_of(after)))
    return (_Pair(place.pointer, place, None) for place in (*targets_of(before), *places_of(before)))


def _is_on(document: Mapping[str, Any]) -> bool:
    return document.get("enabled") is not False


def _at(pair: _Pair, off: tuple[str | None, str | None]) -> dict[str, Any] | None:
    splits = [place.split if place else None for place in (pair.before, pair.after)]
    pointer = pair.pointer + ("/split" if splits[1] or (pair.after is None and splits[0]) else "")
    if _redrawn(*splits):
        return {"pointer": pointer, "moves": [], "summary": REDRAWN}
    space = space_of(splits[1] or splits[0] or {})
    source, target = (
        table_of(place, space) if place else _whole(variant, space)
        for place, variant in zip((pair.before, pair.after), off, strict=True)
    )
    if source is None or target is None:
        return None
    moves = who_moves(source, target, space)
    return {"pointer": pointer, "moves": _rendered(moves, space), "summary": summary(moves, space)} if moves else None


def _whole(variant: str | None, space: int) -> Table | None:
    return ((variant, 0, space),) if variant is not None else None


def _redrawn(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> bool:
    if not before or not after:
        return False
    identity = ("salt", "hash", "by")
    differs = any(after.get(name) != before.get(name) for name in identity)
    return differs or space_of(after) != space_of(before)


def _rendered(moves: list[Move], space: int) -> list[dict[str, Any]]:
    return [{"from": move.source, "to": move.target, "weight": round(move.buckets * WHOLE / space)} for move in moves]
