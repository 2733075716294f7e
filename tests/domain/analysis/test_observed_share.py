"""The share that is seen against the one that was given."""

from math import inf, nan
from random import Random

import pytest

from flagsvc.domain.analysis.share import share_of


@pytest.mark.parametrize(
    ("given", "real", "median"),
    [(0.05, 0.0, 242), (0.05, 0.1, 446), (0.1, 0.05, 600), (0.25, 0.1, 119), (0.5, 0.25, 63)],
)
def test_a_wrong_share_is_noticed_after_about_so_many_units(given: float, real: float, median: float) -> None:
    chance = Random(20)  # noqa: S311

    noticed = sorted(_units_until_off(chance, given, real) for _ in range(101))[50]

    assert noticed == pytest.approx(median, rel=0.25)


def test_a_right_share_raises_no_alarm_however_often_one_looks() -> None:
    chance = Random(7)  # noqa: S311

    off = sum(_units_until_off(chance, 0.25, 0.25, most=500) <= 500 for _ in range(400))

    assert off <= 2


def test_too_few_units_are_unknown_and_enough_are_ok() -> None:
    kinds = [share_of("units", 0.05 * n, 0.95 * n, 0.05, 5).kind for n in (100, 239, 240, 10_000)]

    assert kinds == ["unknown", "unknown", "ok", "ok"]


def test_after_the_way_back_one_late_unit_is_an_alarm() -> None:
    assert share_of("units", 1, 10_000, 0.0, 5).kind == "off"
    assert share_of("requests", 1, 10_000, 0.0, 5).kind == "off"
    assert share_of("units", 0, 10_000, 0.0, 5).kind == "ok"
    assert share_of("units", 100, 0, 1.0, 5).kind == "ok"
    assert share_of("units", 100, 1, 1.0, 5).kind == "off"


def test_requests_have_only_to_be_within_half_and_twice_the_share() -> None:
    kinds = [share_of("requests", n, 1000 - n, 0.1, 5).kind for n in (49, 50, 200, 201)]
    few = share_of("requests", 0, 999, 0.1, 5)

    assert kinds == ["off", "ok", "ok", "off"]
    assert few.kind == "unknown"


def test_it_says_what_was_given_and_what_was_seen() -> None:
    assert share_of("units", 0, 300, 0.05, 5).detail == "5 % given, 0 % seen, of 300 units"
    assert share_of("units", 0, 0, 0.05, 5).detail == "5 % given, nothing seen, of 0 units"


@pytest.mark.parametrize("wrong", [nan, inf, -1.0])
def test_what_is_no_count_is_unknown(wrong: float) -> None:
    assert share_of("units", wrong, 300, 0.05, 5).kind == "unknown"
    assert share_of("requests", 300, wrong, 0.05, 5).kind == "unknown"


def _units_until_off(chance: Random, given: float, real: float, most: int = 5000) -> int:
    ours = 0
    for n in range(1, most + 1):
        ours += chance.random() < real
        if share_of("units", ours, n - ours, given, 1).kind == "off":
            return n
    return most + 1
