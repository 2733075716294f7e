"""`equals` and `in`: typed, exact, and total except for what is missing."""

from fractions import Fraction
from typing import Any

from .family import ABSENT, FAILS, HOLDS, Family, Spelled, comparison, context_of, meaning

OPERANDS: dict[str, Any] = {
    "one": 1,
    "one-point-zero": 1.0,
    "text-one": "1",
    "true": True,
    "false": False,
    "text-true": "true",
    "zero": 0,
    "minus-zero": -0.0,
    "1e5": Spelled("1e5"),
    "tenth": 0.1,
    "2^53+1": 2**53 + 1,
    "2^53-as-float": Spelled("9007199254740992.0"),
    "empty": "",
    "a": "a",
    "composed": "Zo\u00eb",
    "decomposed": "Zoe\u0308",
    "emoji": "🚀",
}
OTHERS: dict[str, Any] = {
    "100000": 100_000,
    "text-1e5": "1e5",
    "2^53": 2**53,
    "minus-one": -1,
    "0.1-plus-0.2": Spelled("0.30000000000000004"),
    "A": "A",
    "space-a": " a",
    "object": {"a": 1},
    "absent": ABSENT,
    "null": None,
}


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    return "number" if isinstance(value, int | float) else "text" if isinstance(value, str) else "other"


def _same(left: Any, right: Any) -> bool:
    """Compare type and value; numbers by their mathematical value, texts by their code points."""
    if _kind(left) != _kind(right) or _kind(left) == "other":
        return False
    if _kind(left) == "number":
        return Fraction(left) == Fraction(right)
    return [*map(ord, left)] == [*map(ord, right)] if isinstance(left, str) else left is right


def equality() -> Family:
    """Every operand against every value: same type and same value is true, any other value false, no value unknown."""
    family = Family("equality", "equals compares type and value; numbers mathematically, texts by code point.")
    for name, operand in OPERANDS.items():
        for other, value in {**OPERANDS, **OTHERS}.items():
            outcome = None if value is ABSENT or value is None else _same(meaning(operand), meaning(value))
            family.test(f"equals/{name}/{other}", comparison("equals", operand), context_of(value), outcome)
    return family


MEMBERS: list[tuple[list[Any], Any, bool | None]] = [
    (["a", "b"], "b", True),
    (["a", "b"], "c", False),
    (["a", "b"], "", False),
    (["a", "b"], ABSENT, None),
    (["a", "b"], None, None),
    ([1, "1", True], True, True),
    ([1, "1"], True, False),
    ([True, "1"], 1, False),
    ([0, False], 0.0, True),
    ([False], 0, False),
    ([2, 1.0], 1, True),
    ([Spelled("1e5"), "x"], 100_000, True),
    (["a"], {"a": "a"}, False),
]

FOLDED: list[tuple[str, str, bool, str]] = [
    ("DE", "de", True, "ascii"),
    ("de", "DE", True, "ascii-reversed"),
    ("DE", "Du", False, "another"),
    ("Ä", "ä", True, "umlaut"),
    ("A\u0308", "\u00e4", False, "forms-stay-different"),
    ("ΣΑΣ", "σας", True, "final-sigma"),
    ("straße", "STRASSE", False, "lower-casing-is-not-folding"),
    ("ẞ", "ß", True, "capital-sharp-s"),
    ("İ", "i\u0307", True, "dotted-capital-i"),
    ("I", "\u0131", False, "dotless-i"),
    ("\uab83", "\u13b3", True, "cherokee"),
]
"""Operand, value and whether their full Unicode lower-case mappings are equal."""


def membership() -> Family:
    """`in` holds when one value is equal; `ignoreCase` compares lower case and leaves other types alone."""
    family = Family("membership", "in holds if any value equals; ignoreCase compares Unicode lower case.")
    for number, (values, value, outcome) in enumerate(MEMBERS):
        family.test(f"in/{number}", comparison("in", *values), context_of(value), outcome)
    for op in ("equals", "in"):
        for left, right, same, name in FOLDED:
            test = comparison(op, left, ignoreCase=True)
            family.test(f"{op}/ignore-case/{name}", test, context_of(right), same)
            family.test(f"{op}/case/{name}", comparison(op, left), context_of(right), FAILS)
        family.test(f"{op}/ignore-case/number", comparison(op, 1, "A", ignoreCase=True), context_of(1), HOLDS)
        family.test(f"{op}/ignore-case/boolean", comparison(op, "true", ignoreCase=True), {"a": True}, FAILS)
    return family
