"""Flags: the definition with the configuration of one environment."""

import json
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from . import limits
from .cursor import Cursor, shown
from .serving import rules, serve, targets, variant
from .shapes import TEXTS, Member, Shape, boolean, is_list, is_object, is_unicode, key


def flag(place: Cursor) -> None:
    """Check a flag document."""
    variants = place.value.get("variants") if isinstance(place.value, dict) else None
    names = tuple(variants) if isinstance(variants, dict) else ()
    aware = replace(place, scope=replace(place.scope, variants=names))
    if is_object(aware, FLAG) and isinstance(variants, dict):
        _values(aware.at("variants"), aware.value.get("type"))


def _type(place: Cursor) -> None:
    if not isinstance(place.value, str) or place.value not in TYPES:
        place.unknown("type", TYPES)


def _variants(place: Cursor) -> None:
    if not isinstance(place.value, dict):
        place.wrong("an object: name and value of each variant")
        return
    if not 1 <= len(place.value) <= limits.VARIANTS:
        place.report("wrong-length", f"A flag has 1 to {limits.VARIANTS} variants, not {len(place.value)}.")
    for name in place.value:
        if not (1 <= len(name) <= limits.KEY_LENGTH and name.isprintable() and is_unicode(name)):
            detail = f"The name of a variant has 1 to {limits.KEY_LENGTH} printable characters; {shown(name)} does not."
            place.at(name).report("bad-name", detail)


def _values(place: Cursor, kind: Any) -> None:
    if isinstance(kind, str) and kind in TYPES:
        for member in place.members():
            _value(member, kind)


def _value(place: Cursor, kind: str) -> None:
    demand, fits = TYPES[kind]
    if not fits(place.value):
        place.report("wrong-value", f"The flag is of type {kind}: this must be {demand}, not {shown(place.value)}.")
    elif _depth(place.value) > limits.DEPTH:
        place.report("too-deep", f"A value may be nested {limits.DEPTH} deep.")
    elif (length := len(json.dumps(place.value))) > limits.VALUE_LENGTH:
        place.report("wrong-length", f"A value has at most {limits.VALUE_LENGTH} characters as JSON, not {length}.")


def _is_integer(value: Any) -> bool:
    return type(value) is int and abs(value) <= limits.INTEGER


def _is_float(value: Any) -> bool:
    return _is_integer(value) or (isinstance(value, float) and math.isfinite(value))


def _depth(value: Any) -> int:
    """Levels of a value, found without recursion and no further than one beyond the limit."""
    level, deepest = [value], 0
    while level and deepest <= limits.DEPTH:
        parts = [part for part in level if isinstance(part, dict | list)]
        level = [item for part in parts for item in (part.values() if isinstance(part, dict) else part)]
        deepest += bool(parts)
    return deepest


def _prerequisites(place: Cursor) -> None:
    if not is_list(place, limits.PREREQUISITES):
        return
    for parent in place.items():
        if is_object(parent, PREREQUISITE):
            _parent_variants(parent)


def _parent(place: Cursor) -> None:
    known = place.scope.documents
    document = known.get(f"flag/{place.value}") if isinstance(place.value, str) else None
    if document is None:
        place.unknown("flag", (name.partition("/")[2] for name in known if name.startswith("flag/")))
    elif document.get("archived"):
        place.report("archived-flag", f"The flag {place.value!r} is archived: it can never be met.")


def _parent_variants(place: Cursor) -> None:
    """Check that the parent has the variants it should serve; its type then follows from them."""
    document = place.scope.documents.get(f"flag/{place.value.get('flag')}")
    variants = document.get("variants") if document else None
    if not isinstance(variants, dict) or not isinstance(place.value.get("variants"), list):
        return
    parent = replace(place.at("variants"), scope=replace(place.scope, variants=tuple(variants)))
    for name in parent.items():
        variant(name)


def _staleness(place: Cursor) -> None:
    is_object(place, STALENESS)


def _after(place: Cursor) -> None:
    value = place.value
    if type(value) is not int or not 1 <= value <= limits.STALE_SECONDS:
        place.report("wrong-value", f"This must be a whole number of seconds from 1 to {limits.STALE_SECONDS}.")


def _then(place: Cursor) -> None:
    if place.value not in ("keep", "off"):
        place.unknown("word", ("keep", "off"))


def _names(place: Cursor) -> None:
    is_list(place, limits.VARIANTS, least=1)


TYPES: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "boolean": ("true or false", lambda value: isinstance(value, bool)),
    "string": ("a text", lambda value: isinstance(value, str) and is_unicode(value)),
    "integer": (f"an integer of at most {limits.INTEGER}", _is_integer),
    "float": ("a finite number", _is_float),
    "object": ("an object or a list", lambda value: isinstance(value, dict | list)),
}
"""Type of a flag → what its values must be, in words and as a test."""

PREREQUISITE: Shape = {"flag": Member(_parent, required=True), "variants": Member(_names, required=True)}

STALENESS: Shape = {"afterSeconds": Member(_after, nullable=True), "then": Member(_then, nullable=True)}

FLAG: Shape = {
    **TEXTS,
    "key": Member(key, required=True),
    "type": Member(_type, required=True),
    "variants": Member(_variants, required=True),
    "enabled": Member(boolean, required=True),
    "offVariant": Member(variant, required=True),
    "prerequisites": Member(_prerequisites),
    "targets": Member(targets),
    "rules": Member(rules),
    "default": Member(serve, required=True),
    "staleness": Member(_staleness, nullable=True),
}
