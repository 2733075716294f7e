"""What is written is what is read, and nothing else is read at all."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flagsdk import wire
from flagsdk.wire import Change, Corrupt, Missing, Position, Whole
from tests.wire.documents import changes, epochs, json_values, revisions, wholes


def raw(fields: dict[str, str]) -> dict[bytes, bytes]:
    """Fields as Redis gives them back."""
    return {name.encode(): text.encode() for name, text in fields.items()}


@given(wholes())
def test_a_whole_survives_redis(whole: Whole) -> None:
    read = wire.read_whole(whole.environment, raw(wire.meta_of(whole)), raw(dict(whole.documents)))

    assert read == whole


@given(changes())
def test_a_change_survives_redis(change: Change) -> None:
    entry = wire.stream_id(change.revision).encode()

    assert wire.read_change(change.environment, entry, raw(wire.entry_of(change))) == change


@given(wholes())
def test_a_whole_survives_http(whole: Whole) -> None:
    """All but the time of the last comparison, which belongs to the copy in Redis."""
    assert wire.parse_whole(wire.whole_json(whole)) == replace(whole, published=0)


@given(changes())
def test_a_change_survives_http_on_one_line(change: Change) -> None:
    line = wire.change_json(change)

    assert "\n" not in line
    assert "\r" not in line
    assert wire.parse_change(line.encode()) == change


@given(wholes(), changes())
def test_what_is_not_signed_is_written_as_if_there_were_no_signatures(whole: Whole, change: Change) -> None:
    """And what is, has one member or field more and is otherwise the same."""
    plain, bare = replace(whole, signature=""), replace(change, signature="")

    for signed, unsigned in (
        (wire.meta_of(replace(whole, signature="s")), wire.meta_of(plain)),
        (wire.entry_of(replace(change, signature="s")), wire.entry_of(bare)),
        (json.loads(wire.whole_json(replace(whole, signature="s"))), json.loads(wire.whole_json(plain))),
        (json.loads(wire.change_json(replace(change, signature="s"))), json.loads(wire.change_json(bare))),
    ):
        assert "signature" not in unsigned
        assert signed == unsigned | {"signature": "s"}


@pytest.mark.parametrize("value", [None, 7, ["s"], {"by": "s"}])
def test_a_signature_that_is_no_text_is_none(value: object) -> None:
    """Whoever demands one refuses it; to others it is an unknown member."""
    assert wire.parse_whole(json.dumps(WHOLE | {"signature": value})).signature == ""


@given(epochs, revisions)
def test_a_position_survives_as_text(epoch: str, revision: int) -> None:
    assert Position.parse(str(Position(epoch, revision))) == Position(epoch, revision)


@given(json_values)
def test_the_canonical_text_is_a_fixed_point(value: object) -> None:
    text = wire.canonical(value)

    assert wire.canonical(json.loads(text)) == text


def test_object_order_carries_no_meaning() -> None:
    assert wire.canonical({"b": 1, "a": {"d": 2, "c": "ü"}}) == '{"a":{"c":"ü","d":2},"b":1}'


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_canonical_refuses_what_json_has_not(number: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        wire.canonical({"value": number})


def test_names_share_a_hash_tag() -> None:
    assert wire.names("production") == (
        "flagsvc:{production}:meta",
        "flagsvc:{production}:documents",
        "flagsvc:{production}:changes",
    )


def test_missing_is_not_empty() -> None:
    with pytest.raises(Missing):
        wire.read_whole("production", {}, {})


META = {
    "environment": "production",
    "epoch": "e1",
    "revision": "7",
    "format": "1",
    "digest": "d",
    "at": "5",
    "published": "6",
}


@pytest.mark.parametrize(
    "fault",
    [
        {"environment": "staging"},
        {"environment": ""},
        {"epoch": ""},
        {"revision": "-1"},
        {"revision": "seven"},
        {"revision": "\u0667"},
        {"revision": "9" * 19},
        {"format": "2"},
        {"format": "x"},
        {"digest": ""},
        {"at": "now"},
        {"published": "x"},
    ],
)
def test_a_wrong_meta_is_corrupt(fault: dict[str, str]) -> None:
    with pytest.raises(Corrupt):
        wire.read_whole("production", raw(META | fault), {})


@pytest.mark.parametrize("documents", [{b"flag/\xff": b"{}"}, {b"flag/a": b"\xff\xfe"}])
def test_bytes_that_are_no_text_are_corrupt(documents: dict[bytes, bytes]) -> None:
    with pytest.raises(Corrupt):
        wire.read_whole("production", raw(META), documents)


def test_unknown_fields_are_ignored() -> None:
    read = wire.read_whole("production", raw(META | {"seal": "s"}), {})

    assert read == Whole("production", "e1", 7, "d", 1, 5, {}, 6)


@pytest.mark.parametrize("entry", [b"7", b"7-1", b"x-0", b"-0", b"\xff-0", b""])
def test_a_stream_id_that_is_no_revision_is_corrupt(entry: bytes) -> None:
    with pytest.raises(Corrupt):
        wire.read_change("production", entry, raw({"epoch": "e", "digest": "d", "at": "1"}))


def test_an_entry_is_refused_under_the_id_of_another_revision() -> None:
    """A copy of a change, or two that changed places, may well lead to the digests that they name."""
    fields = wire.entry_of(Change("production", "e", 7, "d", 1, {"flag/a": "{}"}))

    with pytest.raises(Corrupt, match="is of revision '7'"):
        wire.read_change("production", b"8-0", raw(fields))


def test_an_entry_is_refused_in_the_stream_of_another_environment() -> None:
    """Environments share epochs, and a change of every document leads to its digest from anywhere."""
    fields = wire.entry_of(Change("staging", "e", 7, "d", 1, {"flag/a": "{}"}))

    with pytest.raises(Corrupt, match="is of environment 'staging'"):
        wire.read_change("production", b"7-0", raw(fields))


def test_an_entry_of_a_publisher_that_does_not_repeat_them_is_read() -> None:
    fields = {"epoch": "e", "digest": "d", "at": "1"}

    assert wire.read_change("production", b"8-0", raw(fields)) == Change("production", "e", 8, "d", 1, {})


WHOLE = {"environment": "e", "epoch": "x", "revision": 1, "format": 1, "digest": "d", "at": 0, "documents": {}}


@pytest.mark.parametrize(
    "fault",
    [
        {"environment": 1},
        {"epoch": None},
        {"revision": "1"},
        {"revision": -1},
        {"revision": True},
        {"revision": 1.0},
        {"format": 99},
        {"digest": ""},
        {"documents": []},
        {"documents": {"flag/a": {}}},
        {"documents": None},
    ],
)
def test_a_wrong_member_is_corrupt(fault: dict[str, object]) -> None:
    with pytest.raises(Corrupt):
        wire.parse_whole(json.dumps(WHOLE | fault))


@pytest.mark.parametrize("body", ["", "[]", "1", '{"a":', "[" * 100_000, b"\xff", "{}"])
def test_what_is_no_snapshot_is_corrupt(body: str | bytes) -> None:
    with pytest.raises(Corrupt):
        wire.parse_whole(body)
    with pytest.raises(Corrupt):
        wire.parse_change(body)


@given(st.binary(max_size=60))
def test_any_bytes_are_a_whole_or_corrupt(body: bytes) -> None:
    with pytest.raises(Corrupt):
        wire.parse_whole(body)


@pytest.mark.parametrize("text", ["", "7", ".7", "e.", "e.x", "e.-1", "e.1.x"])
def test_what_is_no_position_is_corrupt(text: str) -> None:
    with pytest.raises(Corrupt):
        Position.parse(text)
