"""Date-times: what is one, and how they are ordered."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flagsdk.core.instants import instant_of

NOON = "2024-02-29T12:00:00Z"


@pytest.mark.parametrize(
    "text",
    [
        "2024-02-29t12:00:00z",
        "2024-02-29 12:00:00Z",
        "2024-02-29T12:00:00+00:00",
        "2024-02-29T12:00:00-00:00",
        "2024-02-29T12:00:00.000Z",
        "2024-02-29T13:30:00+01:30",
        "2024-02-28T12:01:00-23:59",
        "2024-02-29T11:59:60Z",
    ],
)
def test_these_are_all_the_same_instant(text: str) -> None:
    assert instant_of(text) == instant_of(NOON) is not None


def test_fractions_of_any_length_compare_exactly() -> None:
    ordered = ["", ".000000000000000000001", ".1", ".10000000000000000000000000001", ".11", ".9"]

    read = [instant_of(f"2024-02-29T12:00:00{fraction}Z") for fraction in ordered]

    assert sorted(read) == read  # type: ignore[type-var]  # none is None: the next line would fail
    assert len(set(read)) == len(read)


WRONG = (
    "|2024|2024-02-29|2024-02-29T12:00:00|2024-02-29T12:00Z|2024-02-30T12:00:00Z|2023-02-29T12:00:00Z|1709208000|"
    "2024-13-01T12:00:00Z|2024-02-29T24:00:00Z|2024-02-29T12:60:00Z|2024-02-29T12:00:61Z|0000-01-01T00:00:00Z|"
    "2024-02-29T12:00:00.Z|2024-02-29T12:00:00,5Z|2024-02-29T12:00:00+1:00|2024-02-29T12:00:00+0100|"
    "2024-02-29T12:00:00+24:00|2024-02-29T12:00:00*01:00|2024-02-29T12:00:00+01.00|2024-02-29X12:00:00Z|"
    "2024/02/29T12:00:00Z|2024-02-29T12.00:00Z|+024-02-29T12:00:00Z|2024-02-29T-1:00:00Z|\uff12024-02-29T12:00:00Z|"
    "2024-02-29T12:00:00+aa:00"
)


@pytest.mark.parametrize("text", [*WRONG.split("|"), f"2024-02-29T12:00:00.{'1' * 200}Z"])
def test_everything_else_is_no_instant(text: str) -> None:
    assert instant_of(text) is None


_zones = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
_moments = st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=_zones)  # noqa: DTZ001  # the zone is drawn


@given(_moments, _moments)
def test_order_is_that_of_time(one: datetime, other: datetime) -> None:
    left, right = instant_of(one.isoformat()), instant_of(other.astimezone(UTC).isoformat())

    assert left is not None
    assert right is not None
    assert (left < right, left == right) == (one < other, one == other)
