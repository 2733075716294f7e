"""Strict JSON: what is refused, where, and in how little time."""

import json
import time
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flagsvc.http.strict_json import MAX_DEPTH, MAX_INTEGER, Unreadable, faults_in, parse, too_deep

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=10)
NUMBERS = st.integers(-MAX_INTEGER, MAX_INTEGER) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)

REFUSED = [
    ("", "", "not-json"),
    ("{", "", "not-json"),
    ("[1,]", "", "not-json"),
    ("'a'", "", "not-json"),
    ('"\t"', "", "not-json"),
    ("\ufeff{}", "", "not-json"),
    ("[NaN]", "/0", "not-finite"),
    ('{"a":[1,Infinity]}', "/a/1", "not-finite"),
    ("-Infinity", "", "not-finite"),
    ("1e999", "", "not-finite"),
    ('{"a":1,"a":1}', "/a", "duplicate-name"),
    ('{"a~/b":{"c":1,"c":2}}', "/a~0~1b/c", "duplicate-name"),
    ("9007199254740992", "", "integer-too-large"),
    ("-9007199254740992", "", "integer-too-large"),
    ("[" + "9" * 5000 + "]", "/0", "integer-too-large"),
    ('["\\u0000"]', "/0", "nul"),
    ('{"\\u0000":1}', "/\0", "nul"),
    ('{"a":"\\ud800"}', "/a", "lone-surrogate"),
    ('{"a":"\\udc00\\ud800"}', "/a", "lone-surrogate"),
    ('{"\\ud800":1}', "/?", "lone-surrogate"),
]


@pytest.mark.parametrize(("text", "pointer", "code"), REFUSED)
def test_each_refusal_names_the_place(text: str, pointer: str, code: str) -> None:
    with pytest.raises(Unreadable) as refused:
        parse(text.encode())

    assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [(pointer, code)]


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(Unreadable) as refused:
        parse(b'{"a":NaN,"b":["\\u0000",1e999],"b":[]}')

    assert {fault.pointer for fault in refused.value.faults} == {"/a", "/b"}


@given(VALUES)
def test_what_json_can_hold_comes_back_with_its_types(value: object) -> None:
    assert repr(parse(json.dumps(value).encode())) == repr(value)


@given(st.integers(0, 80), st.booleans(), st.booleans())
def test_depth_is_limited_exactly(depth: int, objects: bool, closed: bool) -> None:  # noqa: FBT001  # drawn, not passed
    left, right = ('{"a":', "}") if objects else ("[", "]")
    text = left * depth + ("1" + right * depth if closed else "")

    assert too_deep(text.encode()) == (depth > MAX_DEPTH)


@given(st.text('[]{}"\\,:1 a', max_size=300))
def test_whatever_the_scan_lets_through_is_shallow(text: str) -> None:
    """A text is let through only if no prefix of it, as a parser reads it, opens more than twice the limit."""
    if too_deep(text.encode()):
        return

    outside = "".join(
        part for index, part in enumerate(text.replace("\\\\", "").replace('\\"', "").split('"')) if index % 2 == 0
    )
    heights = accumulate((character in "[{") - (character in "]}") for character in outside)

    assert max(heights, default=0) <= 2 * MAX_DEPTH


def test_brackets_in_strings_do_not_count() -> None:
    assert parse(('["' + "[" * 1000 + '\\"' + "{" * 1000 + '"]').encode()) == ["[" * 1000 + '"' + "{" * 1000]


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 10**6,
        b"[" * 500_000 + b"]" * 500_000,
        b"[]" * 500_000,
        b'"' + b'\\"' * 500_000,
        b'{"a":' * 200_000,
        b"9" * 10**6,
        b"[" + b"1e999," * 150_000 + b"1]",
    ],
    ids=["open", "nested", "flat", "escapes", "objects", "digits", "faults"],
)
def test_hostile_megabytes_are_refused_quickly(body: bytes) -> None:
    started = time.thread_time()

    with pytest.raises(Unreadable) as refused:
        parse(body)

    assert time.thread_time() - started < 5  # minutes, where one more byte costs a little more than the last
    assert len(refused.value.faults) <= 100


def test_values_made_elsewhere_are_checked_by_the_same_walk() -> None:
    assert [fault.pointer for fault in faults_in({"a": ["\ud800"], "b": "\0", "c": 1.5})] == ["/a/0", "/b"]
