"""How much counts scatter, as it is learnt from the baseline."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest

from flagsvc.domain.analysis.dispersion import SUPPOSED, dispersion, scattered
from flagsvc.domain.analysis.findings import log_total
from flagsvc.domain.analysis.judging import fresh, primed
from tests.domain.analysis.windows import ERRORS, LATENCY, Walk, analysis, window

HOUR = 240


def learnt(bad: Iterable[float], events: float = 10_000.0) -> float:
    clumps: tuple[float, ...] = ()
    for one in bad:
        clumps = scattered(clumps, events, float(one))
    return dispersion(clumps)


def poisson(seed: int, level: float = 20.0, windows: int = HOUR) -> np.ndarray:
    return np.random.default_rng(seed).poisson(level, windows)


def test_where_nothing_is_known_much_is_supposed() -> None:
    assert dispersion(()) == SUPPOSED
    assert learnt([3]) == SUPPOSED
    assert learnt([0] * HOUR) == SUPPOSED


def test_independent_errors_are_seen_to_be_so_within_an_hour() -> None:
    assert all(1 <= learnt(poisson(seed)) < 4 for seed in range(20))


def test_clumps_are_seen_at_their_size_or_more() -> None:
    assert all(5 <= learnt(6 * poisson(seed, 4)) < 20 for seed in range(20))


def test_clumps_that_are_spread_over_a_minute_are_seen_as_well() -> None:
    for seed in range(20):
        starts = poisson(seed, 4, HOUR + 3)
        spread = starts[3:] + starts[2:-1] + starts[1:-2] + starts[:-3]

        assert learnt(spread) > 3


def test_an_outage_is_a_change_of_level_and_raises_it_by_little() -> None:
    calm = poisson(1)
    outage = np.concatenate([calm[:100], poisson(4, 200.0, 40), calm[140:]])

    assert learnt(calm) < learnt(outage) < 15


def test_it_is_never_below_one() -> None:
    assert learnt([20] * 5_000) == 1.0


def test_windows_without_events_are_left_out() -> None:
    clumps = scattered((), 10_000.0, 3.0)

    assert scattered(clumps, 0.0, 0.0) == clumps


def test_more_traffic_is_no_scatter() -> None:
    clumps: tuple[float, ...] = ()
    for number in range(HOUR):
        clumps = scattered(clumps, 1_000.0 * (1 + number % 7), 10.0 * (1 + number % 7))

    assert dispersion(clumps) < 1.5


def test_requests_are_divided_by_it_and_units_are_not() -> None:
    counts = (50, 950, 3, 0)
    requests, units = (
        Walk(analysis(replace(ERRORS, of="requests"))).take(counts),
        Walk(analysis()).take(counts),
    )

    divided = Walk(analysis()).take((50, 950, 3 / SUPPOSED, 0))

    assert _log_e(requests) == pytest.approx(_log_e(divided))
    assert _log_e(units) > 4 * _log_e(requests)


def test_the_hour_before_counts_once_and_for_metrics_of_counts_only() -> None:
    given = analysis(replace(ERRORS, of="requests"), LATENCY)
    begun = fresh(given, 5, 3_600.0)
    calm = [replace(window((0, 10_000, 0, bad), 15.0 * at), candidate=None) for at, bad in enumerate(poisson(5))]
    silent = replace(window((0, 0, 0, 0), 0.0), missing="unreachable")

    once = primed(given, begun, [*calm, silent])

    assert primed(given, once, [*calm, silent]) == once
    assert dispersion(once.clumps["errors"]) < 4
    assert set(once.clumps) == {"errors"}
    assert replace(once, clumps={}) == begun


def _log_e(walk: Walk) -> float:
    return log_total(walk.analysis, walk.evidence)
