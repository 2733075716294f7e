"""Groups in three-valued logic."""

import itertools
from typing import Any

import pytest
from hypothesis import given

from flagsdk.core import evaluate
from tests.core.making import ruled, segment, snapshot, truth
from tests.core.strategies import KEYS, conditions, contexts

T, F, U = "true", "false", "unknown"
LEAVES = {
    T: {"attribute": "here", "op": "equals", "values": ["yes"]},
    F: {"attribute": "here", "op": "equals", "values": ["no"]},
    U: {"attribute": "absent", "op": "equals", "values": ["yes"]},
}
WORDS = (T, F, U)


def _all(words: tuple[str, ...]) -> str:
    return F if F in words else U if U in words else T


def _any(words: tuple[str, ...]) -> str:
    return T if T in words else U if U in words else F


@pytest.mark.parametrize("size", [0, 1, 2, 3])
@pytest.mark.parametrize("group", ["all", "any"])
def test_groups_follow_the_tables_of_kleene(group: str, size: int) -> None:
    for words in itertools.product(WORDS, repeat=size):
        expected = (_all if group == "all" else _any)(words)
        assert truth({group: [LEAVES[word] for word in words]}, here="yes") == expected, words


@pytest.mark.parametrize(("word", "opposite"), [(T, F), (F, T), (U, U)])
def test_the_opposite_of_unknown_is_unknown(word: str, opposite: str) -> None:
    assert truth({"not": LEAVES[word]}, here="yes") == opposite
    assert truth({"not": {"not": LEAVES[word]}}, here="yes") == word


@pytest.mark.parametrize("words", [*itertools.product(WORDS, repeat=3)])
def test_groups_nest(words: tuple[str, str, str]) -> None:
    a, b, c = words
    condition = {"all": [LEAVES[a], {"any": [LEAVES[b], {"not": LEAVES[c]}]}]}

    assert truth(condition, here="yes") == _all((a, _any((b, {T: F, F: T, U: U}[c]))))


@given(conditions, contexts)
def test_a_condition_and_its_opposite_are_never_both_true(condition: Any, context: Any) -> None:
    flags = [ruled(condition, key="a"), ruled({"not": condition}, key="b")]
    loaded = snapshot(*flags, segments=[segment(key) for key in KEYS])

    both = [evaluate(loaded, key, context) for key in ("a", "b")]

    assert [decision.rule for decision in both] != ["r0", "r0"]


@given(conditions, conditions, contexts)
def test_de_morgan(one: Any, other: Any, context: Any) -> None:
    flags = [
        ruled({"not": {"all": [one, other]}}, key="a"),
        ruled({"any": [{"not": one}, {"not": other}]}, key="b"),
    ]
    loaded = snapshot(*flags, segments=[segment(key, included=["ann"]) for key in KEYS])

    left, right = (evaluate(loaded, key, context) for key in ("a", "b"))

    assert (left.variant, left.error) == (right.variant, right.error)
