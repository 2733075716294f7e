"""Operators that compare by order: numbers, date-times and semantic versions."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from .family import ABSENT, Family, Spelled, comparison, context_of, meaning, served

Holds = Callable[[int], bool]
"""Given the sign of value - operand."""

NUMBER_OPERATORS: dict[str, Holds] = {
    "lessThan": lambda sign: sign < 0,
    "lessThanOrEqual": lambda sign: sign <= 0,
    "greaterThan": lambda sign: sign > 0,
    "greaterThanOrEqual": lambda sign: sign >= 0,
}
NUMBERS: dict[str, Any] = {
    "zero": 0,
    "minus-zero": -0.0,
    "one": 1,
    "one-point-zero": 1.0,
    "1e5": Spelled("1e5"),
    "100000": 100_000,
    "0.1": 0.1,
    "0.3": 0.3,
    "0.30000000000000004": Spelled("0.30000000000000004"),
    "2^53": 2**53,
    "2^53+1": 2**53 + 1,
    "2^53-as-float": Spelled("9007199254740992.0"),
    "minus-1.5": -1.5,
    "1e300": Spelled("1e300"),
}
NO_NUMBERS: dict[str, Any] = {
    "text": "1",
    "empty": "",
    "true": True,
    "false": False,
    "object": {},
    "null": None,
    "absent": ABSENT,
}


def _sign(left: Fraction, right: Fraction) -> int:
    return (left > right) - (left < right)


def numbers() -> Family:
    """Exact comparison, also of integers that no binary64 holds; texts and booleans are no numbers."""
    family = Family("numbers", "Numbers compare by their exact mathematical value; anything else is unknown.")
    values = {name: Fraction(meaning(value)) for name, value in NUMBERS.items()}
    for op, holds in NUMBER_OPERATORS.items():
        for name, operand in NUMBERS.items():
            test = comparison(op, operand)
            for other, value in NUMBERS.items():
                outcome = holds(_sign(values[other], values[name]))
                family.case(f"{op}/{name}/{other}", family.rule(test), context_of(value), served(outcome))
        for other, value in NO_NUMBERS.items():
            family.test(f"{op}/one/{other}", comparison(op, 1), context_of(value), None)
        for value in (0, 1, 2):
            outcome = holds(_sign(Fraction(value), Fraction(1)))
            family.test(f"{op}/negate/{value}", comparison(op, 1), context_of(value), outcome)
            either = outcome or holds(_sign(Fraction(value), Fraction(2)))
            family.test(f"{op}/any-of/{value}", comparison(op, 1, 2), context_of(value), either)
    return family


INSTANTS: list[list[str]] = [
    ["1969-12-31T23:59:59Z"],
    ["1970-01-01T00:00:00Z", "1970-01-01T01:00:00+01:00", "1969-12-31T18:30:00-05:30"],
    ["2026-02-28T12:00:00Z", "2026-03-01T11:59:00+23:59"],
    ["2026-02-28T23:59:59.999999999Z"],
    ["2026-03-01T00:00:00Z", "2026-03-01T00:00:00.000Z", "2026-02-28T19:00:00-05:00", "2026-03-01t00:00:00z"],
    ["2026-03-01T00:00:00.000000001Z"],
    ["2026-03-01T00:00:00.1Z", "2026-03-01T00:00:00.100Z"],
    ["2028-02-29T12:00:00Z"],
]
"""By rising moment; the texts of one line are the same moment."""
NO_INSTANTS: dict[str, Any] = {
    "date-only": "2026-03-01",
    "no-offset": "2026-03-01T00:00:00",
    "no-seconds": "2026-03-01T00:00Z",
    "no-such-day": "2026-02-29T00:00:00Z",
    "no-such-month": "2026-13-01T00:00:00Z",
    "no-such-hour": "2026-03-01T24:00:00Z",
    "offset-without-colon": "2026-03-01T00:00:00+0100",
    "no-such-offset": "2026-03-01T00:00:00+24:00",
    "space-before": " 2026-03-01T00:00:00Z",
    "foreign-digits": "٢٠٢٦-03-01T00:00:00Z",
    "empty-fraction": "2026-03-01T00:00:00.Z",
    "epoch-seconds": 1_772_323_200,
    "epoch-text": "1772323200",
    "empty": "",
    "true": True,
    "null": None,
    "absent": ABSENT,
}


def instants() -> Family:
    """RFC 3339 date-times with an offset, compared as moments to the last digit of the fraction."""
    family = Family("instants", "before and after compare moments; a text that is no RFC 3339 date-time is unknown.")
    operators: dict[str, Holds] = {"before": lambda sign: sign < 0, "after": lambda sign: sign > 0}
    _ranked(family, operators, INSTANTS, len(INSTANTS))
    for op in operators:
        for name, value in NO_INSTANTS.items():
            family.test(f"{op}/{name}", comparison(op, INSTANTS[1][0]), context_of(value), None)
    return family


VERSIONS: list[list[str]] = [
    ["0.0.0-0"],
    ["0.0.0", "0", "v0.0"],
    ["0.9.10"],
    ["1.0.0-1"],
    ["1.0.0-2"],
    ["1.0.0-11"],
    ["1.0.0--1"],
    ["1.0.0-alpha"],
    ["1.0.0-alpha.1", "v1-alpha.1"],
    ["1.0.0-alpha.beta"],
    ["1.0.0-beta"],
    ["1.0.0-beta.2"],
    ["1.0.0-beta.11"],
    ["1.0.0-rc.1", "1.0.0-rc.1+build.9"],
    ["1.0.0", "1", "1.0", "v1", "1.0.0+build", "V1.0.0+001"],
    ["1.0.1"],
    ["1.2.0"],
    ["1.10.0", "1.10"],
    ["2.0.0"],
    ["10.0.0"],
    ["99999999999999999999.0.0"],
]
"""By rising precedence (SemVer 2.0.0 §11); the texts of one line have the same."""
NO_VERSIONS: dict[str, Any] = {
    "x": "1.x",
    "leading-zero": "01.0.0",
    "leading-zero-in-prerelease": "1.0.0-01",
    "four-parts": "1.0.0.0",
    "empty-part": "1..0",
    "empty-prerelease": "1.0.0-",
    "empty-build": "1.0.0+",
    "empty-identifier": "1.0.0-a..b",
    "underscore": "1.0.0-a_b",
    "negative": "-1",
    "v-only": "v",
    "two-v": "vv1",
    "space": "1.0.0 ",
    "foreign-digits": "\u0661.0.0",
    "empty": "",
    "number": 1,
    "true": True,
    "null": None,
    "absent": ABSENT,
}


def versions() -> Family:
    """Precedence of SemVer 2.0.0; a leading v is dropped, missing parts are 0, build metadata does not count."""
    family = Family("versions", "The semver operators compare precedence; a text that is no version is unknown.")
    operators: dict[str, Holds] = {
        "semverEquals": lambda sign: sign == 0,
        "semverLessThan": lambda sign: sign < 0,
        "semverLessThanOrEqual": lambda sign: sign <= 0,
        "semverGreaterThan": lambda sign: sign > 0,
        "semverGreaterThanOrEqual": lambda sign: sign >= 0,
    }
    _ranked(family, operators, VERSIONS, 2)
    for op in operators:
        for name, value in NO_VERSIONS.items():
            family.test(f"{op}/{name}", comparison(op, "1.0.0"), context_of(value), None)
    return family


def _ranked(family: Family, operators: dict[str, Holds], ranks: Sequence[Sequence[str]], reach: int) -> None:
    """Compare every first text of a rank with every text of the ranks within reach."""
    for op, holds in operators.items():
        for rank, (operand, *_) in enumerate(ranks):
            for other in range(max(0, rank - reach), min(len(ranks), rank + reach + 1)):
                for text in ranks[other]:
                    name = f"{op}/{operand}/{text}"
                    outcome = holds((other > rank) - (other < rank))
                    family.case(name, family.rule(comparison(op, operand)), context_of(text), served(outcome))
        lowest, middle, highest = ranks[0][0], ranks[len(ranks) // 2][0], ranks[-1][0]
        for text, sign in ((lowest, -1), (middle, 0), (highest, 1)):
            family.test(f"{op}/negate/{text}", comparison(op, middle), context_of(text), holds(sign))
        either = comparison(op, lowest, highest)
        family.test(f"{op}/any-of", either, context_of(middle), holds(1) or holds(-1))
