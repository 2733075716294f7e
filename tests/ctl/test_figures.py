"""Numbers and times as people read them."""

from datetime import UTC, datetime

import pytest

from flagsvc.ctl.figures import clean, clock, countdown, duration, moment, number, percent, rate, seconds_of


@pytest.mark.parametrize(
    ("weight", "text"), [(25_000, "25 %"), (100, "0.1 %"), (1, "0.001 %"), (0, "0 %"), (100_000, "100 %")]
)
def test_weights_are_written_in_percent_without_idle_zeros(weight: int, text: str) -> None:
    assert percent(weight) == text


def test_rates_have_the_digits_that_they_need() -> None:
    assert [rate(0.0031), rate(0), rate(0.00003), rate(1)] == ["0.31 %", "0.00 %", "0.0030 %", "100.00 %"]


def test_numbers_are_short() -> None:
    found = [number(value) for value in (1240, 12.5, 0.03125, 1234.56, float("inf"), 3)]

    assert found == ["1,240", "12.5", "0.03125", "1,235", "inf", "3"]


@pytest.mark.parametrize(
    ("seconds", "text"), [(900, "15m"), (5400, "1h30m"), (45, "45s"), (0, "0s"), (0.4, "0s"), (90_061, "1d1h")]
)
def test_spans_of_time_have_at_most_two_units(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_what_is_left_counts_down_and_never_below_nothing() -> None:
    assert [countdown(252), countdown(3852), countdown(-5)] == ["04:12", "1:04:12", "00:00"]


@pytest.mark.parametrize(
    ("text", "seconds"), [("15m", 900), ("1h30m", 5400), ("500ms", 0.5), (" 2d ", 172_800), ("1.5s", 1.5)]
)
def test_spans_of_time_are_read(text: str, seconds: float) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "15", "m", "15 m", "1h30", "-5s", "5w", "1.2.3s", "."])
def test_what_is_no_span_of_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        seconds_of(text)


def test_times_are_read_and_written_in_utc() -> None:
    assert clock(moment("2026-11-22T15:05:00.25+01:00")) == "2026-11-22T14:05:00Z"
    assert moment("2026-11-22T15:05:00") == datetime(2026, 11, 22, 15, 5, tzinfo=UTC)


def test_a_foreign_text_becomes_one_printable_line() -> None:
    assert clean("a\x1b[31m\nb\u202e ") == "a [31m b"
