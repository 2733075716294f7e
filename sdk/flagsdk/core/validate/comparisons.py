"""Comparisons: an attribute, an operator of the table, and values that the operator can use."""

from typing import Any

from flagsdk.core.operators import EXISTS, OPERATORS, BadOperand, Operator, prepare

from . import limits
from .cursor import Cursor
from .shapes import Member, Shape, boolean, is_list, is_object, is_unicode, path

PATTERN = "pattern"
MESSAGE_LENGTH = 300


def comparison(place: Cursor) -> None:
    """Check `{"attribute", "op", "values", "negate", "ignoreCase"}`."""
    is_object(place, COMPARISON)
    name = place.value.get("op")
    operator = OPERATORS.get(name) if isinstance(name, str) else None
    if operator is None:
        return  # reported where it stands
    if place.value.get("ignoreCase") is True and not operator.folds_case:
        place.at("ignoreCase").report("no-effect", f"The operator {name} knows no case: leave ignoreCase out.")
    if "values" in place.value:
        _values(place.at("values"), operator)
    elif operator.name != EXISTS:
        place.at("values").report("missing", f"The operator {name} needs values to compare with.")


def _operator(place: Cursor) -> None:
    if not isinstance(place.value, str) or place.value not in OPERATORS:
        place.unknown("operator", OPERATORS)


def _values(place: Cursor, operator: Operator) -> None:
    if operator.name == EXISTS:
        if place.value != []:
            place.report("no-effect", "The operator exists compares with nothing: leave values out.")
        return
    limit = limits.PATTERNS if operator.operand == PATTERN else limits.VALUES
    if not is_list(place, limit, least=1):
        return
    for item in place.items():
        _value(item, operator)


def _value(place: Cursor, operator: Operator) -> None:
    if fault := _size_fault(place.value, operator):
        place.report("wrong-length", fault)
        return
    try:
        prepare(operator.name, [place.value])
    except BadOperand as fault:
        place.report("bad-value", f"The operator {operator.name} cannot use this: {str(fault)[:MESSAGE_LENGTH]}.")


def _size_fault(value: Any, operator: Operator) -> str | None:
    if isinstance(value, str):
        limit = limits.PATTERN_LENGTH if operator.operand == PATTERN else limits.OPERAND_LENGTH
        if len(value) > limit:
            return f"A value has at most {limit} characters here, not {len(value)}."
        return None if is_unicode(value) else "NUL and lone surrogates are not allowed in a text."
    if isinstance(value, int) and value.bit_length() > limits.OPERAND_BITS:
        return f"A number has at most {limits.OPERAND_BITS} bits."
    return None


COMPARISON: Shape = {
    "attribute": Member(path),
    "op": Member(_operator, required=True),
    "values": Member(lambda _: None),
    "negate": Member(boolean),
    "ignoreCase": Member(boolean),
}
"""`values` are looked at together with their operator."""
