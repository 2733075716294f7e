"""The blast radius: what was exposed, and what of it the baseline would not have had."""

from dataclasses import replace
from math import hypot

import numpy as np
import pytest

from flagsvc.domain.analysis.exposure import limits
from flagsvc.domain.analysis.judging import exposure_of, fresh
from flagsvc.domain.analysis.measurement import Exposure
from tests.domain.analysis.windows import ERRORS, LATENCY, Counts, Walk, analysis, walked, window


def exposed(*windows: Counts) -> Exposure:
    walk = walked(windows)
    return exposure_of(walk.analysis, walk.evidence)


@pytest.mark.parametrize(
    ("count", "low", "high"), [(0, 0.0, 3.689), (1, 0.025, 5.572), (4, 1.090, 10.242), (10, 4.795, 18.390)]
)
def test_limits_of_a_count_are_near_the_exact_ones(count: float, low: float, high: float) -> None:
    assert limits(count) == pytest.approx((low, high), abs=0.05)


def test_the_interval_holds_the_truth_nineteen_times_of_twenty() -> None:
    chance, held = np.random.default_rng(4), 0
    for _ in range(400):
        bad, bad_others = chance.poisson(9), chance.poisson(60)
        exposure = exposed((1_000, 20_000, float(bad), float(bad_others)))
        held += exposure.excess_low <= 9 - 60 / 20 <= exposure.excess_high

    assert 370 <= held <= 396


def test_windows_are_compared_with_the_baseline_of_their_own_time() -> None:
    calm, outage = (900, 100, 9, 1), (100, 900, 50, 450)

    assert exposed(calm, outage).excess == pytest.approx(0.0)


def test_no_bad_event_on_the_baseline_is_no_certainty() -> None:
    exposure = exposed((1_000, 1_000, 3, 0))

    assert exposure.excess == 3
    assert exposure.excess_low < 0
    assert exposure.excess_high > 6


def test_a_small_baseline_is_as_uncertain_as_its_own_count_says() -> None:
    exposure, (low, high), (low_other, high_other) = exposed((4_000, 1_000, 40, 5)), limits(40), limits(5)

    below, above = hypot(40 - low, 4 * high_other - 20), hypot(high - 40, 20 - 4 * low_other)

    assert (exposure.excess_low, exposure.excess_high) == pytest.approx((20 - below, 20 + above))


def test_requests_that_scatter_widen_the_interval() -> None:
    walk = Walk(analysis(replace(ERRORS, of="requests"))).take((1_000, 9_000, 30, 90))
    requests, units = exposure_of(walk.analysis, walk.evidence), exposed((1_000, 9_000, 30, 90))

    assert requests.excess == units.excess
    assert requests.excess_high - requests.excess_low > 2 * (units.excess_high - units.excess_low)


def test_requests_and_units_are_told_apart() -> None:
    requests = replace(ERRORS, name="requests", of="requests")
    walk = Walk(analysis(LATENCY, ERRORS, requests)).measure(
        window((700, 9_000, 7, 90), 0.0, "latency"),
        window((300, 2_000, 3, 20), 0.0),
        window((1_000, 9_000, 30, 90), 0.0, "requests"),
    )

    exposure = exposure_of(walk.analysis, walk.evidence)

    assert (exposure.requests, exposure.bad, exposure.units) == (1_000, 30, 700)
    assert [name for name, _, _ in exposure.by_metric] == ["latency", "errors", "requests"]


def test_before_anything_was_measured_nothing_is_exposed() -> None:
    assert exposure_of(analysis(), fresh(analysis(), 5, 0.0)) == Exposure()


def test_requests_are_those_of_a_metric_that_counts_them_where_there_is_one() -> None:
    slow = replace(LATENCY, of="requests")
    walk = Walk(analysis(ERRORS, slow))
    walk.measure(window((100, 900, 1, 9), 0.0), window((500, 4_500, 2, 9), 0.0, "latency"))

    exposure = exposure_of(walk.analysis, walk.evidence)

    assert (exposure.requests, exposure.bad, exposure.units) == (500, 1, 100)
