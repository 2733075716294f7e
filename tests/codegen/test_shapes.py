"""The type that values have in common: every value fits it, and it says no more than they do."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flagsdk.codegen.shapes import (
    ANY,
    MOST_MEMBERS,
    NOTHING,
    NULL,
    OBJECT,
    Listed,
    Optional,
    Plain,
    Shape,
    Struct,
    common,
)
from tests.codegen.documents import VALUES

INT, FLOAT, STR = Plain("int"), Plain("float"), Plain("str")
NAMES = {"bool": (bool,), "int": (int,), "float": (int, float), "str": (str,), "None": (type(None),)}


def _fits(value: Any, shape: Shape) -> bool:
    match shape:
        case Optional():
            return value is None or _fits(value, shape.shape)
        case Listed():
            return type(value) is list and all(_fits(item, shape.item) for item in value)
        case Struct():
            return (
                type(value) is dict
                and shape.required <= value.keys() <= shape.members.keys()
                and all(_fits(value[name], shape.members[name]) for name in value)
            )
        case Plain():
            return shape == ANY or (shape == OBJECT and type(value) is dict) or type(value) in NAMES.get(shape.name, ())


@given(st.lists(VALUES))
def test_every_value_fits_what_they_have_in_common(values: list[Any]) -> None:
    shape = common(values)

    assert all(_fits(value, shape) for value in values)


@given(st.lists(VALUES), st.randoms(use_true_random=False))
def test_their_order_makes_no_difference(values: list[Any], chance: Any) -> None:
    shuffled = chance.sample(values, len(values))

    assert common(shuffled) == common(values)


@pytest.mark.parametrize(
    ("values", "shape"),
    [
        ([], NOTHING),
        ([1, 2], INT),
        ([1, 2.5], FLOAT),
        ([True, 1], ANY),
        ([None], NULL),
        ([None, 1, 2.5], Optional(FLOAT)),
        ([None, 1, "a"], ANY),
        ([[], [1]], Listed(INT)),
        ([[], [None]], Listed(NULL)),
        ([[], {}], ANY),
        ([{"a": 1}, {"a": 2, "b": "x"}], Struct({"a": INT, "b": STR}, frozenset("a"))),
        ([{"a": 1}, {"a": "x"}], Struct({"a": ANY}, frozenset("a"))),
        ([{"a": {"b": 1}}, None], Optional(Struct({"a": Struct({"b": INT}, frozenset("b"))}, frozenset("a")))),
        ([{str(number): 1 for number in range(MOST_MEMBERS + 1)}, {}], OBJECT),
        ([{str(number): 1} for number in range(MOST_MEMBERS + 1)], OBJECT),
    ],
)
def test_examples(values: list[Any], shape: Shape) -> None:
    assert common(values) == shape
