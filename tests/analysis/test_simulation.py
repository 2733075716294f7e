"""What is promised of the analysis, on fewer rollouts than docs/benchmarks.md has; seeds are fixed."""

from dataclasses import replace
from math import sqrt

import numpy as np
import pytest

from benchmarks.analysis import cells
from benchmarks.analysis_latency import latency
from benchmarks.analysis_rules import RULES
from benchmarks.analysis_sequential import ALPHA, Positions, noticed, proven
from benchmarks.analysis_tables import chance, minutes, part
from benchmarks.analysis_traffic import PER_MINUTE, Traffic, history, independent

RUNS = 150
MOST = ALPHA + 3 * sqrt(ALPHA * (1 - ALPHA) / RUNS)
"""What chance allows for a rate of alpha."""
LEVEL = Traffic(rate=100, bad_rate=0.01)
TROUBLES = {cell.title: cell for cell in cells(LEVEL)}


@pytest.mark.parametrize("level", [Traffic(rate=10, bad_rate=0.01), Traffic(rate=100), LEVEL, Traffic(rate=1000)])
def test_healthy_candidates_hardly_ever_go_back(level: Traffic) -> None:
    assert part(noticed(independent(chance(1), RUNS, level))) <= MOST


@pytest.mark.parametrize("title", [title for title, cell in TROUBLES.items() if cell.promised])
def test_healthy_candidates_hardly_ever_go_back_when_something_else_goes_wrong(title: str) -> None:
    assert TROUBLES[title].rolled_back(RUNS, 2) <= MOST


def test_retries_counted_as_if_they_were_independent_break_the_promise() -> None:
    assert TROUBLES["retries at once, as if units *"].rolled_back(RUNS, 3) > 10 * MOST


def test_candidates_as_fast_as_their_baseline_hardly_ever_go_back() -> None:
    assert part(noticed(latency(chance(4), RUNS, 100, 1.0), "latency")) <= MOST


def test_the_raw_rule_rolls_nearly_every_healthy_candidate_back() -> None:
    windows = independent(chance(5), RUNS, Traffic(rate=100))

    found = {name: part(rule(windows)) for name, rule in RULES.items()}

    assert found["over 2x in 1 minute"] > 0.9
    assert found["over 2x in 5 minutes"] > 0.9
    assert found["z-test at each poll"] > 0.1


@pytest.mark.parametrize(("ratio", "rate", "median"), [(3, 100, 18), (5, 100, 6.5), (3, 1000, 2.3), (5, 1000, 0.75)])
def test_regressions_are_noticed_as_soon_as_the_closed_form_was_fitted_to(
    ratio: float, rate: float, median: float
) -> None:
    at = noticed(independent(chance(6), RUNS, Traffic(rate=rate, ratio=ratio)))

    assert _median(at) == pytest.approx(median, rel=0.25, abs=1 / PER_MINUTE)


def test_what_begins_late_is_noticed_soon_because_starts_are_paid_for() -> None:
    onset = 45 * PER_MINUTE
    windows = independent(chance(7), RUNS, Traffic(rate=100, ratio=5, onset=onset))

    many, one = noticed(windows), noticed(windows, paid=1)

    assert _median(many) - onset / PER_MINUTE <= 2
    assert _median(one) - onset / PER_MINUTE > 4


def test_a_slower_candidate_is_noticed_and_a_little_slower_one_is_left_alone() -> None:
    half, quarter = (noticed(latency(chance(8), RUNS, 100, slower), "latency") for slower in (1.5, 1.25))

    assert _median(half) <= 1
    assert part(quarter) < 0.1


def test_a_candidate_that_is_twice_as_bad_is_hardly_ever_proven() -> None:
    windows = replace(independent(chance(9), RUNS, Traffic(rate=100, ratio=2)), begins=(0,))

    assert part(proven(windows)) <= 0.05 + 3 * sqrt(0.05 * 0.95 / RUNS)


def test_requests_with_a_history_take_longer_than_units_and_not_for_ever() -> None:
    level = Traffic(rate=100, bad_rate=0.01, ratio=5)
    windows, before = independent(chance(10), RUNS, level), history(chance(11), RUNS, level)

    units, known, unknown = (
        noticed(windows),
        noticed(windows, of="requests", history=before),
        noticed(windows, of="requests"),
    )

    assert _median(units) <= _median(known) <= 4 * _median(units)
    assert _median(known) < _median(unknown)


def test_the_simulation_is_the_same_each_time() -> None:
    once, twice = (noticed(independent(chance(12), 20, Traffic(rate=100, ratio=5))) for _ in range(2))

    assert once.tolist() == twice.tolist()


@pytest.mark.parametrize(("positions", "said"), [([3, 3, 3], "1"), ([3, 300, 3], "1 (67%)"), ([3, 300, 300], "(33%)")])
def test_a_median_is_told_only_where_most_were_noticed(positions: list[int], said: str) -> None:
    assert minutes(np.array(positions)) == said


def _median(positions: Positions) -> float:
    return (float(np.median(positions)) + 1) / PER_MINUTE
