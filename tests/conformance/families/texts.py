"""`contains`, `startsWith`, `endsWith`: parts of texts, by code point; and `matches`, an RE2 search."""

from collections.abc import Callable
from typing import Any

from .family import ABSENT, Family, comparison, context_of, served

TEXTS = ["checkout", "Checkout", "out", "", "ch", "Zo\u00eb", "Zoe\u0308", "a.b", "🚀x", "ÄÖ", "äö", "out check"]
PARTS = ["out", "ch", "CH", "", "e\u0308", "\u00eb", ".", "🚀", "äö", "checkout!"]
OTHERS: dict[str, Any] = {
    "absent": ABSENT,
    "null": None,
    "number": 1,
    "true": True,
    "object": {"ch": "ch"},
}

LAWS: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda text, part: any(_at(text, part, place) for place in range(len(text) + 1)),
    "startsWith": lambda text, part: _at(text, part, 0),
    "endsWith": lambda text, part: len(part) <= len(text) and _at(text, part, len(text) - len(part)),
}


def _at(text: str, part: str, place: int) -> bool:
    return all(place + n < len(text) and text[place + n] == letter for n, letter in enumerate(part))


def parts_of_texts() -> Family:
    """Every part against every text; with ignoreCase both in lower case; what is no text is unknown."""
    family = Family("texts", "contains, startsWith and endsWith compare code points; what is no text is unknown.")
    for op, law in LAWS.items():
        for i, part in enumerate(PARTS):
            for j, text in enumerate(TEXTS):
                family.test(f"{op}/{i}/{j}", comparison(op, part), context_of(text), law(text, part))
        for i, part in enumerate(PARTS[:3] + PARTS[-2:]):
            test = comparison(op, part, ignoreCase=True)
            for j, text in enumerate(TEXTS):
                folded = law(text.lower(), part.lower())
                family.case(f"{op}/ignore-case/{i}/{j}", family.rule(test), context_of(text), served(folded))
        for name, value in OTHERS.items():
            family.test(f"{op}/{name}", comparison(op, "ch"), context_of(value), None)
        either = comparison(op, "zzz", "ch", "out")
        for text in TEXTS[:4]:
            outcome = law(text, "ch") or law(text, "out")
            family.test(f"{op}/any-of/{text or 'empty'}", either, context_of(text), outcome)
    return family


PATTERNS: list[tuple[str, Any, bool | None]] = [
    ("check", "my checkout", True),
    ("^check", "my checkout", False),
    ("out$", "checkout", True),
    ("^$", "", True),
    ("", "anything", True),
    ("a|b", "xbx", True),
    ("[0-9]{3}", "a12b345", True),
    ("[0-9]{3}", "a12b34", False),
    (r"^\d+$", "123", True),
    (r"^\d+$", "\u0663", False),
    (r"^\w+$", "ä", False),
    (r"^\p{L}+$", "Zo\u00eb", True),
    (r"^\p{L}+$", "Zoe\u0308", False),
    (".", "🚀", True),
    ("^.$", "🚀", True),
    ("^.$", "\n", False),
    ("(?s)^.$", "\n", True),
    ("^b", "a\nb", False),
    ("(?m)^b", "a\nb", True),
    ("(?i)CHECK", "check", True),
    ("CHECK", "check", False),
    (r"@example\.com$", "ann@example.com", True),
    (r"@example\.com$", "ann@example-com", False),
    ("(a*)*b", "a" * 200, False),
    ("(x+x+)+y", "x" * 200, False),
    ("1", 1, None),
    ("true", True, None),
    ("", None, None),
    ("", ABSENT, None),
    ("a", {"a": "a"}, None),
]


def patterns() -> Family:
    """RE2 syntax, searched anywhere in the text; ignoreCase as if the pattern began with (?i)."""
    family = Family("patterns", "matches searches with RE2, unanchored, in linear time.")
    for number, (pattern, value, outcome) in enumerate(PATTERNS):
        family.test(f"matches/{number}", comparison("matches", pattern), context_of(value), outcome)
    for value, outcome in (("CHECK", True), ("check", True), ("cheek", False), (1, None)):
        test = comparison("matches", "^Check$", ignoreCase=True)
        family.test(f"matches/ignore-case/{value}", test, context_of(value), outcome)
    for value, outcome in (("ab", True), ("cd", True), ("ef", False)):
        family.test(f"matches/any-of/{value}", comparison("matches", "^a", "d$"), context_of(value), outcome)
    return family
