"""Limits of documents: exact, and the worst input is a fault and never a crash."""

from collections.abc import Callable
from typing import Any

import pytest

from flagsdk.core.validate import Problem, limits, problems_of
from tests.core.documents import FLAG, OTHERS, SEGMENT, Document, check, comparison, edited

WHEN = "/rules/0/when"


def _nested(depth: int) -> Document:
    condition: Document = {"all": []}
    for _ in range(depth - 1):
        condition = {"not": condition}
    return condition


def _deep_value(depth: int) -> Any:
    value: Any = {}
    for _ in range(depth - 1):
        value = [value]
    return value


LIMITS: list[tuple[str, Callable[[int], Any], int]] = [
    ("/rules", lambda n: [{"id": f"r{i}", "when": {"all": []}, "serve": "on"} for i in range(n)], limits.RULES),
    (WHEN, lambda n: comparison("in", *range(n)), limits.VALUES),
    (WHEN, lambda n: comparison("matches", *["a"] * n), limits.PATTERNS),
    (WHEN, lambda n: comparison("in", "x" * n), limits.OPERAND_LENGTH),
    (WHEN, _nested, limits.DEPTH),
    (WHEN, lambda n: {"all": [{"all": []}] * (n - 1)}, limits.CONDITIONS),
    ("/targets", lambda n: [{"variant": "on", "units": [f"u{i}" for i in range(n)]}], limits.UNITS),
    ("/targets", lambda n: [{"variant": "on", "units": ["u" * n]}], limits.UNIT_LENGTH),
    ("/targets", lambda n: [{"variant": "on", "units": ["u"]}] * n, limits.TARGETS),
    ("/variants", lambda n: {"on": True, **{f"v{i}": False for i in range(n - 2)}, "off": False}, limits.VARIANTS),
    ("/prerequisites", lambda n: [{"flag": "parent", "variants": ["blue"]}] * n, limits.PREREQUISITES),
    ("/name", lambda n: "x" * n, limits.NAME_LENGTH),
    ("/description", lambda n: "x" * n, limits.TEXT_LENGTH),
]


@pytest.mark.parametrize(("where", "of_size", "limit"), LIMITS)
def test_a_limit_holds_exactly(where: str, of_size: Callable[[int], Any], limit: int) -> None:
    assert check("flag", edited("flag", where, of_size(limit))) == []
    assert len(check("flag", edited("flag", where, of_size(limit + 1)))) == 1


def test_a_value_has_a_limit_of_depth_and_length() -> None:
    def problems(value: Any) -> list[str]:
        return [
            problem.code for problem in check("flag", {**FLAG, "type": "object", "variants": {"on": value, "off": {}}})
        ]

    assert problems(_deep_value(limits.DEPTH)) == []
    assert problems(_deep_value(limits.DEPTH + 1)) == ["too-deep"]
    assert problems(["x" * (limits.VALUE_LENGTH - 4)]) == []
    assert problems(["x" * (limits.VALUE_LENGTH - 3)]) == ["wrong-length"]


def test_absurd_nesting_is_a_fault_and_not_a_crash() -> None:
    for document in (
        edited("flag", WHEN, _nested(100_000)),
        {**FLAG, "type": "object", "variants": {"on": _deep_value(100_000), "off": {}}},
    ):
        assert [problem.code for problem in check("flag", document)] == ["too-deep"]


def _chain(kind: str, length: int, last: str | None = None) -> dict[str, Document]:
    documents = {}
    for n in range(length):
        target = f"d{n + 1}" if n + 1 < length else last
        if kind == "flag":
            parents = [{"flag": target, "variants": ["on"]}] if target else []
            documents[f"flag/d{n}"] = {**FLAG, "key": f"d{n}", "prerequisites": parents}
        else:
            when = {"not": {"any": [{"segment": target}]}} if target else None
            documents[f"segment/d{n}"] = {**SEGMENT, "key": f"d{n}", "when": when}
    return documents


@pytest.mark.parametrize(
    ("kind", "pointer"), [("flag", "/prerequisites/0/flag"), ("segment", "/when/not/any/0/segment")]
)
def test_circles_of_any_length_are_found_and_spelled_out(kind: str, pointer: str) -> None:
    documents = {**OTHERS, **_chain(kind, 3, last="d0"), "segment/beta": SEGMENT}

    problems = problems_of(kind, documents[f"{kind}/d1"], documents)

    assert problems == [
        Problem(
            pointer,
            "cycle",
            f"This closes a circle: {kind}/d1 → {kind}/d2 → {kind}/d0 → {kind}/d1. Remove one of these references.",
        ),
    ]


@pytest.mark.parametrize("kind", ["flag", "segment"])
def test_chains_have_a_limit_and_the_circles_of_others_an_end(kind: str) -> None:
    long, longer = (_chain(kind, limits.CHAIN + more) for more in (1, 2))
    circle = {**_chain(kind, 3, last="d1"), **OTHERS, "segment/beta": SEGMENT}

    assert problems_of(kind, long[f"{kind}/d0"], {**OTHERS, "segment/beta": SEGMENT, **long}) == []
    assert [p.code for p in problems_of(kind, longer[f"{kind}/d0"], {**OTHERS, "segment/beta": SEGMENT, **longer})] == [
        "too-deep"
    ]
    assert [p.code for p in problems_of(kind, circle[f"{kind}/d0"], circle)] == ["too-deep"]


def test_a_flood_of_faults_is_cut_off() -> None:
    document = edited("flag", "/targets", [{"variant": "on", "units": [""] * limits.UNITS}])

    assert len(check("flag", document)) == 1_000


def test_a_hint_among_very_many_names_has_the_same_beginning() -> None:
    others = {f"segment/{letter}{n}": {"key": f"{letter}{n}"} for letter in "xy" for n in range(1_500)}
    document = edited("flag", WHEN, {"segment": "y-1234"})

    problems = problems_of("flag", document, {**OTHERS, **others})

    assert "did you mean 'y1234'?" in next(each.detail for each in problems if each.code == "unknown-segment")


def test_only_the_first_faults_get_a_hint() -> None:
    document = edited("flag", WHEN, {"all": [{"segment": "bta"}] * 12})

    hinted = ["did you mean" in problem.detail for problem in check("flag", document)]

    assert hinted == [True] * 10 + [False] * 2
