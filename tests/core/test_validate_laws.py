"""Validation never raises, and what it lets pass can be read completely."""

import json
from dataclasses import fields, is_dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flagsdk.core.decode import decode_flag, decode_segment, decode_split
from flagsdk.core.model import Unsupported
from flagsdk.core.validate import KINDS
from tests.core.documents import EXAMPLES, at, check, edited

DECODERS = {"flag": decode_flag, "segment": decode_segment, "split": decode_split}

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(), children, max_size=4),
    max_leaves=10,
)


def _places(value: Any, where: str = "") -> list[str]:
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for name, member in members for place in (f"{where}/{name}", *_places(member, f"{where}/{name}"))]


@given(st.sampled_from(sorted(KINDS)), JSON)
def test_no_json_value_makes_validation_raise(kind: str, value: Any) -> None:
    assert check(kind, value)


@given(st.data(), st.sampled_from(sorted(KINDS)), JSON)
def test_no_json_value_at_any_place_makes_validation_raise(data: st.DataObject, kind: str, value: Any) -> None:
    document = edited(kind, data.draw(st.sampled_from(_places(EXAMPLES[kind]))), value)

    for problem in check(kind, document):
        json.dumps(problem.pointer)
        assert problem.code
        assert problem.detail


def _unsupported(value: Any) -> list[Unsupported]:
    if isinstance(value, Unsupported):
        return [value]
    if is_dataclass(value):
        return [each for field in fields(value) for each in _unsupported(getattr(value, field.name))]
    return [each for item in value for each in _unsupported(item)] if isinstance(value, tuple) else []


@pytest.mark.parametrize("kind", KINDS)
def test_a_good_document_is_read_completely(kind: str) -> None:
    assert _unsupported(DECODERS[kind](EXAMPLES[kind])) == []


@given(st.data(), st.sampled_from(sorted(KINDS)))
def test_what_passes_validation_is_read_completely(data: st.DataObject, kind: str) -> None:
    """Values from other places of the examples are the likeliest to look right where they are wrong."""
    places = _places(EXAMPLES[kind])
    other = data.draw(st.sampled_from(places))
    document = edited(kind, data.draw(st.sampled_from(places)), at(kind, other))

    if check(kind, document) == []:
        assert _unsupported(DECODERS[kind](document)) == []
