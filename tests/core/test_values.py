"""Values as the operators see them, and as traces show them."""

import json
from enum import IntEnum
from typing import Any

import pytest
from hypothesis import given

from flagsdk.core.shown import MAX_ITEMS, MAX_TEXT, shown, shown_text
from flagsdk.core.values import OTHER, plain
from tests.core.strategies import Liar, Loud, Plan, Unwalkable, values


class Level(IntEnum):
    HIGH = 3


class Ratio(float):
    __slots__ = ()


@pytest.mark.parametrize(
    ("value", "exact"),
    [
        (None, None),
        ("a", "a"),
        (1, 1),
        (1.5, 1.5),
        (True, True),
        (Plan.PRO, "pro"),
        (Liar("DE"), "DE"),
        (Level.HIGH, 3),
        (Ratio(0.5), 0.5),
        (["a", Plan.PRO, None, [1], {}], ["a", "pro", None, OTHER, OTHER]),
        (("a",), ["a"]),
        ({"a"}, ["a"]),
        (frozenset((1,)), [1]),
        ({"a": 1}, OTHER),
        (b"a", OTHER),
        (object, OTHER),
        (Unwalkable([1]), OTHER),
    ],
)
def test_plain_values_are_exact_built_in_types(value: Any, exact: Any) -> None:
    answer = plain(value)

    assert type(answer) is type(exact)
    assert str(answer) == str(exact)


@given(values)
def test_plain_never_raises(value: Any) -> None:
    answer = plain(value)

    assert answer is None or answer is OTHER or type(answer) in (str, int, float, bool, list)


@given(values)
def test_everything_can_be_shown_as_json(value: Any) -> None:
    json.dumps(shown(value), allow_nan=False).encode()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (float("nan"), "<nan>"),
        (float("-inf"), "<-inf>"),
        (b"x", "<bytes>"),
        (Loud(a=1), {"a": 1}),
        ({1: 2, "a": 3}, {"a": 3}),
        ("a\ud800", "a?"),
        ([[[[[1]]]]], [[[["<list>"]]]]),
        ({"a": {"a": {"a": {"a": {"a": 1}}}}}, {"a": {"a": {"a": {"a": "<object>"}}}}),
    ],
)
def test_what_json_has_no_word_for_is_named(value: Any, text: Any) -> None:
    assert shown(value) == text


def test_huge_numbers_are_shown_by_their_size() -> None:
    assert shown(10**5000) == "<integer of 16610 bits>"


def test_objects_that_raise_are_shown_as_objects() -> None:
    class Silent(dict[str, Any]):
        def __iter__(self) -> Any:
            raise RuntimeError

    assert shown(Silent(a=1)) == "<object>"


def test_long_values_are_cut() -> None:
    assert len(shown_text("x" * 1000)) == MAX_TEXT + 1
    assert len(shown(list(range(1000)))) == MAX_ITEMS
