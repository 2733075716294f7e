"""Rows of outcomes: read back as they were written, refused beyond their bounds, unknown to those who are older."""

import json
from itertools import pairwise
from math import inf, nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flagsdk.core.durations import BOUNDS, HALF_AGAIN, PLACES, bound_of, nearest, place_of
from flagsdk.core.sketch import MOST, Sample
from flagsdk.wire import Corrupt
from flagsdk.wire.members import MAX_COUNT
from flagsdk.wire.outcomes import MAX_FAILED, MAX_OUTCOMES, MAX_SQUARES, OutcomeRow
from flagsdk.wire.usage import MAX_BYTES, Report, parse_report, report_json
from tests.wire.test_usage import KINDS, PLAIN, SAMPLES, TEXTS

COUNTS = st.integers(0, MAX_COUNT)
ROWS = st.builds(
    lambda kind, key, variant, metric, age, events, share, total, units, failed: OutcomeRow(
        kind, key, variant, metric, age, events, int(events * share), {3: events // 2, 64: events // 3}, total, 0.5,
        units, failed,
    ),
    KINDS, TEXTS, TEXTS, TEXTS, st.integers(0, 600_000), COUNTS, st.floats(0, 1), st.floats(-1e6, 1e6), SAMPLES,
    st.frozensets(st.integers(0, 2**64 - 1), max_size=MAX_FAILED),
)  # fmt: skip


def told(row: OutcomeRow) -> Report:
    return Report(
        client="c" * 32, sequence=1, environment="prod", sdk="s", application="", epoch="e", revision=1, uses=[],
        units=[], outcomes=(row,), outcomes_dropped=3,
    )  # fmt: skip


@given(ROWS)
def test_rows_are_read_back_as_they_were_written(row: OutcomeRow) -> None:
    assert parse_report(report_json(told(row))) == told(row)


def test_the_largest_report_of_outcomes_fits_into_the_bytes() -> None:
    name = "ü" * 100
    row = OutcomeRow(
        "split", name, name, name, 600_000, MAX_COUNT, MAX_COUNT, dict.fromkeys(range(PLACES), 10**8), -1e22 / 3,
        1e33 / 3, Sample(0, frozenset(range(2**32 - MOST, 2**32))),
        frozenset(range(2**64 - MAX_FAILED, 2**64)),
    )  # fmt: skip
    report = Report(
        client="c" * 64, sequence=1, environment=name, sdk=name, application=name, epoch=name, revision=1,
        outcomes=(row,) * MAX_OUTCOMES,
    )  # fmt: skip

    assert len(report_json(report)) <= MAX_BYTES


def test_a_report_without_outcomes_has_no_word_of_them() -> None:
    """So that a service of before reads what it always read."""
    assert "outcomes" not in json.loads(report_json(PLAIN))


MISSHAPEN: list[tuple[str, Any]] = [
    ("kind", "segment"),
    ("key", ""),
    ("variant", None),
    ("variant", "a\0b"),
    ("metric", "m" * 101),
    ("ageMs", -1),
    ("ageMs", 600_001),
    ("events", -1),
    ("events", 1.0),
    ("events", MAX_COUNT + 1),
    ("bad", 11),
    ("bad", True),
    ("slow", [1]),
    ("slow", {"65": 1}),
    ("slow", {"-1": 1}),
    ("slow", {"x": 1}),
    ("slow", {"1": 6, "2": 5}),
    ("slow", {"1": -1}),
    ("total", nan),
    ("total", inf),
    ("total", "1"),
    ("squares", -1.0),
    ("squares", MAX_SQUARES * 2),
    ("level", 33),
    ("hashes", "AAA"),
    ("failed", "AAAA"),
    ("failed", "A" * (12 * MAX_FAILED + 4)),
    ("failed", None),
]


@pytest.mark.parametrize(("name", "value"), MISSHAPEN)
def test_what_is_no_row_is_refused(name: str, value: Any) -> None:
    row = OutcomeRow("flag", "a", "on", "errors", 0, 10, 1, {1: 2}, 1.0, 1.0, Sample(1, frozenset({1})), frozenset({1}))
    members = json.loads(report_json(told(row)))
    members["outcomes"][0][name] = value

    with pytest.raises(Corrupt):
        parse_report(json.dumps(members).encode())


@pytest.mark.parametrize("rows", [None, {}, [1], [{}] * (MAX_OUTCOMES + 1)])
def test_what_are_no_rows_is_refused(rows: Any) -> None:
    members = json.loads(report_json(PLAIN))
    members["outcomes"] = rows

    with pytest.raises(Corrupt):
        parse_report(json.dumps(members).encode())


@given(st.floats(0, 1000))
def test_a_duration_lies_within_its_class(seconds: float) -> None:
    place = place_of(seconds)

    assert seconds <= bound_of(place)
    assert place == 0 or seconds > bound_of(place - 1)


@given(st.floats(0.001, 200))
def test_every_bound_and_half_as_much_again_are_bounds_within_11_percent(seconds: float) -> None:
    place = nearest(seconds)

    assert abs(bound_of(place) / seconds - 1) < 0.11
    assert bound_of(place + HALF_AGAIN) == pytest.approx(1.5 * bound_of(place))


@pytest.mark.parametrize("seconds", [0, 1e-9, 1e9, 400.0])
def test_bounds_end_where_half_as_much_again_still_is_one(seconds: float) -> None:
    assert bound_of(nearest(seconds) + HALF_AGAIN) <= BOUNDS[-1]


def test_neighbouring_bounds_differ_by_less_than_a_quarter() -> None:
    assert all(later / earlier < 1.25 for earlier, later in pairwise(BOUNDS))
