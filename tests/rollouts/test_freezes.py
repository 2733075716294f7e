"""Freeze windows: in force when they say so, through every change of the clocks, and always with an end in words."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from math import inf
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flagsvc.domain.rollouts.freeze_check import freeze_problems
from flagsvc.domain.rollouts.freezes import (
    WEEKDAYS,
    Freeze,
    clock_of,
    freeze_of,
    frozen_by,
    frozen_sentence,
    seconds_of,
    thaws_at,
)

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = {name: ZoneInfo(name) for name in ("Europe/Berlin", "America/New_York", "Pacific/Apia", "Asia/Kolkata", "UTC")}
SALE = {"key": "sale", "reason": "no releases", "from": "2026-11-27T00:00:00Z", "until": "2026-12-01T00:00:00+01:00"}
HOUR = 3600.0


def zone_of(name: str) -> tzinfo | None:
    return ZONES.get(name)


def freeze(**members: Any) -> Freeze:
    return freeze_of("production", {"key": "f", "reason": "because", **members}, zone_of)


def weekly(days: str, start: str, end: str, zone: str = "Europe/Berlin", key: str = "w") -> Freeze:
    window = {"weekdays": days.split(), "start": start, "end": end, "zone": zone}
    return freeze(key=key, weekly=window)


def at(text: str, zone: tzinfo = BERLIN, fold: int = 0) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).timestamp()


def frozen_hours(one: Freeze, start: float, hours: int) -> float:
    """Add up, by the minute, how long a freeze is in force."""
    return sum(one.end_at(start + minute * 60) is not None for minute in range(hours * 60)) / 60


def test_a_freeze_is_in_force_from_its_first_moment_until_before_its_last() -> None:
    sale = freeze(**SALE)

    ends = [sale.end_at(seconds_of(text)) for text in ("2026-11-26T23:59:59.9Z", "2026-11-27T00:00:00Z")]
    last = [sale.end_at(seconds_of(text)) for text in ("2026-11-30T22:59:59.9Z", "2026-11-30T23:00:00Z")]

    assert ends == [None, seconds_of("2026-11-30T23:00:00Z")]
    assert last == [seconds_of("2026-11-30T23:00:00Z"), None]


def test_without_an_end_a_person_ends_it_and_without_a_beginning_it_has_begun() -> None:
    assert freeze().end_at(0.0) == inf
    assert freeze(until="2026-01-01T00:00:00Z").end_at(-1e9) == seconds_of("2026-01-01T00:00:00Z")
    assert freeze(**{"from": "2026-01-01T00:00:00Z"}).end_at(1e11) == inf


def test_a_weekly_window_goes_by_the_clocks_of_its_zone() -> None:
    friday = weekly("friday", "12:00", "18:00")

    assert friday.end_at(at("2026-11-27T12:00")) == at("2026-11-27T18:00")
    assert friday.end_at(at("2026-11-27T11:59:59")) is None
    assert friday.end_at(at("2026-11-27T18:00")) is None
    assert friday.end_at(at("2026-11-26T13:00")) is None


def test_a_window_over_midnight_belongs_to_the_day_on_which_it_begins() -> None:
    weekend = weekly("friday", "16:00", "08:00")

    assert weekend.end_at(at("2026-11-28T07:59")) == at("2026-11-28T08:00")
    assert weekend.end_at(at("2026-11-27T07:00")) is None


def test_equal_edges_are_a_whole_day() -> None:
    sunday = weekly("sunday", "00:00", "00:00")

    assert sunday.end_at(at("2026-11-29T00:00")) == at("2026-11-30T00:00")
    assert sunday.end_at(at("2026-11-29T23:59")) == at("2026-11-30T00:00")


@pytest.mark.parametrize(
    ("start", "end", "day", "hours"),
    [
        ("01:00", "04:00", "2026-03-29", 2.0),  # an hour of the wall is skipped
        ("02:00", "03:00", "2026-03-29", 1.0),  # all of it is skipped: it is not lost
        ("02:30", "05:00", "2026-03-29", 2.5),  # its beginning is skipped: the earlier one counts
        ("01:00", "02:30", "2026-03-29", 1.5),  # its end is skipped: the later one counts
        ("01:00", "04:00", "2026-10-25", 4.0),  # an hour comes twice
        ("02:00", "03:00", "2026-10-25", 2.0),  # all of it comes twice: one window of two hours
        ("02:30", "05:00", "2026-10-25", 3.5),  # its beginning comes twice: the first counts
        ("01:00", "02:30", "2026-10-25", 2.5),  # its end comes twice: the second counts
        ("22:00", "06:00", "2026-03-28", 7.0),
        ("22:00", "06:00", "2026-10-24", 9.0),
    ],
)
def test_when_the_clocks_change_no_window_is_lost_or_comes_twice(start: str, end: str, day: str, hours: float) -> None:
    nightly = weekly(WEEKDAYS[datetime.fromisoformat(day).weekday()], start, end)

    assert frozen_hours(nightly, at(f"{day}T12:00") - 24 * HOUR, 72) == hours


@given(
    st.sets(st.sampled_from(WEEKDAYS), min_size=1),
    st.times(),
    st.times(),
    st.sampled_from(sorted(ZONES)),
    st.datetimes(min_value=datetime(2010, 1, 1), max_value=datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_whoever_reads_the_clock_of_the_zone_inside_a_window_is_frozen(
    days: set[str], start: Any, end: Any, zone: str, moment: datetime
) -> None:
    window = weekly(" ".join(days), f"{start:%H:%M}", f"{end:%H:%M}", zone)
    wall = moment.astimezone(ZONES[zone])
    clock, first, last = f"{wall:%H:%M}", f"{start:%H:%M}", f"{end:%H:%M}"
    today, yesterday = WEEKDAYS[wall.weekday()] in days, WEEKDAYS[(wall - timedelta(days=1)).weekday()] in days

    inside = (today and first <= clock < last) if first < last else (today and clock >= first)
    after_midnight = first >= last and yesterday and clock < last

    if inside or after_midnight:
        assert window.end_at(moment.timestamp()) is not None


@given(st.sampled_from(sorted(ZONES)), st.integers(0, 5_000))
def test_a_daily_window_is_in_force_once_on_every_day_of_every_zone(zone: str, day: int) -> None:
    nightly = weekly(" ".join(WEEKDAYS), "02:00", "03:00", zone)
    noon = datetime(2012, 1, 1, 12, tzinfo=ZONES[zone]) + timedelta(days=day)

    minutes = [nightly.end_at(noon.timestamp() + minute * 300) for minute in range(24 * 12)]

    windows = {end for end in minutes if end is not None}
    assert len(windows) == 1


def test_of_several_freezes_the_one_that_ends_last_is_named() -> None:
    one, two = freeze(key="a", until="2026-01-01T00:00:00Z"), freeze(key="b", until="2026-02-01T00:00:00Z")

    assert frozen_by([two, one], 0.0) == two
    assert frozen_by([one, freeze(key="0", until="2026-01-01T00:00:00Z")], 0.0) == freeze(
        key="0", until="2026-01-01T00:00:00Z"
    )
    assert frozen_by([one, two], seconds_of("2026-02-01T00:00:00Z")) is None


def test_windows_that_touch_or_overlap_thaw_at_the_end_of_the_last() -> None:
    morning, evening = weekly("friday", "08:00", "12:00"), weekly("friday", "12:00", "18:00", key="e")
    weekend = weekly("friday saturday sunday", "17:00", "17:00", key="weekend")

    assert thaws_at([morning, evening], at("2026-11-27T09:00")) == at("2026-11-27T18:00")
    assert thaws_at([morning, evening, weekend], at("2026-11-27T09:00")) == at("2026-11-30T17:00")
    assert thaws_at([morning], at("2026-11-27T07:00")) == at("2026-11-27T07:00")


def test_windows_without_a_gap_never_thaw_by_themselves() -> None:
    always = weekly(" ".join(WEEKDAYS), "06:00", "06:00")

    assert thaws_at([always], at("2026-11-27T09:00")) == inf
    assert thaws_at([freeze()], 0.0) == inf


def test_the_sentence_says_which_freeze_until_when_and_why() -> None:
    sale = freeze(**SALE)

    assert frozen_sentence([sale], seconds_of("2026-11-28T00:00:00Z")) == (
        "'production' is frozen by 'sale' until 2026-11-30 23:00:00 UTC: no releases"
    )
    assert frozen_sentence([sale], 0.0) == ""
    assert frozen_sentence([freeze()], 0.0) == "'production' is frozen by 'f' until somebody ends it: because"
    assert "until somebody ends it" in frozen_sentence([freeze(until="9999-12-31T23:59:59-23:59")], 0.0)


def test_a_zone_that_is_not_known_here_freezes_rather_than_lets_through() -> None:
    strange = weekly("friday", "12:00", "13:00", zone="Mars/Olympus")

    assert "the zone 'Mars/Olympus' is not known here" in frozen_sentence([strange], 0.0)
    assert strange.end_at(at("2026-11-26T00:00")) == inf


@pytest.mark.parametrize(
    "text", ["24:00", "12:60", "1:00", "012:0", "12.00", "", "\uff11\uff12:00", "-1:00", None, 7, "12:000"]
)
def test_what_is_no_time_of_day_is_none(text: object) -> None:
    assert clock_of(text) is None


def _faults(body: Any) -> list[tuple[str, str]]:
    return [(fault.pointer, fault.code) for fault in freeze_problems(zone_of, body, {})]


def test_a_sound_freeze_has_no_faults() -> None:
    window = {"weekdays": ["friday"], "start": "12:00", "end": "08:00", "zone": "Europe/Berlin"}

    assert _faults({**SALE, "tags": [], "weekly": None}) == []
    assert _faults({"key": "w", "reason": "r", "from": None, "until": None, "weekly": window}) == []
    assert _faults({"key": "w", "reason": "until I lift it"}) == []


def test_every_fault_has_its_place() -> None:
    window = {
        "weekdays": ["friday", "fryday", "friday", 7],
        "start": "25:00",
        "end": 8,
        "zone": "Europe/Berlyn",
        "x": 1,
    }
    body: Mapping[str, Any] = {"key": "w", "from": "2026-11-27", "until": 7, "weekly": window}

    assert _faults(body) == [
        ("/reason", "missing"),
        ("/from", "bad-date"),
        ("/until", "bad-date"),
        ("/weekly/x", "unknown-member"),
        ("/weekly/weekdays/1", "unknown-weekday"),
        ("/weekly/weekdays/2", "duplicate"),
        ("/weekly/weekdays/3", "unknown-weekday"),
        ("/weekly/start", "wrong-type"),
        ("/weekly/end", "wrong-type"),
        ("/weekly/zone", "unknown-zone"),
        ("/weekly", "two-windows"),
    ]


def test_a_freeze_that_would_never_be_in_force_is_refused() -> None:
    assert _faults({**SALE, "until": SALE["from"]}) == [("/until", "not-after")]


@given(
    st.recursive(st.none() | st.integers() | st.text(), lambda each: st.lists(each) | st.dictionaries(st.text(), each))
)
def test_the_check_stands_any_value(value: Any) -> None:
    assert freeze_problems(zone_of, value, {}) or isinstance(value, dict)
    assert freeze_problems(zone_of, {"weekly": value, "from": value, "until": value}, {})
