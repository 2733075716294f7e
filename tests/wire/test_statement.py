"""What is signed: bytes that say exactly one thing, and a spelling of signatures that is the only one."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flagsdk.wire import FORMAT, Change, Statement, Whole, statement_of
from flagsdk.wire.statement import key_id, signature_parts, signature_text
from tests.wire.documents import wholes

any_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
numbers = st.integers(0, 10**15)
statements = st.builds(Statement, any_text, any_text, numbers, numbers, numbers, any_text)


@given(statements, statements)
def test_no_two_statements_have_the_same_bytes(one: Statement, other: Statement) -> None:
    assert (one.encoded() == other.encoded()) == (one == other)


@given(any_text, any_text, any_text)
def test_where_one_member_ends_and_the_next_begins_is_part_of_the_bytes(one: str, other: str, rest: str) -> None:
    """Text moved over the border between two members is another statement."""
    moved = Statement(one, other + rest, 1, 2, 1, "d"), Statement(one + other, rest, 1, 2, 1, "d")

    assert (moved[0].encoded() == moved[1].encoded()) == (moved[0] == moved[1])


def test_the_bytes_are_as_documented() -> None:
    """Written out by hand from docs/reference/signatures.md."""
    statement = Statement("prod", "019ac0ffee00-x", 7, 1700000000000, 1, "ab" * 32)

    assert statement.encoded() == (
        b"\x00\x00\x00\x12flagsvc-snapshot-1"
        b"\x00\x00\x00\x04prod"
        b"\x00\x00\x00\x0e019ac0ffee00-x"
        b"\x00\x00\x00\x017"
        b"\x00\x00\x00\x0d1700000000000"
        b"\x00\x00\x00\x011"
        b"\x00\x00\x00\x40" + b"ab" * 32
    )


@given(wholes(), st.dictionaries(any_text, any_text, max_size=2))
def test_a_snapshot_and_the_change_that_leads_to_it_say_the_same(whole: Whole, edits: dict[str, str]) -> None:
    change = Change(whole.environment, whole.epoch, whole.revision, whole.digest, whole.at, edits)

    assert statement_of(change, FORMAT) == statement_of(whole, whole.format)
    assert statement_of(replace(whole, published=whole.published + 1), FORMAT) == statement_of(whole, FORMAT)


@given(st.binary(min_size=64, max_size=64), st.binary(min_size=32, max_size=32))
def test_a_signature_is_read_as_it_was_written(signature: bytes, public_key: bytes) -> None:
    name = key_id(public_key)

    assert signature_parts(signature_text(name, signature)) == (name, signature)


@pytest.mark.parametrize(
    "text", ["", "k", "k:AA", "k:AA=", "k:AA==\n", "k: AA==", "k:AB==", "k:A-A=", "k:AA==:AA==", "AA=="]
)
def test_any_other_spelling_is_refused(text: str) -> None:
    """Even where base64 would mean the same bytes: one signature has one text."""
    with pytest.raises(ValueError, match=r"base64|BASE64"):
        signature_parts(text)
