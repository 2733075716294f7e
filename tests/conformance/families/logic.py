"""Groups of conditions: Kleene's three-valued logic, by brute force."""

from collections.abc import Callable
from fractions import Fraction
from itertools import product

from .family import Document, Family, served

FALSE, UNKNOWN, TRUE = Fraction(0), Fraction(1, 2), Fraction(1)
"""Kleene: and is the minimum, or the maximum, not the distance from true."""

LEAVES: dict[str, tuple[Fraction, Document]] = {
    "T": (TRUE, {"attribute": "here", "op": "equals", "values": [1]}),
    "F": (FALSE, {"attribute": "here", "op": "equals", "values": [2]}),
    "U": (UNKNOWN, {"attribute": "gone", "op": "equals", "values": [1]}),
}
CONTEXT: Document = {"targetingKey": "user-1", "here": 1}
GROUPS: dict[str, Callable[[list[Fraction]], Fraction]] = {
    "all": lambda parts: min([TRUE, *parts]),
    "any": lambda parts: max([FALSE, *parts]),
}
LONGEST = 3


def logic() -> Family:
    """Every group of up to three leaves, its opposite, and every pair of groups inside a group."""
    family = Family("logic", "Groups follow Kleene's logic: only true matches, and not-unknown stays unknown.")
    for name, group in GROUPS.items():
        for length in range(LONGEST + 1):
            for letters in product(LEAVES, repeat=length):
                truth = group([LEAVES[letter][0] for letter in letters])
                condition = {name: [LEAVES[letter][1] for letter in letters]}
                _add(family, f"{name}/{''.join(letters) or 'empty'}", condition, truth)
    for outer, inner in product(GROUPS, repeat=2):
        for letters in product(LEAVES, repeat=LONGEST):
            first, second, third = letters
            nested = [{inner: [LEAVES[first][1], LEAVES[second][1]]}, {"not": LEAVES[third][1]}]
            inside = GROUPS[inner]([LEAVES[first][0], LEAVES[second][0]])
            truth = GROUPS[outer]([inside, TRUE - LEAVES[third][0]])
            _add(family, f"{outer}/{inner}/{''.join(letters)}", {outer: nested}, truth)
    return family


def _add(family: Family, name: str, condition: Document, truth: Fraction) -> None:
    family.case(name, family.rule(condition), CONTEXT, served(truth == TRUE))
    family.case(f"{name}/not", family.rule({"not": condition}), CONTEXT, served(truth == FALSE))
    family.case(f"{name}/not-not", family.rule({"not": {"not": condition}}), CONTEXT, served(truth == TRUE))
