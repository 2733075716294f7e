"""Documents from JSON to model: lenient towards what is new, strict towards what cannot be read."""

from collections.abc import Iterator
from typing import Any

from .allocation import Misallocated, check
from .context import TARGETING_KEY
from .decode_condition import decode_condition, space_of
from .hashing import HASHES, NATIVE, UnknownHash, hash_of
from .malformed import Malformed, at, member, optional, texts, typed
from .model import Fixed, Flag, Prerequisite, Rule, Segment, Serve, Split, Staleness, Targets, Unsupported

_TYPES = {"boolean": (bool,), "string": (str,), "integer": (int,), "float": (int, float), "object": (dict, list)}


def decode_flag(document: dict[str, Any]) -> Flag:
    """Read a flag's document; raises Malformed(pointer, detail) where it has no meaning."""
    kind = member(document, "type", str)
    if kind not in _TYPES:
        raise Malformed("/type", f"unknown type {kind!r}")
    named: dict[str, Any] = member(document, "variants", dict)
    variants = {name: _value(value, kind, at("/variants", name)) for name, value in named.items()}
    return _flag(document, kind, variants, member(document, "offVariant", str))


def decode_split(document: dict[str, Any]) -> Flag:
    """Read a traffic split's document as a string flag over its backends, whose off variant is the stable one."""
    backends = texts(document, "backends")
    return _flag(document, "string", {name: name for name in backends}, member(document, "stable", str))


def decode_segment(document: dict[str, Any]) -> Segment:
    """Read a segment's document; raises Malformed(pointer, detail) where it has no meaning."""
    included, excluded = frozenset(texts(document, "included")), frozenset(texts(document, "excluded"))
    when = document.get("when")
    return Segment(
        key=member(document, "key", str),
        members=included - excluded - {""},
        excluded=excluded - {""},
        by=optional(document, "by", TARGETING_KEY),
        when=None if when is None else decode_condition(when),
    )


def _flag(document: dict[str, Any], kind: str, variants: dict[str, Any], off: str) -> Flag:
    salt = optional(document, "salt", "")
    return Flag(
        key=member(document, "key", str),
        type=kind,
        variants=variants,
        archived=optional(document, "archived", default=False),
        enabled=member(document, "enabled", bool),
        off=_known(off, variants, "/offVariant" if "offVariant" in document else "/stable"),
        prerequisites=tuple(_prerequisite(entry, place) for entry, place in _numbered(document, "prerequisites")),
        targets=tuple(_targets(entry, place, variants) for entry, place in _numbered(document, "targets")),
        rules=tuple(_rule(entry, place, variants, salt) for entry, place in _numbered(document, "rules")),
        default=_serve(member(document, "default", dict), "/default", variants, salt),
        staleness=_staleness(document.get("staleness")),
    )


def _staleness(value: Any) -> Staleness | None:
    """Read what to do with an old snapshot. A word that is not known closes: an old reader never keeps a gate open."""
    if value is None:
        return None
    entry: dict[str, Any] = typed(value, dict, "/staleness")
    after, then = entry.get("afterSeconds"), entry.get("then")
    seconds = None if after is None else typed(after, int, "/staleness/afterSeconds")
    return Staleness(seconds, None if then is None else "keep" if then == "keep" else "off")


def _numbered(document: dict[str, Any], name: str) -> Iterator[tuple[dict[str, Any], str]]:
    """Give the objects of a list, each with its pointer."""
    entries: list[Any] = optional(document, name, [])
    for index, entry in enumerate(entries):
        place = f"/{name}/{index}"
        yield typed(entry, dict, place), place


def _value(value: Any, kind: str, pointer: str) -> Any:
    if type(value) not in _TYPES[kind]:
        raise Malformed(pointer, f"is no value of type {kind}")
    try:
        return float(value) if kind == "float" else value
    except OverflowError as fault:
        raise Malformed(pointer, "is beyond a float") from fault


def _known(variant: str, variants: dict[str, Any], pointer: str) -> str:
    if variant not in variants:
        raise Malformed(pointer, f"unknown variant {variant!r}")
    return variant


def _prerequisite(entry: dict[str, Any], place: str) -> Prerequisite:
    return Prerequisite(member(entry, "flag", str, place), frozenset(texts(entry, "variants", place)))


def _targets(entry: dict[str, Any], place: str, variants: dict[str, Any]) -> Targets:
    variant = _known(member(entry, "variant", str, place), variants, f"{place}/variant")
    return Targets(variant, frozenset(texts(entry, "units", place)) - {""}, optional(entry, "by", TARGETING_KEY, place))


def _rule(entry: dict[str, Any], place: str, variants: dict[str, Any], salt: str) -> Rule:
    when = decode_condition(entry.get("when"))
    return Rule(optional(entry, "id", place[1:], place), when, _serve(entry, place, variants, salt))


def _serve(entry: dict[str, Any], place: str, variants: dict[str, Any], salt: str) -> Serve:
    if ("serve" in entry) == ("split" in entry):
        return Unsupported("neither or both of serve and split")
    if "serve" in entry:
        return Fixed(_known(member(entry, "serve", str, place), variants, f"{place}/serve"))
    return _split(member(entry, "split", dict, place), f"{place}/split", variants, salt)


def _split(split: dict[str, Any], place: str, variants: dict[str, Any], salt: str) -> Split | Unsupported:
    name, own_salt = optional(split, "hash", NATIVE, place), optional(split, "salt", salt, place)
    space = space_of(split, place)
    try:
        bucket_of = hash_of(name, own_salt, space)
    except UnknownHash as fault:
        return Unsupported(str(fault))
    buckets = HASHES[name].default_space if space is None else space
    ranges = _allocation(split, place, variants, buckets)
    return Split(optional(split, "by", TARGETING_KEY, place), name, own_salt, buckets, ranges, bucket_of)


def _allocation(
    split: dict[str, Any], place: str, variants: dict[str, Any], space: int
) -> tuple[tuple[str, int, int], ...]:
    entries: list[Any] = member(split, "allocation", list, place)
    pointer = f"{place}/allocation"
    table = tuple(_owned(entry, at(pointer, index), variants) for index, entry in enumerate(entries))
    try:
        check(table, space)
    except Misallocated as fault:
        raise Malformed(pointer, str(fault)) from fault
    return tuple(sorted(table, key=lambda owned: owned[1]))


def _owned(entry: Any, place: str, variants: dict[str, Any]) -> tuple[str, int, int]:
    if type(entry) is not list or len(entry) != 3:  # noqa: PLR2004  # [variant, start, end)
        raise Malformed(place, "must be [variant, start, end]")
    variant, start, end = entry
    return (_known(typed(variant, str, place), variants, place), typed(start, int, place), typed(end, int, place))
