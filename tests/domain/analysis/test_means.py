"""Business numbers: means and ratios per event, judged by an asymptotic sequence that may be looked at at any time."""

from dataclasses import replace

import numpy as np
import pytest

from flagsvc.domain.analysis.measurement import Arm, Measurement, Verdict
from flagsvc.domain.analysis.spec import Metric
from tests.domain.analysis.windows import EVERY, Walk, analysis

SALES = Metric(name="sales", kind="mean", source="own", guard=0.1)
ORDERS = Metric(name="orders", kind="ratio", source="own", guard=0.1)
WAIT = replace(SALES, better="lower")
Sides = tuple[Arm, Arm]


def walk(metric: Metric, sides: list[Sides], **members: object) -> Walk:
    """Walk over windows of the candidate and the baseline."""
    done = Walk(analysis(metric, **members))
    for candidate, baseline in sides:
        start = done.now
        done.measure(
            Measurement(metric=metric.name, start=start, end=start + EVERY, candidate=candidate, baseline=baseline)
        )
    return done


def baskets(seed: int, factor: float, levels: list[float], events: tuple[int, int] = (200, 800)) -> list[Sides]:
    """Baskets of skewed value whose level changes; the candidate's are worth `factor` times as much."""
    chance = np.random.default_rng(seed)

    def arm(count: int, worth: float) -> Arm:
        values = worth * chance.lognormal(0.0, 0.7, count)
        return Arm(events=float(count), total=float(values.sum()), squares=float((values**2).sum()))

    return [(arm(events[0], factor * level), arm(events[1], level)) for level in levels]


def judged(metric: Metric, sides: list[Sides], **members: object) -> Verdict:
    return walk(metric, sides, **members).verdict()


def test_much_less_revenue_rolls_back_and_the_same_does_not() -> None:
    less, same = (judged(SALES, baskets(1, factor, [1.0] * 40)) for factor in (0.7, 1.0))

    assert (less.kind, less.metric, same.kind) == ("unhealthy", "sales", "healthy")
    assert less.metrics[0].ratio == pytest.approx(0.7, abs=0.05)


def test_a_loss_within_the_guard_is_left_alone_however_much_is_seen() -> None:
    assert judged(SALES, baskets(2, 0.92, [1.0] * 300)).kind == "healthy"


def test_where_less_is_better_more_rolls_back() -> None:
    more, less = (judged(WAIT, baskets(3, factor, [1.0] * 40)) for factor in (1.4, 0.7))

    assert (more.kind, less.kind) == ("unhealthy", "healthy")


def test_a_level_that_rises_while_the_share_of_the_candidate_falls_is_no_loss() -> None:
    morning, evening = baskets(4, 1.0, [1.0] * 20, (800, 200)), baskets(5, 1.0, [5.0] * 20, (200, 800))

    verdict = judged(SALES, [*morning, *evening])

    assert verdict.metrics[0].ratio is not None
    assert verdict.metrics[0].ratio < 0.6
    assert verdict.kind == "healthy"


def test_healthy_candidates_hardly_ever_go_back_however_often_one_looks() -> None:
    back = 0
    for seed in range(60):
        done = Walk(analysis(replace(SALES, guard=1e-9)))
        for candidate, baseline in baskets(100 + seed, 1.0, [1.0] * 60):
            start = done.now
            done.measure(
                Measurement(metric="sales", start=start, end=start + EVERY, candidate=candidate, baseline=baseline)
            )
        back += done.evidence.peak >= 100

    assert back <= 3


def test_a_ratio_needs_no_squares() -> None:
    def orders(ours: float, theirs: float) -> list[Sides]:
        return [(Arm(events=200, total=ours), Arm(events=800, total=theirs))] * 40

    assert judged(ORDERS, orders(6, 40)).kind == "unhealthy"
    assert judged(ORDERS, orders(10, 40)).kind == "healthy"


def test_a_mean_without_usable_squares_is_no_data() -> None:
    verdict = judged(SALES, [(Arm(events=200, total=200.0), Arm(events=800, total=800.0, squares=900.0))] * 40)

    assert verdict.kind == "unknown"
    assert "sum of squares is too small" in verdict.reason


def test_a_few_events_say_nothing() -> None:
    few = judged(SALES, baskets(6, 0.1, [1.0], (150, 800)))

    assert (few.kind, few.e) == ("healthy", 1.0)


def test_equal_revenue_is_proven_not_to_be_worse_than_the_guard() -> None:
    proven, worse = (judged(SALES, baskets(7, factor, [1.0] * 100), advance_when="proven") for factor in (1.0, 0.9))

    assert (proven.kind, proven.proven) == ("healthy", True)
    assert (worse.kind, worse.proven) == ("unknown", False)


def test_values_that_never_differ_are_no_evidence() -> None:
    same = [(Arm(events=300, total=300.0, squares=300.0), Arm(events=300, total=300.0, squares=300.0))] * 5

    assert judged(SALES, same).e == 1.0
