"""Validation: every fault of a document at once, each with its place and the fix."""

from typing import Any

import pytest

from flagsdk.core.operators import OPERATORS
from flagsdk.core.validate import KINDS, Problem
from tests.core.documents import EXAMPLES, FLAG, check, comparison, edited, split

WHEN = "/rules/0/when"


@pytest.mark.parametrize("kind", KINDS)
def test_a_good_document_has_no_problem(kind: str) -> None:
    assert check(kind, EXAMPLES[kind]) == []


@pytest.mark.parametrize("expires", ["2027-03-01", "2028-02-29", "2027-03-01T12:00:00+01:00", "2027-03-01T12:00:00Z"])
def test_a_flag_may_expire_on_a_day_or_at_a_time(expires: str) -> None:
    assert check("flag", edited("flag", "/expires", expires)) == []


SPLIT = "/default/split"
FAULTS: list[tuple[str, str, Any, str, str, str]] = [
    # kind, where it is changed, to what; pointer (relative to the change), code, words of the detail
    ("flag", "/key", "-a", "", "bad-key", "begins with a letter or digit"),
    ("flag", "/key", "a" * 101, "", "bad-key", "1 to 100"),
    ("flag", "/key", "näh", "", "bad-key", "A-Z"),
    ("flag", "/type", "bool", "", "unknown-type", "did you mean 'boolean'?"),
    ("flag", "/type", None, "", "unknown-type", "None"),
    ("flag", "/variants", {}, "", "wrong-length", "1 to 100 variants"),
    ("flag", "/variants", [], "", "wrong-type", "an object"),
    ("flag", "/variants/on", 1, "", "wrong-value", "true or false, not 1"),
    ("flag", "/variants/a\nb", True, "", "bad-name", "printable"),
    ("flag", "/enabled", 1, "", "wrong-type", "true or false"),
    ("flag", "/offVariant", "of", "", "unknown-variant", "did you mean 'off'?"),
    ("flag", "/offVariant", None, "", "unknown-variant", "None"),
    ("flag", "/colour", "red", "", "unknown-member", "no member 'colour'"),
    ("flag", "/archived", "no", "", "wrong-type", "true or false"),
    ("flag", "/tags", ["x" * 101], "/0", "wrong-length", "1 to 100 characters"),
    ("flag", "/description", "a\0b", "", "not-unicode", "NUL"),
    ("flag", "/name", "\ud800", "", "not-unicode", "lone surrogates"),
    ("flag", "/expires", "soon", "", "bad-date", "2027-03-01"),
    ("flag", "/expires", "2027-02-30", "", "bad-date", "2027-03-01"),
    ("flag", "/expires", "2027-03-01T12:00:00", "", "bad-date", "offset"),
    ("flag", "/expires", 2027, "", "bad-date", "2027-03-01"),
    ("flag", "/prerequisites/0/flag", "parnt", "", "unknown-flag", "did you mean 'parent'?"),
    ("flag", "/prerequisites/0/flag", "gone", "", "archived-flag", "archived"),
    ("flag", "/prerequisites/0/flag", "new-checkout", "", "cycle", "flag/new-checkout → flag/new-checkout"),
    ("flag", "/prerequisites/0/variants", ["blu"], "/0", "unknown-variant", "did you mean 'blue'?"),
    ("flag", "/prerequisites/0/variants", [True], "/0", "unknown-variant", "True"),
    ("flag", "/prerequisites/0/variants", [], "", "empty", "At least one"),
    ("flag", "/prerequisites", {}, "", "wrong-type", "a list"),
    ("flag", "/prerequisites", [None], "/0", "wrong-type", "an object"),
    ("flag", "/targets/0/by", 7, "", "wrong-type", "a text"),
    ("flag", WHEN, {"bucket": {"salt": "s", "ranges": {}}}, "/bucket/ranges", "wrong-type", "a list"),
    ("flag", "/targets/0/variant", "onn", "", "unknown-variant", "did you mean 'on'?"),
    ("flag", "/targets/0/units", [""], "/0", "wrong-length", "1 to"),
    ("flag", "/targets/0/units", [1], "/0", "wrong-type", "a text"),
    ("flag", "/targets/1/by", "targetingKey", "units/0", "duplicate", "listed for 'on' already"),
    ("flag", "/rules/1/id", "r1", "", "duplicate", "rule 0"),
    ("flag", "/rules/0/id", "target", "", "reserved", "individual targets"),
    ("flag", "/rules/0/id", "", "", "wrong-length", "1 to 100"),
    ("flag", "/rules/0/split", split(), "..", "ambiguous", "Exactly one"),
    ("flag", "/rules/0/serve", "maybe", "", "unknown-variant", "there is 'off', 'on'."),
    ("flag", "/rules", [None], "/0", "wrong-type", "an object, not None"),
    ("flag", "/default", {}, "", "missing", "Exactly one"),
    ("flag", WHEN, {"al": []}, "", "unknown-condition", "did you mean 'all'?"),
    ("flag", WHEN, {}, "", "unknown-condition", "makes no condition"),
    ("flag", WHEN, {"all": [], "any": []}, "", "ambiguous", "all and any"),
    ("flag", WHEN, None, "", "wrong-type", "a condition"),
    ("flag", WHEN, {"all": {}}, "/all", "wrong-type", "a list"),
    ("flag", WHEN, {"all": [1]}, "/all/0", "wrong-type", "a condition"),
    ("flag", WHEN, {"not": []}, "/not", "wrong-type", "a condition"),
    ("flag", WHEN, {"segment": "bta"}, "/segment", "unknown-segment", "did you mean 'beta'?"),
    ("flag", WHEN, {"segment": "left"}, "/segment", "archived-segment", "archived"),
    ("flag", WHEN, {"segment": 7}, "/segment", "unknown-segment", "7"),
    ("flag", WHEN, comparison("inn", "DE"), "/op", "unknown-operator", "did you mean 'in'?"),
    ("flag", WHEN, {"attribute": "a", "values": []}, "/op", "missing", "'op'"),
    ("flag", WHEN, {"attribute": "a", "op": "in"}, "/values", "missing", "needs values"),
    ("flag", WHEN, comparison("in"), "/values", "empty", "At least one"),
    ("flag", WHEN, comparison("exists", 1), "/values", "no-effect", "leave values out"),
    ("flag", WHEN, comparison("in", None), "/values/0", "bad-value", "None"),
    ("flag", WHEN, comparison("contains", "a", 1), "/values/1", "bad-value", "1"),
    ("flag", WHEN, {"attribute": "a", "op": "lessThan", "values": [True]}, "/values/0", "bad-value", "number"),
    ("flag", WHEN, comparison("lessThan", 1, ignoreCase=True), "/ignoreCase", "no-effect", "no case"),
    ("flag", WHEN, comparison("lessThan", 2**1000), "/values/0", "wrong-length", "1000 bits"),
    ("flag", WHEN, comparison("matches", "("), "/values/0", "bad-value", "missing ): ("),
    ("flag", WHEN, comparison("matches", "a{1000}{1000}"), "/values/0", "bad-value", "bad repetition"),
    ("flag", WHEN, comparison("matches", "(?=a)"), "/values/0", "bad-value", "invalid perl operator"),
    ("flag", WHEN, comparison("matches", "a" * 1_001), "/values/0", "wrong-length", "1000 characters"),
    ("flag", WHEN, comparison("semverLessThan", "1.x"), "/values/0", "bad-value", "version"),
    ("flag", WHEN, comparison("before", "2026-01-01"), "/values/0", "bad-value", "date-time"),
    ("flag", WHEN, comparison("inCidr", "10.0.0.0/33"), "/values/0", "bad-value", "network"),
    ("flag", WHEN, comparison("in", "DE", negate="yes"), "/negate", "wrong-type", "true or false"),
    ("flag", WHEN, {"bucket": {"salt": "s", "ranges": [[5, 5]]}}, "/bucket/ranges/0", "bad-range", "from < to"),
    ("flag", WHEN, {"bucket": {"salt": "s", "ranges": [[0, 100_001]]}}, "/bucket/ranges/0", "bad-range", "<= 100000"),
    ("flag", WHEN, {"bucket": {"salt": "s", "ranges": [[0, 1.0]]}}, "/bucket/ranges/0", "wrong-type", "two integers"),
    ("flag", WHEN, {"bucket": {"ranges": []}}, "/bucket/salt", "missing", "'salt'"),
    (
        "flag",
        WHEN,
        {"bucket": {"salt": "s", "hash": "murmer3", "ranges": []}},
        "/bucket/hash",
        "unknown-hash",
        "murmur3",
    ),
    ("flag", f"{SPLIT}/hash", "md5", "", "unknown-hash", "There is no hash 'md5'"),
    ("flag", f"{SPLIT}/hash", "split", "../salt", "bad-salt", "seed in decimal"),
    ("flag", f"{SPLIT}/space", 0, "", "bad-space", "over 0 buckets"),
    ("flag", f"{SPLIT}/space", True, "", "wrong-type", "an integer"),
    ("flag", f"{SPLIT}/salt", 7, "", "wrong-type", "a text"),
    ("flag", f"{SPLIT}/salt", "\udfff", "", "not-unicode", "lone surrogates"),
    ("flag", f"{SPLIT}/by", "", "", "wrong-length", "1 to"),
    ("flag", f"{SPLIT}/weights", {"on": 60_000, "off": 50_000}, "", "weights-sum", "exactly 100000, not 110000"),
    ("flag", f"{SPLIT}/weights", {"on": 99_999.0, "off": 1}, "/on", "bad-weight", "not 99999.0"),
    ("flag", f"{SPLIT}/weights", {"on": True, "off": 99_999}, "/on", "bad-weight", "not True"),
    ("flag", f"{SPLIT}/weights", {"on": -1, "off": 100_001}, "/on", "bad-weight", "not -1"),
    ("flag", f"{SPLIT}/weights", {"onn": 100_000}, "/onn", "unknown-variant", "did you mean 'on'?"),
    ("flag", f"{SPLIT}/weights", [], "", "wrong-type", "an object"),
    ("flag", f"{SPLIT}/allocation", {}, "", "wrong-type", "a list"),
    ("flag", f"{SPLIT}/allocation", [["on", 0, 99_999]], "", "bad-allocation", "end at 99999"),
    (
        "flag",
        f"{SPLIT}/allocation",
        [["on", 0, 9], ["on", 8, 100_000]],
        "",
        "bad-allocation",
        "bucket 8 has two owners",
    ),
    ("flag", f"{SPLIT}/allocation", [["off", 0, 100_000]], "", "bad-allocation", "weight is worth 0"),
    ("flag", f"{SPLIT}/allocation", [["on", 0]], "/0", "wrong-type", "an entry"),
    ("segment", "/included", "user-1", "", "wrong-type", "a list"),
    ("segment", "/by", None, "", "wrong-type", "a text"),
    ("segment", "/salt", "s", "", "unknown-member", "no member 'salt'"),
    ("segment", "/when", {"segment": "beta"}, "/segment", "cycle", "segment/beta → segment/beta"),
    ("split", "/backends", ["stable", "stable", "canary"], "/1", "duplicate", "already"),
    ("split", "/backends", ["stable", "canary", "a b"], "/2", "bad-name", "like a key"),
    ("split", "/stable", "stabel", "", "unknown-variant", "did you mean 'stable'?"),
    ("split", "/default", {"serve": "canry"}, "/serve", "unknown-variant", "did you mean 'canary'?"),
    ("split", "/unit", {"headers": [], "clientAddress": False}, "", "empty", "Nothing names a visitor"),
    ("split", "/unit/headers", ["X User"], "/0", "bad-token", "RFC 9110"),
    ("split", "/backends", "stable", "", "wrong-type", "a list"),
    ("split", "/unit", [], "", "wrong-type", "an object"),
    ("flag", WHEN, {"attribute": "a", "op": ["in"], "values": [1]}, "/op", "unknown-operator", "a list"),
    ("flag", WHEN, {"attribute": "a", "op": "in", "values": ["\0"]}, "/values/0", "wrong-length", "NUL"),
    ("flag", WHEN, {"bucket": []}, "/bucket", "wrong-type", "an object"),
    ("flag", WHEN, [], "", "wrong-type", "a condition"),
    ("flag", "/targets", [None], "/0", "wrong-type", "an object"),
    ("flag", "/default/split", 5, "", "wrong-type", "an object"),
    ("split", "/force", {"header": "a:b"}, "/header", "bad-token", "RFC 9110"),
    ("split", "/sticky/maxAgeSeconds", 0, "", "wrong-type", "from 1 to"),
    ("split", "/sticky/secure", 1, "", "wrong-type", "true or false"),
    ("split", "/mirror/share", 100_001, "", "wrong-type", "from 0 to 100000"),
    ("split", "/mirror/share", True, "", "wrong-type", "from 0 to 100000"),
    ("split", "/mirror/backend", "canry", "", "unknown-variant", "did you mean 'canary'?"),
    ("split", "/mirror", {"backend": "canary"}, "/share", "missing", "'share' is missing"),
    ("split", "/mirror", {"backend": "canary", "share": 1, "to": 2}, "/to", "unknown-member", "no member 'to'"),
    ("split", "/prerequisites", [], "", "unknown-member", "no member 'prerequisites'"),
]


@pytest.mark.parametrize(("kind", "where", "value", "below", "code", "words"), FAULTS)
def test_a_fault_is_named_with_its_place_and_the_fix(
    kind: str, where: str, value: Any, below: str, code: str, words: str
) -> None:
    problems = check(kind, edited(kind, where, value))

    found = [problem for problem in problems if problem.pointer == _joined(where, below)]
    assert [problem.code for problem in found] == [code]
    assert words in found[0].detail
    assert found[0].detail.endswith((".", "?"))


def _joined(where: str, below: str) -> str:
    up, slash, rest = below.partition("/") if below.startswith("..") else ("", "", "")
    parent = where.rpartition("/")[0]
    if up:
        return f"{parent}{slash}{rest}"
    return where + below if below.startswith("/") or not below else f"{parent}/{below}"


def test_null_stands_for_none_where_none_is_meant() -> None:
    assert check("segment", {**EXAMPLES["segment"], "when": None}) == []
    assert check("split", {**EXAMPLES["split"], "force": None, "sticky": None, "mirror": None}) == []


def test_every_fault_is_reported_at_once() -> None:
    document = {**FLAG, "type": "bool", "offVariant": "x", "rules": [{}], "default": {"serve": 1}, "zzz": 0}

    pointers = {problem.pointer for problem in check("flag", document)}

    assert pointers == {"/type", "/offVariant", "/rules/0", "/rules/0/id", "/rules/0/when", "/default/serve", "/zzz"}


def test_a_split_needs_its_table_once_its_weights_are_right() -> None:
    def missing(**members: Any) -> list[tuple[str, str]]:
        table = {"weights": {"on": 50_000, "off": 50_000}, "salt": "s", **members}
        return [(p.pointer, p.code) for p in check("flag", edited("flag", "/default/split", table))]

    assert missing() == [("/default/split/allocation", "missing")]
    assert missing(weights={"on": 1}) == [("/default/split/weights", "weights-sum")]


def test_an_imported_space_may_divide_what_weights_cannot() -> None:
    """Ranges converted from another service are kept as they are; every owner must still have a weight."""
    table = {"weights": {"on": 33_333, "off": 66_667}, "salt": "g", "hash": "unleash", "by": "targetingKey"}
    document = edited("flag", "/default/split", {**table, "allocation": [["on", 0, 34], ["off", 34, 100]]})

    assert check("flag", document) == []


def test_pointers_are_escaped() -> None:
    document = edited("flag", "/variants", {"on": True, "off": False, "a/b~c": 1})

    assert [problem.pointer for problem in check("flag", document)] == ["/variants/a~1b~0c"]


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("string", ["", "a", "ü"], [1, None, True, "\ud800", []]),
        ("integer", [0, -5, 2**53 - 1], [2**53, True, 1.0, "1", None]),
        ("float", [0, 1.5, -2], [float("nan"), float("inf"), True, "1", 2**1100]),
        ("boolean", [True, False], [0, 1, "true", None]),
        ("object", [{}, [], {"a": [1, {"b": None}]}], [1, "x", None, True]),
    ],
)
def test_values_have_the_type_of_the_flag(kind: str, good: list[Any], bad: list[Any]) -> None:
    def problems(value: Any) -> list[Problem]:
        plain = {**FLAG, "type": kind, "variants": {"on": value, "off": good[0]}}
        return check("flag", plain)

    assert [problems(value) for value in good] == [[] for _ in good]
    assert [[problem.pointer for problem in problems(value)] for value in bad] == [["/variants/on"] for _ in bad]


@pytest.mark.parametrize("name", OPERATORS)
def test_every_operator_can_be_written(name: str) -> None:
    kinds: dict[str, list[Any]] = {
        "scalar": ["x", 1, True],
        "text": ["x"],
        "number": [1, 1.5],
        "instant": ["2026-01-01T00:00:00Z"],
        "version": ["1.2.3-rc.1"],
        "network": ["10.0.0.0/8", "::1"],
        "pattern": ["^a.*$"],
        "none": [],
    }

    assert check("flag", edited("flag", WHEN, comparison(name, *kinds[OPERATORS[name].operand]))) == []
