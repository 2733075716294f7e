"""Reports: what is written is read back, whatever else arrives is refused, and unknown members are nobody's fault."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flagsdk.core.sketch import MOST, WHOLE, Sample
from flagsdk.wire import Corrupt
from flagsdk.wire.members import MAX_COUNT
from flagsdk.wire.usage import (
    MAX_BYTES,
    MAX_UNITS,
    MAX_UNKNOWN,
    MAX_USES,
    AskedRow,
    Report,
    UnitsRow,
    UseRow,
    parse_report,
    report_json,
    sample_of,
    sample_text,
)

TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=100)
NUMBERS = st.integers(0, 2**53 - 1)
KINDS = st.sampled_from(["flag", "split"])
USES = st.builds(UseRow, KINDS, TEXTS, st.none() | TEXTS, NUMBERS, st.integers(1, MAX_COUNT))
SAMPLES = st.integers(0, 32).flatmap(
    lambda level: st.builds(
        Sample, st.just(level), st.frozensets(st.integers(0, max(0, (WHOLE >> level) - 1)), max_size=9)
    )
)
ASKED = st.builds(AskedRow, st.from_regex("[A-Za-z0-9][A-Za-z0-9._-]{0,99}", fullmatch=True), st.integers(1, MAX_COUNT))
UNITS = st.builds(UnitsRow, KINDS, TEXTS, SAMPLES)
REPORTS = st.builds(
    Report,
    client=st.text("abcdefXYZ0189", min_size=16, max_size=64),
    sequence=st.integers(1, 2**53 - 1),
    environment=TEXTS,
    sdk=TEXTS,
    application=TEXTS | st.just(""),
    epoch=TEXTS,
    revision=NUMBERS,
    applied_after_ms=st.none() | NUMBERS,
    dropped=NUMBERS,
    uses=st.lists(USES, max_size=5),
    units=st.lists(UNITS, max_size=3),
    unknown=st.lists(ASKED, max_size=3).map(tuple),
    unknown_others=st.integers(0, MAX_COUNT),
)
PLAIN = Report(
    client="c" * 32,
    sequence=1,
    environment="production",
    sdk="flagsdk-python/0.1.0",
    application="shop",
    epoch="e1",
    revision=7,
    uses=[UseRow("flag", "a", "on", 1, 2)],
    units=[UnitsRow("flag", "a", Sample(1, frozenset({1, 2})))],
    unknown=(AskedRow("b", 3),),
    unknown_others=4,
)


@given(REPORTS)
def test_a_report_is_read_back_as_it_was_written(report: Report) -> None:
    assert parse_report(report_json(report)) == report


@given(SAMPLES)
def test_a_sample_is_read_back_as_it_was_written(sample: Sample) -> None:
    assert sample_of(sample_text(sample)) == sample


def test_the_largest_report_of_plain_keys_fits_into_the_bytes() -> None:
    key = "k" * 100
    full = Sample(0, frozenset(range(MOST)))
    uses = [UseRow("split", key, key, 2**53 - 1, MAX_COUNT)] * MAX_USES
    report = Report(
        client="c" * 64, sequence=1, environment=key, sdk=key, application=key, epoch=key, revision=1,
        uses=uses, units=[UnitsRow("split", key, full)] * MAX_UNITS,
    )  # fmt: skip

    assert len(report_json(report)) <= MAX_BYTES


def test_unknown_members_are_ignored_everywhere() -> None:
    members = json.loads(report_json(PLAIN))
    members["later"] = {"x": 1}
    members["uses"][0]["later"] = members["units"][0]["later"] = members["unknown"][0]["later"] = [1]

    assert parse_report(json.dumps(members).encode()) == PLAIN


MISSHAPEN: list[tuple[str, Any]] = [
    ("client", "short"),
    ("client", "c" * 65),
    ("client", "é" * 20),
    ("client", None),
    ("sequence", 0),
    ("sequence", True),
    ("sequence", 2**53),
    ("sequence", 1.0),
    ("environment", ""),
    ("environment", "e" * 101),
    ("environment", "a\0b"),
    ("sdk", 5),
    ("application", None),
    ("epoch", "\ud800"),
    ("revision", -1),
    ("appliedAfterMs", "12"),
    ("appliedAfterMs", -1),
    ("dropped", None),
    ("uses", {}),
    ("uses", [1]),
    ("uses", [{}] * (MAX_USES + 1)),
    ("units", [{}] * (MAX_UNITS + 1)),
    ("units", None),
    ("unknown", None),
    ("unknown", [{}] * (MAX_UNKNOWN + 1)),
    ("unknownOthers", -1),
    ("unknownOthers", MAX_COUNT + 1),
]
ROWS: list[tuple[str, str, Any]] = [
    ("uses", "kind", "segment"),
    ("uses", "key", ""),
    ("uses", "key", "k" * 101),
    ("uses", "variant", ""),
    ("uses", "variant", 1),
    ("uses", "revision", None),
    ("uses", "uses", 0),
    ("uses", "uses", MAX_COUNT + 1),
    ("units", "kind", ""),
    ("units", "level", 33),
    ("units", "level", -1),
    ("units", "hashes", "AAA"),
    ("units", "hashes", "AAAA"),  # three bytes
    ("units", "hashes", "\u00e9" * 8),
    ("units", "hashes", "/////w=="),  # not below 2^32 / 2
    ("units", "hashes", "A" * (6 * MOST + 4)),
    ("units", "hashes", None),
    ("unknown", "key", "user@example.com"),
    ("unknown", "key", "k" * 101),
    ("unknown", "times", 0),
    ("unknown", "times", MAX_COUNT + 1),
]


@pytest.mark.parametrize(("name", "value"), MISSHAPEN)
def test_a_misshapen_member_is_refused(name: str, value: Any) -> None:
    members = json.loads(report_json(PLAIN)) | {name: value}

    with pytest.raises(Corrupt):
        parse_report(json.dumps(members).encode())


@pytest.mark.parametrize(("rows", "name", "value"), ROWS)
def test_a_misshapen_row_is_refused(rows: str, name: str, value: Any) -> None:
    members = json.loads(report_json(PLAIN))
    members[rows][0][name] = value

    with pytest.raises(Corrupt):
        parse_report(json.dumps(members).encode())


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"\xff", b"null", b"[" * 100_000, b'{"client":NaN}'])
def test_what_is_no_report_is_refused(body: bytes) -> None:
    with pytest.raises(Corrupt):
        parse_report(body)


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_but_corrupt(body: bytes) -> None:
    with pytest.raises(Corrupt):
        parse_report(body)


@pytest.mark.parametrize("text", ["", ":", "x:", "-1:", "0", "0:AAA", "99:AAAAAA=="])
def test_what_is_no_sample_is_refused(text: str) -> None:
    with pytest.raises(Corrupt):
        sample_of(text) if text != "0" else sample_of("²:")
