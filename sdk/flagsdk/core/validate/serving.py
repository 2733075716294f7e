"""What is served: one variant or a split, to listed units, by rule or by default."""

from collections.abc import Mapping
from typing import Any

from flagsdk.core.allocation import WHOLE, Misallocated, check, quotas, share
from flagsdk.core.hashing import BUCKETS, NATIVE

from . import limits
from .conditions import DRAWING, condition, drawing, space_of
from .cursor import Cursor, shown
from .shapes import Member, Shape, is_list, is_object, path, text, units

RESERVED_RULE_ID = "target"
"""What a decision says instead of a rule's id where a unit was listed."""

ENTRY_LENGTH = 3


def variant(place: Cursor) -> None:
    """Check the name of a variant (or backend) of this document."""
    if not isinstance(place.value, str) or place.value not in place.scope.variants:
        place.unknown("variant", place.scope.variants)


def serve(place: Cursor) -> None:
    """Check `{"serve": variant}` or `{"split": …}`."""
    if is_object(place, SERVE):
        _one_of_both(place)


def rules(place: Cursor) -> None:
    """Check rules in their order, and that their ids differ."""
    if not is_list(place, limits.RULES):
        return
    seen: dict[Any, int] = {}
    for index, rule in enumerate(place.items()):
        if is_object(rule, RULE):
            _one_of_both(rule)
            name = rule.value.get("id")
            if isinstance(name, str) and seen.setdefault(name, index) != index:
                rule.at("id").report("duplicate", f"The rule {seen[name]} has the id {shown(name)} already.")


def targets(place: Cursor) -> None:
    """Check lists of units, and that none is listed for two variants."""
    if not is_list(place, limits.TARGETS):
        return
    listed: dict[tuple[Any, Any], Any] = {}
    for target in place.items():
        if is_object(target, TARGET):
            _listed_once(target, listed)


def _listed_once(target: Cursor, listed: dict[tuple[Any, Any], Any]) -> None:
    names, by = target.value.get("units"), target.value.get("by", "targetingKey")
    if not isinstance(names, list) or not isinstance(by, str):
        return
    served = target.value.get("variant")
    for index, unit in enumerate(names):
        if isinstance(unit, str) and listed.setdefault((by, unit), served) != served:
            detail = f"{shown(unit)} is listed for {shown(listed[by, unit])} already: keep one."
            target.at("units").at(index).report("duplicate", detail)


def _one_of_both(place: Cursor) -> None:
    both = [name for name in ("serve", "split") if name in place.value]
    if len(both) != 1:
        code = "ambiguous" if both else "missing"
        place.report(code, 'Exactly one of "serve" (a variant) and "split" (weights) says what is served.')


def _rule_id(place: Cursor) -> None:
    text(limits.KEY_LENGTH)(place)
    if place.value == RESERVED_RULE_ID:
        place.report("reserved", f"The id {RESERVED_RULE_ID!r} stands for individual targets: choose another.")


def _split(place: Cursor) -> None:
    if not is_object(place, SPLIT):
        return
    drawing(place)
    space, weights = space_of(place), place.value.get("weights")
    if space is not None and isinstance(weights, dict):
        try:
            _agreement(place, quotas(weights, space), space)
        except Misallocated:
            return  # reported where it stands


def _weights(place: Cursor) -> None:
    if not isinstance(place.value, dict):
        place.wrong("an object of weights")
        return
    for member in place.members():
        if member.path[-1] not in place.scope.variants:
            Cursor(member.path[-1], member.scope, member.path).unknown("variant", place.scope.variants)
        if type(member.value) is not int or not 0 <= member.value <= WHOLE:
            member.report("bad-weight", f"A weight is an integer from 0 to {WHOLE}, not {shown(member.value)}.")
    weights = [weight for weight in place.value.values() if type(weight) is int]
    if len(weights) == len(place.value) and (total := sum(weights)) != WHOLE:
        place.report(
            "weights-sum",
            f"Weights add up to exactly {WHOLE}, not {shown(total)}: each is a count of 1/{WHOLE}, so 25 % is 25000.",
        )


def _allocation(place: Cursor) -> None:
    if not is_list(place, limits.RANGES):
        return
    for entry in place.items():
        if not _is_entry(entry.value):
            entry.wrong("an entry [variant, from, to)")


def _is_entry(value: object) -> bool:
    return (
        isinstance(value, list)
        and len(value) == ENTRY_LENGTH
        and isinstance(value[0], str)
        and all(type(bound) is int for bound in value[1:])
    )


def _agreement(split: Cursor, wanted: Mapping[str, int], space: int) -> None:
    """Compare table and weights: every bucket owned once, by a variant with a weight; natively exactly by weight."""
    place = split.at("allocation")
    if "allocation" not in split.value:
        place.report("missing", "A split needs its allocation: [variant, from, to) for every bucket.")
        return
    if not isinstance(place.value, list) or not all(_is_entry(entry) for entry in place.value):
        return
    entries = tuple((owner, start, end) for owner, start, end in place.value)
    try:
        check(entries, space)
    except Misallocated as fault:
        place.report("bad-allocation", f"{fault}.")
        return
    native = split.value.get("hash", NATIVE) == NATIVE and space == BUCKETS
    for owner, buckets in share(entries).items():
        if not wanted.get(owner) or (native and buckets != wanted[owner]):
            detail = f"{shown(owner)} owns {buckets} buckets, but its weight is worth {wanted.get(owner, 0)}."
            place.report("bad-allocation", detail)


SPLIT: Shape = {
    **DRAWING,
    "weights": Member(_weights, required=True),
    "allocation": Member(_allocation),
}
SERVE: Shape = {"serve": Member(variant), "split": Member(_split)}
RULE: Shape = {
    **SERVE,
    "id": Member(_rule_id, required=True),
    "description": Member(text(limits.TEXT_LENGTH, least=0)),
    "when": Member(condition, required=True),
}
TARGET: Shape = {
    "variant": Member(variant, required=True),
    "units": Member(units, required=True),
    "by": Member(path),
}
