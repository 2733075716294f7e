"""Instants, texts, pages and refusals: small values with small laws."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flagsvc.domain.errors import Fault, InUse, Invalid, ManagedElsewhere, NotFound, Refused, StaleRevision, Unavailable
from flagsvc.domain.instants import milliseconds_of, moment_of, text_of
from flagsvc.domain.members import pointer_to, same
from flagsvc.domain.texts import MAX_DEPTH, is_clean, text_faults

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
MOMENTS = st.timedeltas(timedelta(0), timedelta(days=80_000)).map(lambda passed: BEGINNING + passed)
ANY_MOMENTS = st.datetimes(timezones=st.just(UTC))


TWINS: list[tuple[object, object]] = [
    (1, True),
    (1, 1.0),
    (0, False),
    ([1], [1.0]),
    ({"a": 1}, {"a": True}),
    ("1", 1),
]


@given(one=ANY_MOMENTS, other=ANY_MOMENTS)
def test_text_order_is_time_order(one: datetime, other: datetime) -> None:
    """Also for years that nobody stores, but somebody asks for."""
    assert (text_of(one) < text_of(other)) == (one < other)
    assert moment_of(text_of(one)) == one


@given(one=MOMENTS)
def test_milliseconds_are_rounded_down(one: datetime) -> None:
    assert milliseconds_of(text_of(one)) == (one - BEGINNING) // timedelta(milliseconds=1)


def test_any_offset_becomes_utc() -> None:
    assert text_of(datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=1)))) == "2026-01-01T00:00:00.000000Z"


@pytest.mark.parametrize(
    ("value", "pointer", "code"),
    [
        ({"a": ["x", "\0"]}, "/a/1", "nul"),
        ({"a\0": 1}, "", "nul"),
        ({"a": "\ud800"}, "/a", "not-unicode"),
        ({"\udfff": 1}, "", "not-unicode"),
        ({"a": float("nan")}, "/a", "not-finite"),
        ([float("inf")], "/0", "not-finite"),
        ({"a/b": 10**400}, "/a~1b", "too-large"),
    ],
)
def test_what_cannot_be_stored_is_found(value: object, pointer: str, code: str) -> None:
    assert [(fault.pointer, fault.code) for fault in text_faults(value)] == [(pointer, code)]


def test_depth_is_bounded() -> None:
    deep: object = 1
    for _ in range(10_000):
        deep = [deep]
    assert [fault.code for fault in text_faults(deep)] == ["too-deep"]
    fitting: object = 1
    for _ in range(MAX_DEPTH):
        fitting = {"a": fitting}
    assert list(text_faults(fitting)) == []


@given(st.text())
def test_clean_texts_are_those_that_can_be_encoded(text: str) -> None:
    assert is_clean(text) == ("\0" not in text and text.encode(errors="replace").decode() == text)


@pytest.mark.parametrize(
    ("one", "other"), [(1, True), (1, 1.0), (0, False), ([1], [1.0]), ({"a": 1}, {"a": True}), ("1", 1)]
)
def test_types_tell_values_apart(one: object, other: object) -> None:
    assert not same(one, other)
    assert same(one, one)


def test_refusals_speak_in_sentences() -> None:
    """Every refusal has a text for the caller; long lists are cut."""
    refusals: list[Refused] = [
        NotFound("flag", "x", "prod"),
        StaleRevision(3, 4, "ada"),
        Invalid([Fault("/a", "wrong", "Bad."), Fault("", "wrong", "Worse.")]),
        InUse("Flag 'x'", [f"user-{number}" for number in range(30)]),
        Unavailable("The database does not answer."),
        ManagedElsewhere("https://git.example/flags.yaml"),
    ]
    assert [str(refusal) for refusal in refusals][:3] == [
        "There is no flag 'x' in environment 'prod'.",
        "The document is at version 4 (by ada), not 3: read it again.",
        "/a: Bad.; /: Worse.",
    ]
    assert "user-18, user-19 …. " in str(refusals[3])


def test_pointers_escape() -> None:
    assert pointer_to("a/b", 0, "m~n") == "/a~1b/0/m~0n"
