"""What makes a verdict: no data is never healthy, a certain but small difference is never acted on."""

from dataclasses import asdict, replace
from json import dumps, loads
from math import inf, nan
from typing import Literal

import pytest

from flagsvc.domain.analysis.evidence import Evidence
from flagsvc.domain.analysis.judging import evidence_of, exposure_of, fresh, verdict_of, verdict_of_members
from flagsvc.domain.analysis.measurement import Arm, Measurement
from flagsvc.domain.analysis.spec import Metric
from tests.domain.analysis.windows import ERRORS, EVERY, LATENCY, Walk, Walked, analysis, walked, window

GOOD, BAD = (500, 9500, 5, 95), (500, 9500, 60, 95)


def test_a_candidate_like_its_baseline_is_healthy_and_one_much_worse_is_not() -> None:
    good, bad = walked([GOOD]).verdict(), walked([GOOD, BAD]).verdict()

    assert (good.kind, good.metric) == ("healthy", "")
    assert (bad.kind, bad.metric) == ("unhealthy", "errors")
    assert "12 times" not in good.reason
    assert bad.e >= 100
    assert bad.p <= 0.01


def test_before_the_first_window_nothing_is_known() -> None:
    verdict = Walk(analysis()).verdict()

    assert verdict.kind == "unknown"
    assert verdict.reason == "errors: no data yet in this step: no window was read"


def test_without_any_metric_nothing_is_known() -> None:
    empty = replace(analysis(), metrics=())

    assert verdict_of(empty, fresh(empty, 5, 0.0), 15.0, 5).kind == "unknown"


def test_a_step_needs_windows_of_its_own() -> None:
    walk = walked([GOOD]).step()

    assert walk.verdict().kind == "unknown"
    assert walk.take(GOOD).verdict().kind == "healthy"


def test_a_step_needs_windows_of_its_own_also_where_proof_accumulates() -> None:
    verdict = walked([GOOD], analysis(evidence="rollout")).step().verdict()

    assert (verdict.kind, verdict.informed) == ("unknown", False)


def test_a_window_from_the_future_is_no_knowledge() -> None:
    walk = walked([GOOD, GOOD, GOOD])
    walk.now = EVERY

    verdict = walk.verdict()

    assert (verdict.kind, "ends in the future" in verdict.reason) == ("unknown", True)


@pytest.mark.parametrize("missing", ["unreachable", "no-data"])
def test_a_source_that_falls_silent_is_unknown_after_three_windows_and_says_so(
    missing: Literal["unreachable", "no-data"],
) -> None:
    walk = walked([GOOD])
    for _ in range(4):
        walk.measure(replace(window(GOOD, walk.now), missing=missing, detail="connection refused"))

    verdict = walk.verdict()

    assert verdict.kind == "unknown"
    assert "errors: no data since 1970-01-01T00:00:15Z: the source" in verdict.reason
    assert "(connection refused)" in verdict.reason


@pytest.mark.parametrize("counts", [(0, 10_000, 0, 95), (500, 0, 5, 0), (0, 0, 0, 0)])
def test_no_events_on_a_side_are_no_data(counts: tuple[float, float, float, float]) -> None:
    assert walked([counts]).verdict().kind == "unknown"


@pytest.mark.parametrize("wrong", [nan, inf, -inf, -1.0, 1e300, 501.0])
@pytest.mark.parametrize("side", ["candidate", "baseline"])
def test_impossible_numbers_move_the_cursor_and_nothing_else(wrong: float, side: str) -> None:
    walk = walked([GOOD])
    before, arm = walk.evidence, Arm(events=500, bad=wrong)

    good = window(GOOD, walk.now)
    walk.measure(replace(good, candidate=arm) if side == "candidate" else replace(good, baseline=arm))

    after = walk.evidence
    assert after.cursors == {"errors": 2 * EVERY}
    assert replace(after, cursors=before.cursors, silent=before.silent) == before


def test_a_window_is_taken_once_whatever_it_says_the_second_time() -> None:
    walk = walked([GOOD])
    once = walk.evidence

    walk.now = 0.0
    walk.take(BAD)

    assert walk.evidence == once


def test_an_unknown_metric_changes_nothing() -> None:
    walk = walked([GOOD])
    before = walk.evidence

    assert walk.take(BAD, metric="sales").evidence == before


def test_windows_of_the_warmup_are_dropped() -> None:
    walk = Walk(analysis(warmup_seconds=30.0))

    dropped = walk.take(BAD).take(BAD).verdict()
    taken = walk.take(BAD).verdict()

    assert (dropped.kind, taken.kind) == ("unknown", "unhealthy")


def test_significant_but_under_the_guard_is_a_warning_and_does_not_advance() -> None:
    verdict = walked([(50_000, 950_000, 750, 9500)]).verdict()

    assert verdict.kind == "unknown"
    assert verdict.e > 100
    assert verdict.warnings == (
        "errors: certainly worse, but under the guard: 1.5 % bad against 1 %, 1.5 times (guard 2)",
    )


def test_counting_requests_is_said_and_blocks_nothing() -> None:
    verdict = walked([GOOD], analysis(replace(ERRORS, of="requests"))).verdict()

    assert verdict.kind == "healthy"
    assert verdict.warnings == ("errors: requests: errors of one user may repeat",)


def test_the_guard_looks_at_the_start_in_which_the_evidence_arose() -> None:
    good_hours: list[Walked] = [(5_000, 95_000, 5, 95)] * 40

    late = walked([*good_hours, "restart", (5_000, 95_000, 20, 95), (5_000, 95_000, 20, 95)]).verdict()

    assert late.kind == "unhealthy"
    assert late.metrics[0].ratio == pytest.approx(4.0)


def test_proof_begins_anew_with_each_step_or_accumulates_where_the_plan_says_so() -> None:
    plenty = (50_000, 950_000, 50, 950)

    for evidence, kind in (("step", "unknown"), ("rollout", "healthy")):
        given = analysis(advance_when="proven", evidence=evidence)
        walk = walked([plenty], given)
        assert walk.verdict().proven
        assert walk.step().take((10, 190, 0, 0)).verdict().kind == kind


def test_proven_is_only_what_every_metric_proves() -> None:
    plenty, little = window((50_000, 950_000, 50, 950), 0.0), window((100, 1_900, 5, 95), 0.0, "latency")

    verdict = Walk(analysis(ERRORS, LATENCY, advance_when="proven")).measure(plenty, little).verdict()

    assert (verdict.kind, verdict.metric, verdict.proven) == ("unknown", "latency", False)


def test_latency_is_acted_on_when_enough_are_far_too_slow() -> None:
    slow = (500, 9500, 60, 475)
    given = analysis(LATENCY)

    near = Walk(given).take(slow, "latency", far=10).verdict()
    far = Walk(given).take(slow, "latency", far=30).verdict()

    assert (near.kind, far.kind) == ("unknown", "unhealthy")


def test_the_guard_is_reached_at_its_ratio_and_not_below() -> None:
    at, below = (walked([(100_000, 900_000, bad, 9_000)]).verdict() for bad in (2_000, 1_999))
    own = walked([(100_000, 900_000, 1_999, 9_000)], analysis(replace(ERRORS, guard=1.999))).verdict()

    assert (at.kind, below.kind, own.kind) == ("unhealthy", "unknown", "unhealthy")


def test_slow_but_never_far_too_slow_is_no_ground_even_where_the_baseline_is_never_slow() -> None:
    verdict = Walk(analysis(LATENCY)).take((500, 9_500, 20, 0), "latency").verdict()

    assert (verdict.kind, verdict.e > 100) == ("unknown", True)


def test_one_alpha_is_shared_by_all_metrics() -> None:
    three_errors = (50, 950, 3, 0)

    alone = walked([three_errors]).verdict()
    shared = Walk(analysis(ERRORS, LATENCY)).measure(window(three_errors, 0.0), window((50, 950, 0, 0), 0.0, "latency"))

    assert (alone.kind, shared.verdict().kind) == ("unhealthy", "healthy")
    assert shared.verdict().e == pytest.approx((alone.e + 1) / 2)


def test_a_harmless_difference_in_one_metric_does_not_hide_a_regression_in_another() -> None:
    errors, latency = window((5_000, 95_000, 40, 95), 0.0), window((5_000, 95_000, 900, 4_750), 0.0, "latency", far=10)

    verdict = Walk(analysis(ERRORS, LATENCY)).measure(errors, latency).verdict()

    assert verdict.metrics[1].e > verdict.metrics[0].e
    assert (verdict.kind, verdict.metric) == ("unhealthy", "errors")


def test_a_threshold_is_breached_by_windows_in_a_row_only() -> None:
    depth = Metric(name="queue", kind="value", source="own", maximum=10.0, breaches=2)

    def values(*given: float) -> str:
        walk = Walk(analysis(depth))
        for value in given:
            walk.measure(Measurement(metric="queue", start=walk.now, end=walk.now + EVERY, candidate=Arm(value=value)))
        return walk.verdict().kind

    assert [values(10), values(11), values(11, 9, 11), values(9, 11, 11), values(nan)] == [
        *("healthy", "unknown", "unknown", "unhealthy", "unknown"),
    ]


def test_too_few_events_of_the_candidate_are_unknown() -> None:
    verdict = walked([GOOD], analysis(min_events=501)).verdict()

    assert (verdict.kind, verdict.reason) == ("unknown", "errors: the candidate had 500 of 501 events")


def test_evidence_and_verdicts_go_through_json_unharmed_and_ignore_what_they_do_not_know() -> None:
    walk = walked([GOOD, (500, 9500, 7, 91), "restart", BAD], analysis(replace(ERRORS, of="requests")))
    evidence, verdict = walk.evidence, walk.verdict()

    stored = loads(dumps({**asdict(evidence), "later": 1}, allow_nan=False))
    judged = loads(dumps({**asdict(verdict), "later": [2]}, allow_nan=False))

    assert evidence_of(stored) == evidence
    assert verdict_of_members(judged) == verdict
    assert evidence_of({}) == Evidence()


def test_exposure_says_how_many_bad_events_the_baseline_would_not_have_had() -> None:
    walk = walked([(1_000, 9_000, 30, 90), (1_000, 1_000, 5, 2)])

    exposure = exposure_of(walk.analysis, walk.evidence)

    assert (exposure.requests, exposure.bad) == (2_000, 35)
    assert exposure.excess == pytest.approx(35 - 10 - 2)
    assert exposure.excess_low < exposure.excess < exposure.excess_high
    assert exposure.excess_low > 0
    assert exposure.by_metric == (("errors", 35.0, exposure.excess),)
