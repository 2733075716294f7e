"""What each operator says of each kind of value: true, false or unknown."""

from typing import Any

import pytest

from flagsdk.core.operators import OPERATORS, BadOperand, prepare
from tests.core.making import truth

T, F, U = "true", "false", "unknown"
NAN = float("nan")
BIG = 2**53 + 1

EQUALITY = [
    (["a"], "a", T),
    (["a"], "A", F),
    (["a", "b"], "b", T),
    (["a"], 1, F),
    (["a"], {}, F),
    (["1"], 1, F),
    ([1], "1", F),
    ([1], 1, T),
    ([1], 1.0, T),
    ([1.0], 1, T),
    ([1], True, F),
    ([0], False, F),
    ([True], True, T),
    ([True], False, F),
    ([True], 1, F),
    ([True, "a", 1], 1, T),
    ([BIG], float(BIG), F),
    ([BIG], BIG, T),
    ([float(2**53)], 2**53, T),
    ([1e308], 10**400, F),
    ([1], NAN, F),
    (["a"], [], F),
    (["a"], ["b", "a"], T),
    (["a"], ["b", 1], F),
    (["a"], [None], U),
    (["a"], ["b", None], F),
    (["a"], [["a"]], F),
    (["a"], None, U),
    ([], "a", F),
    ([""], "", T),
]
ORDER = [
    ("lessThan", [5], 4, T),
    ("lessThan", [5], 5, F),
    ("lessThan", [1, 5], 4, T),
    ("lessThanOrEqual", [5], 5.0, T),
    ("lessThanOrEqual", [5], 6, F),
    ("greaterThan", [5], 5.5, T),
    ("greaterThan", [5], 5, F),
    ("greaterThan", [9, 5], 6, T),
    ("greaterThanOrEqual", [5], 5, T),
    ("greaterThanOrEqual", [5], 4.9, F),
    ("greaterThan", [float(2**53)], BIG, T),
    ("greaterThan", [1e308], 10**400, T),
    ("lessThan", [5], float("-inf"), T),
]
TEXTS = [
    ("contains", ["b"], "abc", T),
    ("contains", ["x", "c"], "abc", T),
    ("contains", ["B"], "abc", F),
    ("contains", [""], "", T),
    ("startsWith", ["ab"], "abc", T),
    ("startsWith", ["x", "a"], "abc", T),
    ("startsWith", ["b"], "abc", F),
    ("endsWith", ["bc"], "abc", T),
    ("endsWith", ["x", "c"], "abc", T),
    ("endsWith", ["a"], "abc", F),
    ("matches", ["^a.c$"], "abc", T),
    ("matches", ["b"], "abc", T),
    ("matches", ["^b"], "abc", F),
    ("matches", ["x", "c$"], "abc", T),
    ("matches", [r"\pL"], "é", T),
    ("matches", ["a"], "a\ud800", U),
    ("contains", ["a"], "a\ud800", T),
]
PARSED = [
    ("before", ["2024-01-02T00:00:00Z"], "2024-01-01T23:59:59.999Z", T),
    ("before", ["2024-01-02T00:00:00Z"], "2024-01-02T01:00:00+01:00", F),
    ("after", ["2024-01-02T00:00:00Z"], "2024-01-02T00:00:00.1Z", T),
    ("after", ["2024-01-02T00:00:00Z"], "2024-01-02T00:00:00Z", F),
    ("before", ["2024-01-02T00:00:00Z"], "2024-01-01", U),
    ("semverEquals", ["1.2"], "v1.2.0+b", T),
    ("semverEquals", ["1.2"], "1.2.1", F),
    ("semverLessThan", ["1.2"], "1.2.0-rc", T),
    ("semverLessThan", ["1.2"], "1.2", F),
    ("semverLessThanOrEqual", ["1.2"], "1.2", T),
    ("semverGreaterThan", ["1.9"], "1.10", T),
    ("semverGreaterThan", ["1.9"], "1.9", F),
    ("semverGreaterThanOrEqual", ["1.9"], "1.9", T),
    ("semverGreaterThanOrEqual", ["1.9"], "1.9-rc", F),
    ("semverEquals", ["1.2"], "one", U),
    ("inCidr", ["10.0.0.0/8", "::1"], "::1", T),
    ("inCidr", ["10.0.0.0/8"], "11.0.0.1", F),
    ("inCidr", ["10.0.0.0/8"], "ten", U),
]
FOLDED = [
    ("equals", ["Straße"], "STRAßE", T),
    ("equals", ["Straße"], "STRASSE", F),
    ("in", ["İ"], "i̇", T),
    ("in", ["A", 1], "a", T),
    ("in", ["A", 1], 1, T),
    ("contains", ["BC"], "abCd", T),
    ("startsWith", ["AB"], "abc", T),
    ("endsWith", ["BC", "X"], "abc", T),
    ("matches", ["^ABC$"], "abc", T),
    ("lessThan", [5], 4, T),
]


def _negation(answer: str) -> str:
    return {T: F, F: T, U: U}[answer]


def _check(condition: dict[str, Any], value: Any, answer: str) -> None:
    assert truth(condition, x=value) == answer
    assert truth(condition | {"negate": True}, x=value) == _negation(answer)


@pytest.mark.parametrize("name", ["equals", "in"])
@pytest.mark.parametrize(("operands", "value", "answer"), EQUALITY)
def test_equality_is_typed_and_total(name: str, operands: list[Any], value: Any, answer: str) -> None:
    _check({"attribute": "x", "op": name, "values": operands}, value, answer)


@pytest.mark.parametrize(("name", "operands", "value", "answer"), [*ORDER, *TEXTS, *PARSED])
def test_typed_operators(name: str, operands: list[Any], value: Any, answer: str) -> None:
    _check({"attribute": "x", "op": name, "values": operands}, value, answer)


@pytest.mark.parametrize(("name", "operands", "value", "answer"), FOLDED)
def test_letters_compare_in_lower_case_where_case_is_ignored(
    name: str, operands: list[Any], value: Any, answer: str
) -> None:
    _check({"attribute": "x", "op": name, "values": operands, "ignoreCase": True}, value, answer)


OPERAND = {
    "text": "a",
    "pattern": "a",
    "number": 1,
    "instant": "2024-01-02T00:00:00Z",
    "version": "1",
    "network": "::1",
}
TYPED = sorted(name for name, operator in OPERATORS.items() if operator.operand in OPERAND)


@pytest.mark.parametrize("name", TYPED)
def test_the_wrong_type_is_unknown_negated_or_not(name: str) -> None:
    operand = OPERAND[OPERATORS[name].operand]
    wrong: list[Any] = [True, {}, b"x", object(), [True], [None, {}], None]
    wrong += ["a"] if isinstance(operand, int) else [1, 1.5]
    wrong += [NAN] if isinstance(operand, int) else []

    for value in wrong:
        _check({"attribute": "x", "op": name, "values": [operand]}, value, U)


@pytest.mark.parametrize("name", TYPED)
def test_in_a_list_one_element_is_enough_and_wrong_types_are_skipped(name: str) -> None:
    operand = OPERAND[OPERATORS[name].operand]
    condition = {"attribute": "x", "op": name, "values": [operand]}
    good: list[Any] = ["a", "1", "0", "2", "::1", 0, 1, 2, "2024-01-01T00:00:00Z", "2024-01-03T00:00:00Z"]
    holding = [value for value in good if truth(condition, x=value) == T]
    failing = [value for value in good if truth(condition, x=value) == F]

    assert holding
    _check(condition, [True, *failing, holding[0]], T)
    _check(condition, [], F)
    assert not failing or truth(condition, x=[True, *failing]) == F


@pytest.mark.parametrize(
    ("value", "answer"), [(0, T), (False, T), ("", T), ([], T), ({}, T), (NAN, T), (b"", T), ([None], T), (None, F)]
)
def test_exists_is_never_unknown(value: Any, answer: str) -> None:
    _check({"attribute": "x", "op": "exists"}, value, answer)


def test_a_missing_attribute_is_like_null() -> None:
    assert truth({"attribute": "y", "op": "equals", "values": ["a"]}) == U
    assert truth({"attribute": "y", "op": "exists"}) == F


@pytest.mark.parametrize("name", sorted(set(OPERATORS) - {"exists"}))
def test_any_of_no_values_is_false(name: str) -> None:
    right_type = 1 if OPERATORS[name].operand == "number" else OPERAND.get(OPERATORS[name].operand, "a")

    assert truth({"attribute": "x", "op": name, "values": []}, x=right_type) == F


@pytest.mark.parametrize(
    ("name", "operand"),
    [
        ("equals", None),
        ("in", [1]),
        ("contains", 1),
        ("startsWith", None),
        ("matches", 5),
        ("matches", "("),
        ("matches", "(?=a)"),
        ("matches", "\ud800"),
        ("matches", "(a{1000}){1000}"),
        ("lessThan", "5"),
        ("lessThan", True),
        ("before", "2024"),
        ("after", 5),
        ("semverEquals", "x"),
        ("inCidr", "10.0.0.0/64"),
    ],
)
def test_operands_that_cannot_be_used_are_refused(name: str, operand: Any) -> None:
    with pytest.raises(BadOperand):
        prepare(name, [operand])


def test_expressions_cannot_run_for_long() -> None:
    """Catastrophic for a backtracking engine, linear for RE2."""
    assert truth({"attribute": "x", "op": "matches", "values": ["(a+)+$"]}, x="a" * 10_000 + "b") == F
