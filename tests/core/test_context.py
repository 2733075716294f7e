"""The context and how an attribute is found in it."""

from collections import UserDict, defaultdict
from types import MappingProxyType
from typing import Any

import pytest

from flagsdk.core import Context
from flagsdk.core.context import Readable, Unreadable, found, lookup, readable, unit_of
from tests.core.strategies import Fussy, Loud, Plan


def test_a_context_is_its_dictionary() -> None:
    assert Context("user-42", country="DE") == {"targetingKey": "user-42", "country": "DE"}


def test_the_targeting_key_may_be_left_out() -> None:
    assert Context(country="DE") == {"country": "DE"}


def test_any_attribute_name_is_free_for_use() -> None:
    assert Context("u", self="me", targeting_key=1) == {"targetingKey": "u", "self": "me", "targeting_key": 1}


@pytest.mark.parametrize(
    ("context", "path", "value"),
    [
        ({"a": 1}, "a", 1),
        ({"a": None}, "a", None),
        ({}, "a", None),
        ({"a.b": 1, "a": {"b": 2}}, "a.b", 1),
        ({"a.b": None, "a": {"b": 2}}, "a.b", 2),
        ({"a": {"b": {"c": 3}}}, "a.b.c", 3),
        ({"a": {"b.c": 3}}, "a.b.c", None),
        ({"a": 1}, "a.b", None),
        ({"a": [{"b": 1}]}, "a.b", None),
        ({"a": MappingProxyType({"b": 1})}, "a.b", 1),
        ({"": {"": 4}}, ".", 4),
    ],
)
def test_the_whole_name_wins_then_the_dotted_path(context: dict[str, Any], path: str, value: Any) -> None:
    assert lookup(context, path) == value


def test_nested_objects_that_raise_have_no_such_attribute() -> None:
    assert lookup({"user": Loud(id="u")}, "user.id") is None


def test_reading_never_invents_what_a_default_dictionary_would() -> None:
    context: defaultdict[str, str] = defaultdict(lambda: "made up")

    assert lookup(context, "country") is None
    assert dict(context) == {}


def test_what_raises_is_missing_and_the_rest_is_found() -> None:
    context = readable(Fussy({"country": "DE", "plan": "pro"}))

    assert (context.get("country"), context.get("plan")) == (None, "pro")


def test_a_readable_context_is_not_wrapped_twice() -> None:
    context = readable({})

    assert readable(context) is context
    assert isinstance(context, Readable)


@pytest.mark.parametrize("context", [None, 42, "text", [("a", 1)], object()])
def test_what_is_no_mapping_is_unreadable(context: Any) -> None:
    with pytest.raises(Unreadable, match="a context is an object"):
        readable(context)


def test_finding_never_raises() -> None:
    assert found(UserDict({"a": 1}), "a") == 1
    assert found(Loud(a=1), "a") is None


@pytest.mark.parametrize(
    ("value", "unit"),
    [("u", "u"), (Plan.PRO, "pro"), ("", None), (None, None), (7, None), (True, None), (b"u", None), (["u"], None)],
)
def test_a_unit_is_a_non_empty_string(value: Any, unit: str | None) -> None:
    assert unit_of(value) == unit
    assert unit is None or type(unit_of(value)) is str
