"""Every operator's generated form against its plain meaning, value by value."""

import itertools
from typing import Any

import pytest

from flagsdk.core import Context, Snapshot, evaluate
from flagsdk.core.compile_test import MAX_MEMO, MAX_MEMO_TEXT, Memo
from flagsdk.core.explain import explained
from flagsdk.core.operators import OPERATORS
from tests.core.making import ruled, segment, snapshot
from tests.core.strategies import ADDRESSES, HOSTILE, INSTANTS, NUMBERS, TEXTS, UNITS, VERSIONS, operands_of

SCALARS: list[Any] = [*TEXTS, *UNITS, *VERSIONS, *INSTANTS, *ADDRESSES, *NUMBERS, True, False, *HOSTILE]
VALUES = [*SCALARS, [], [None], ["DE", 5], ("pro",), {"ann"}, [[1]], {"id": 1}, [True, 1.5], ["1.2.3", "x"]]


def _disagreements(loaded: Snapshot, path: str) -> list[Any]:
    contexts = [Context("ann"), *(Context("ann") | {path: value} for value in VALUES)]
    keys = loaded.keys()
    return [
        (key, context)
        for key, context in itertools.product(keys, contexts)
        if evaluate(loaded, key, context) != explained(loaded, key, context)
    ]


@pytest.mark.parametrize("name", sorted(OPERATORS))
def test_each_form_means_what_the_operator_means(name: str) -> None:
    operands = operands_of(name)
    lists = [[], *([value] for value in operands), list(operands), list(operands[:2]), list(operands[-2:])]
    flags = []
    for number, (values, negate, fold) in enumerate(itertools.product(lists, (False, True), (False, True))):
        test = {"attribute": "x", "op": name, "values": values, "negate": negate, "ignoreCase": fold}
        flags.append(ruled(test, {"not": test}, key=f"f{number}", default={"serve": "off"}))

    assert _disagreements(snapshot(*flags), "x") == []


@pytest.mark.parametrize("when", [None, {"attribute": "plan", "op": "equals", "values": ["pro"]}])
@pytest.mark.parametrize("negate", [False, True])
def test_segment_forms(when: Any, negate: bool) -> None:  # noqa: FBT001  # a parameter of the test
    member = {"segment": "s", "negate": negate}
    both = {"any": [member, {"not": member}]}
    listed = segment(included=["ann", "DE", "pro", "x"], excluded=["x", "1", "bob"], by="x", when=when)
    flags = [
        ruled(*conditions, key=f"f{number}")
        for number, conditions in enumerate([(member, {"not": member}), (both,), ({"not": {"not": member}},)])
    ]

    for plan in ({}, {"plan": "pro"}, {"plan": "free"}):
        contexts = [Context("ann") | plan | {"x": value} for value in VALUES]
        loaded = snapshot(*flags, segments=[listed])
        for key, context in itertools.product(loaded.keys(), contexts):
            assert evaluate(loaded, key, context) == explained(loaded, key, context)


def test_answers_are_remembered_by_text_within_bounds() -> None:
    asked: list[str] = []

    def slow(text: str) -> bool:
        asked.append(text)
        return True

    memo = Memo(slow)
    long = "x" * (MAX_MEMO_TEXT + 1)

    assert [memo["a"], memo["a"], memo[long], memo[long]] == [True] * 4
    assert asked == ["a", long, long]
    for number in range(2 * MAX_MEMO):
        assert memo[str(number)]
    assert len(memo) <= MAX_MEMO


def test_answers_survive_the_memory_being_emptied() -> None:
    condition = {"attribute": "x", "op": "semverLessThan", "values": ["1000.0.0"]}
    loaded = snapshot(ruled(condition))

    answers = [evaluate(loaded, "f", {"x": f"{major}.0"}).variant for major in range(MAX_MEMO + 2000)]

    assert answers == ["on" if major < 1000 else "off" for major in range(MAX_MEMO + 2000)]
