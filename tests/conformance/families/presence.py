"""Networks, existence, lists of values, and how an attribute is found."""

from typing import Any

from .family import ABSENT, FAILS, HOLDS, Document, Family, comparison, context_of

ADDRESSES: list[tuple[list[str], Any, bool | None]] = [
    (["10.0.0.0/8"], "10.0.0.0", True),
    (["10.0.0.0/8"], "10.255.255.255", True),
    (["10.0.0.0/8"], "11.0.0.0", False),
    (["10.0.0.0/8"], "9.255.255.255", False),
    (["10.1.2.3/8"], "10.9.9.9", True),
    (["10.1.2.3"], "10.1.2.3", True),
    (["10.1.2.3"], "10.1.2.4", False),
    (["10.1.2.3/32"], "10.1.2.3", True),
    (["0.0.0.0/0"], "255.255.255.255", True),
    (["0.0.0.0/0"], "::1", False),
    (["192.0.2.0/31"], "192.0.2.1", True),
    (["192.0.2.0/31"], "192.0.2.2", False),
    (["10.0.0.0/8", "192.168.0.0/16"], "192.168.7.7", True),
    (["10.0.0.0/8", "2001:db8::/32"], "2001:db8::7", True),
    (["2001:db8::/32"], "2001:0DB8:0000::0001", True),
    (["2001:db8::/32"], "2001:db9::", False),
    (["2001:db8::/127"], "2001:db8::1", True),
    (["2001:db8::/127"], "2001:db8::2", False),
    (["::/0"], "2001:db8::", True),
    (["::/0"], "10.0.0.1", False),
    (["::1"], "::1", True),
    (["10.0.0.0/8"], "::ffff:10.0.0.1", True),
    (["10.0.0.0/8"], "::ffff:a00:1", True),
    (["::ffff:10.0.0.0/104"], "10.200.0.1", True),
    (["::ffff:10.0.0.0/104"], "11.0.0.1", False),
    (["10.0.0.0/8"], "10.0.0", None),
    (["10.0.0.0/8"], "10.0.0.256", None),
    (["10.0.0.0/8"], "10.0.0.01", None),
    (["10.0.0.0/8"], "10.0.0.1/32", None),
    (["10.0.0.0/8"], " 10.0.0.1", None),
    (["::/0"], "fe80::1%eth0", None),
    (["10.0.0.0/8"], "localhost", None),
    (["10.0.0.0/8"], "", None),
    (["10.0.0.0/8"], 167772161, None),
    (["10.0.0.0/8"], True, None),
    (["10.0.0.0/8"], None, None),
    (["10.0.0.0/8"], ABSENT, None),
]


def networks() -> Family:
    """IPv4 and IPv6 never mix, except that an IPv4-mapped IPv6 address is its IPv4 address; host bits do not count."""
    family = Family("networks", "inCidr holds if a network contains the address; what is no address is unknown.")
    for number, (values, value, outcome) in enumerate(ADDRESSES):
        family.test(f"inCidr/{number}", comparison("inCidr", *values), context_of(value), outcome)
    return family


PRESENT: dict[str, Any] = {
    "text": "x",
    "empty": "",
    "zero": 0,
    "false": False,
    "list": ["x"],
    "empty-list": [],
    "list-of-null": [None],
    "object": {"b": 1},
    "empty-object": {},
}


def existence() -> Family:
    """`exists` is true for every value but null, and never unknown."""
    family = Family("existence", "exists is never unknown: null is the same as absent, everything else is there.")
    for name, value in PRESENT.items():
        family.test(f"exists/{name}", comparison("exists"), context_of(value), HOLDS)
        family.truth(f"exists/{name}/group", {"all": [comparison("exists")]}, context_of(value), HOLDS)
    for name, value in (("null", None), ("absent", ABSENT)):
        family.test(f"exists/{name}", comparison("exists"), context_of(value), FAILS)
        family.truth(f"exists/{name}/group", {"all": [comparison("exists")]}, context_of(value), FAILS)
    return family


TESTS: dict[str, tuple[Document, Any, Any, Any]] = {
    "equals": (comparison("equals", "x"), "x", "y", ABSENT),
    "equals-number": (comparison("equals", 1), 1.0, True, ABSENT),
    "in": (comparison("in", "x", 1), 1, "1", ABSENT),
    "contains": (comparison("contains", "x"), "axa", "y", 1),
    "startsWith": (comparison("startsWith", "x"), "xa", "ax", True),
    "endsWith": (comparison("endsWith", "x"), "ax", "xa", {"x": "x"}),
    "matches": (comparison("matches", "^x"), "xa", "ax", 1),
    "lessThan": (comparison("lessThan", 5), 4.5, 5, "4"),
    "lessThanOrEqual": (comparison("lessThanOrEqual", 5), 5.0, 6, True),
    "greaterThan": (comparison("greaterThan", 5), 6, 5, "6"),
    "greaterThanOrEqual": (comparison("greaterThanOrEqual", 5), 5, 4, True),
    "before": (comparison("before", "2026-01-01T00:00:00Z"), "2025-12-31T23:59:59Z", "2026-01-01T00:00:00Z", "2025"),
    "after": (comparison("after", "2026-01-01T00:00:00Z"), "2026-01-01T00:00:01Z", "2026-01-01T00:00:00Z", 2027),
    "semverEquals": (comparison("semverEquals", "1.0.0"), "v1", "1.0.1", "x"),
    "semverLessThan": (comparison("semverLessThan", "1.0.0"), "0.9", "1.0.0", 0),
    "semverLessThanOrEqual": (comparison("semverLessThanOrEqual", "1.0.0"), "1.0.0", "1.0.1", 1),
    "semverGreaterThan": (comparison("semverGreaterThan", "1.0.0"), "1.0.1", "1.0.0", 2),
    "semverGreaterThanOrEqual": (comparison("semverGreaterThanOrEqual", "1.0.0"), "1", "0.9", "one"),
    "inCidr": (comparison("inCidr", "10.0.0.0/8"), "10.0.0.1", "11.0.0.1", "x"),
}
"""Operator → the comparison, a value that holds, one that does not, and one of the wrong type, if there is any."""


def lists() -> Family:
    """One element that holds is enough; elements of the wrong type are skipped; negate applies to the whole list."""
    family = Family(
        "lists", "A list holds if any element does; an empty one does not; none of the right type: unknown."
    )
    for name, (test, holds, fails, wrong) in TESTS.items():
        made: list[tuple[str, list[Any], bool | None]] = [
            ("empty", [], False),
            ("holds", [holds], True),
            ("fails", [fails], False),
            ("fails-holds", [fails, holds], True),
            ("holds-fails", [holds, fails], True),
            ("fails-fails", [fails, fails], False),
            ("null", [None], None),
            ("null-holds", [None, holds], True),
            ("null-fails", [None, fails], False),
        ]
        if wrong is not ABSENT:
            made += [
                ("wrong", [wrong], None),
                ("wrong-holds", [wrong, holds], True),
                ("wrong-fails", [wrong, fails], False),
                ("nested", [[holds]], None),
            ]
        for kind, value, outcome in made:
            family.test(f"{name}/{kind}", test, context_of(value), outcome)
    return family


PATHS: list[tuple[str, Document, bool | None]] = [
    ("country", {"country": "x"}, True),
    ("country", {"Country": "x"}, None),
    ("user.plan", {"user": {"plan": "x"}}, True),
    ("user.plan", {"user": {"plan": "y"}}, False),
    ("user.plan", {"user": {}}, None),
    ("user.plan", {"user": "x"}, None),
    ("user.plan", {"user": ["x"]}, None),
    ("user.plan", {"user": None}, None),
    ("user.plan", {"user.plan": "x"}, True),
    ("user.plan", {"user.plan": "x", "user": {"plan": "y"}}, True),
    ("user.plan", {"user.plan": "y", "user": {"plan": "x"}}, False),
    ("user.plan", {"user.plan": None, "user": {"plan": "x"}}, True),
    ("a.b.c", {"a": {"b": {"c": "x"}}}, True),
    ("a.b.c", {"a": {"b.c": "x"}}, None),
    ("a.b.c", {"a.b": {"c": "x"}}, None),
    ("a..b", {"a": {"": {"b": "x"}}}, True),
    (".a", {"": {"a": "x"}}, True),
    (".a", {".a": "x"}, True),
    ("targetingKey", {"targetingKey": "x"}, True),
    ("list.0", {"list": ["x"]}, None),
    ("list", {"list": ["y", "x"]}, True),
    ("user.roles", {"user": {"roles": ["y", "x"]}}, True),
    ("__class__", {}, None),
    ("length", {"length": "x"}, True),
    ("Zo\u00eb", {"Zo\u00eb": "x"}, True),
    ("Zo\u00eb", {"Zoe\u0308": "x"}, None),
]


def lookup() -> Family:
    """Whole names as keys win over dotted paths; a path goes through objects only."""
    family = Family("lookup", "An attribute is the member of that very name, else what the dotted path leads to.")
    for number, (path, context, outcome) in enumerate(PATHS):
        test = {"attribute": path, "op": "equals", "values": ["x"]}
        family.test(f"path/{number}", test, context, outcome)
    return family
