"""Conditions: groups of any depth, comparisons, segments and bucket ranges, told apart by the member each alone has."""

from collections.abc import Callable

from flagsdk.core.hashing import HASHES, NATIVE, UnknownHash, hash_of

from . import limits
from .comparisons import comparison
from .cursor import Cursor, nearest, shown
from .shapes import Member, Shape, boolean, is_list, is_object, is_unicode, path, text

Leaf = Callable[[Cursor], None]


def condition(place: Cursor) -> None:
    """Check a condition and everything below it; too deep or too many is reported once, at the top."""
    depth, count = _extent(place.value)
    if depth > limits.DEPTH:
        place.report("too-deep", f"Groups may be nested {limits.DEPTH} deep, not {depth}: split it into segments.")
    elif count > limits.CONDITIONS:
        place.report("too-many", f"At most {limits.CONDITIONS} conditions are allowed here, not {count}.")
    else:
        _condition(place)


def drawing(place: Cursor) -> None:
    """Check how a unit is hashed (`hash`, `salt`, `space`), which only together can be right or wrong."""
    name, salt, space = (place.value.get(member) for member in ("hash", "salt", "space"))
    name = NATIVE if name is None else name
    if not isinstance(name, str) or name not in HASHES:
        place.at("hash").unknown("hash", HASHES)
        return
    if not isinstance(salt, str) or not is_unicode(salt) or not (space is None or type(space) is int):
        return  # reported where it stands
    if space is not None and not HASHES[name].accepts(space):
        place.at("space").report("bad-space", f"The hash {name} is not defined over {space} buckets.")
        return
    try:
        hash_of(name, salt, space)
    except UnknownHash as fault:
        place.at("salt").report("bad-salt", f"{fault}: for {name} it holds {HASHES[name].salt}.")


def space_of(place: Cursor) -> int | None:
    """Buckets of a split or bucket condition; None where that cannot be said."""
    name, space = place.value.get("hash", NATIVE), place.value.get("space")
    if type(space) is int:
        return space
    return HASHES[name].default_space if space is None and isinstance(name, str) and name in HASHES else None


def integer(place: Cursor) -> None:
    """Check for an integer; true is none, and neither is 1.0."""
    if type(place.value) is not int:
        place.wrong("an integer")


DRAWING: Shape = {
    "salt": Member(text(limits.SALT_LENGTH, least=0), required=True),
    "hash": Member(lambda _: None),
    "by": Member(path),
    "space": Member(integer),
}
"""Members of everything that hashes a unit; `drawing` looks at them together."""


def _condition(place: Cursor) -> None:
    if not isinstance(place.value, dict):
        place.wrong("a condition: an object")
        return
    shapes = [name for name in CONDITIONS if name in place.value]
    if len(shapes) == 1:
        CONDITIONS[shapes[0]](place)
    elif shapes:
        place.report("ambiguous", f"A condition is one of {', '.join(CONDITIONS)}; this is {' and '.join(shapes)}.")
    else:
        name = next(iter(place.value), "")
        place.report("unknown-condition", f"{shown(name)} makes no condition{nearest(name, CONDITIONS)}")


def _group(name: str) -> Leaf:
    def parts(place: Cursor) -> None:
        if is_list(place, limits.CONDITIONS):
            for part in place.items():
                _condition(part)

    def group(place: Cursor) -> None:
        is_object(place, {name: Member(parts)})

    return group


def _not(place: Cursor) -> None:
    is_object(place, {"not": Member(_condition)})


def _segment(place: Cursor) -> None:
    is_object(place, {"segment": Member(_segment_key), "negate": Member(boolean)})


def _segment_key(place: Cursor) -> None:
    known = place.scope.documents
    document = known.get(f"segment/{place.value}") if isinstance(place.value, str) else None
    if document is None:
        place.unknown("segment", (name.partition("/")[2] for name in known if name.startswith("segment/")))
    elif document.get("archived"):
        place.report("archived-segment", f"The segment {place.value!r} is archived: restore it or choose another.")


def _bucket(place: Cursor) -> None:
    is_object(place, {"bucket": Member(_ranges_of_buckets), "negate": Member(boolean)})


def _ranges_of_buckets(place: Cursor) -> None:
    shape = {**DRAWING, "ranges": Member(_ranges, required=True)}
    if not is_object(place, shape):
        return
    drawing(place)
    space, ranges = space_of(place), place.value.get("ranges")
    if space is None or not isinstance(ranges, list):
        return
    for item in place.at("ranges").items():
        if _is_range(item.value) and not 0 <= item.value[0] < item.value[1] <= space:
            item.report("bad-range", f"A range [from, to) needs 0 <= from < to <= {space}, not {shown(item.value)}.")


def _ranges(place: Cursor) -> None:
    if is_list(place, limits.RANGES):
        for item in place.items():
            if not _is_range(item.value):
                item.wrong("a range: [from, to), two integers")


def _is_range(value: object) -> bool:
    return isinstance(value, list) and len(value) == len(("from", "to")) and all(type(bound) is int for bound in value)


def _extent(value: object) -> tuple[int, int]:
    """Deepest level and number of conditions, found without recursion: the depth is not yet known to be bearable."""
    deepest = count = 0
    level = [value]
    while level:
        deepest += 1
        count += len(level)
        level = [part for parent in level for part in _parts(parent)]
    return deepest, count


def _parts(value: object) -> list[object]:
    if not isinstance(value, dict):
        return []
    groups = [value.get(name) for name in ("all", "any")]
    parts = [part for group in groups if isinstance(group, list) for part in group]
    return [*parts, value["not"]] if "not" in value else parts


CONDITIONS: dict[str, Leaf] = {
    "all": _group("all"),
    "any": _group("any"),
    "not": _not,
    "attribute": comparison,
    "segment": _segment,
    "bucket": _bucket,
}
"""Every shape of a condition, by the member that tells it apart."""
