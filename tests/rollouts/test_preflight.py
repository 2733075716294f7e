"""The check before a rollout: errors where beginning is pointless, warnings where it is blind, and what can be seen."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from math import inf
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flagsvc.domain.analysis.measurement import Arm, Measurement
from flagsvc.domain.analysis.spec import Analysis, Metric
from flagsvc.domain.rollouts.filling import filled, with_bounds
from flagsvc.domain.rollouts.finding import Finding
from flagsvc.domain.rollouts.plan import Gate, Plan, PlanTarget, Step
from flagsvc.domain.rollouts.preflight_metrics import (
    Seen,
    bound_of,
    bounds_of,
    metric_findings,
    power_findings,
    powers_of,
)
from flagsvc.domain.rollouts.preflight_places import Around, place_findings
from flagsvc.domain.rollouts.preflight_steps import step_findings
from flagsvc.domain.routing.capabilities import Capabilities

HOUR = 3_600.0
EDGE = PlanTarget(name="edge", kind="split", key="web", candidate="canary", baseline="stable")
CODE = PlanTarget(name="code", kind="flag", key="new", candidate="on", baseline="off")
SPLIT: Mapping[str, Any] = {
    "key": "web",
    "backends": ["stable", "canary", "green"],
    "stable": "stable",
    "enabled": True,
    "salt": "s1",
    "default": {"serve": "stable"},
}
FLAG: Mapping[str, Any] = {
    "key": "new",
    "variants": {"on": True, "off": False, "blue": True},
    "enabled": True,
    "salt": "s2",
    "default": {"serve": "off"},
    "rules": [{"id": "beta", "when": {"all": []}, "serve": "off"}],
}
ERRORS = Metric(name="errors", kind="errors", source="own", guard=2.0, of="units")
SLOW = Metric(name="slow", kind="latency", source="prom", guard=1.5, of="units")
CPU = Metric(name="cpu", kind="value", source="prom", maximum=0.9)
ANALYSIS = Analysis(metrics=(ERRORS,))


def plan(*weights: Any, target: PlanTarget = EDGE, hold: float = 900.0, **members: Any) -> Plan:
    steps = tuple(Step(name=str(each), weights={target.name: each}, hold_seconds=hold) for each in weights)
    return Plan(**{"strategy": "canary", "targets": (target,), "steps": steps, **members})


def around(split: Mapping[str, Any] = SPLIT, flag: Mapping[str, Any] = FLAG, **members: Any) -> Around:
    return Around(environment="prod", documents={"split/web": split, "flag/new": flag}, **members)


def told(**able: Capabilities) -> Around:
    return around(routers={"edge": able})


def short(findings: Sequence[Finding]) -> list[tuple[str, str, str]]:
    return [(finding.level, finding.pointer, finding.code) for finding in findings]


def past(events: float, bad: float = 0.0, **members: Any) -> Measurement:
    arm = Arm(events=events, bad=bad)
    return Measurement(**{"metric": "errors", "start": 0.0, "end": HOUR, "baseline": arm, **members})


def test_a_plan_that_can_begin_finds_nothing() -> None:
    assert place_findings(plan(5_000, 100_000), around()) == []
    assert place_findings(plan(5_000, 100_000, target=CODE), around()) == []
    assert place_findings(plan(5_000, 100_000, target=replace(CODE, rule="beta")), around()) == []


def test_what_is_not_there_is_an_error_with_the_nearest_that_is() -> None:
    wrong = replace(EDGE, candidate="canari")

    [found] = place_findings(plan(100_000, target=wrong), around())

    assert short([found]) == [("error", "/targets/0/candidate", "unknown-backend")]
    assert "did you mean 'canary'?" in found.detail


def test_what_is_switched_off_or_moved_by_another_is_an_error() -> None:
    off = around({**SPLIT, "enabled": False}, rollouts={"edge": "web-3"})

    found = place_findings(plan(100_000), off)

    assert short(found) == [("error", "/targets/0/key", "disabled"), ("error", "/targets/0", "rollout-active")]
    assert "'web-3'" in found[1].detail


def test_a_third_variant_that_is_in_the_way_is_an_error() -> None:
    third = {**SPLIT, "default": {"split": {"weights": {"stable": 70_000, "canary": 0, "green": 30_000}}}}

    found = place_findings(plan(5_000, 70_000, 71_000), around(third))

    assert short(found)[0] == ("error", "/steps/2/weights/edge", "no-room")
    assert "green 30 %" in found[0].detail
    assert place_findings(plan(5_000, 100_000), around(third))[0].pointer == "/steps/1/weights/edge"


def test_weights_by_variant_make_room_for_what_follows() -> None:
    third = {**SPLIT, "default": {"split": {"weights": {"stable": 70_000, "canary": 0, "green": 30_000}}}}
    cleared = {"stable": 95_000, "canary": 5_000, "green": 0}

    assert place_findings(plan(cleared, 100_000), around(third)) == []


def test_a_weight_that_a_router_cannot_hold_is_an_error_where_it_stands() -> None:
    coarse = Capabilities(granularity=10, sticky="cohort")

    found = place_findings(plan(1_000, 10_000, 100_000), told(lb=coarse))

    assert short(found) == [("error", "/steps/0/weights/edge", "too-fine")]
    assert "the least is about 10 %" in found[0].detail


def test_a_router_is_asked_about_each_step_on_top_of_the_one_before() -> None:
    pair = Capabilities(granularity=100_000, sticky="cohort", max_backends=2)
    third = {**SPLIT, "default": {"split": {"weights": {"stable": 70_000, "canary": 0, "green": 30_000}}}}
    three = around(third, routers={"edge": {"lb": pair}})

    assert short(place_findings(plan(0, 5_000, 70_000), three))[0] == (
        "error",
        "/steps/1/weights/edge",
        "too-many-backends",
    )


def test_an_unknown_backend_of_a_router_is_said_once() -> None:
    only = Capabilities(granularity=1_000, sticky="cohort", backends=frozenset({"stable", "green"}))

    found = place_findings(plan(5_000, 10_000, 100_000), told(lb=only))

    assert short(found) == [("error", "/steps/0/weights/edge", "unknown-backend")]


def test_what_a_router_does_otherwise_is_a_warning_once() -> None:
    found = place_findings(plan(5_000, 100_000), told(lb=Capabilities(granularity=100, sticky="own")))

    assert short(found) == [("warning", "/steps/0/weights/edge", "other-cohorts")]


def test_a_rule_of_a_split_is_not_told_to_routers() -> None:
    ruled = {**SPLIT, "rules": [{"id": "beta", "when": {"all": []}, "serve": "stable"}]}
    target = replace(EDGE, rule="beta")

    found = place_findings(
        plan(100_000, target=target), around(ruled, routers={"edge": {"lb": Capabilities(granularity=2)}})
    )

    assert short(found) == [("warning", "/targets/0/rule", "untold")]


def test_going_down_and_ending_early_are_warnings() -> None:
    half = {**SPLIT, "default": {"split": {"weights": {"stable": 50_000, "canary": 50_000}}}}

    found = place_findings(plan(5_000, 75_000, 60_000), around(half))

    assert short(found) == [
        ("warning", "/steps/0/weights/edge", "downwards"),
        ("warning", "/steps/2/weights/edge", "downwards"),
        ("warning", "/targets/0", "ends-early"),
    ]
    assert "has 50 % before this step, and 5 % with it" in found[0].detail
    assert "ends with 60 %" in found[2].detail


def test_an_edge_and_a_flag_with_two_salts_draw_different_people() -> None:
    both = Plan(
        strategy="canary", targets=(EDGE, CODE), steps=(Step(name="all", weights={"edge": 1, "code": 100_000}),)
    )
    whole = replace(both, steps=(Step(name="all", weights={"edge": 100_000, "code": 100_000}),))

    assert short(place_findings(whole, around())) == [("warning", "/targets", "other-cohorts")]
    assert place_findings(whole, around(flag={**FLAG, "salt": "s1"})) == []


def test_steps_that_judge_nothing_or_too_soon_are_warnings() -> None:
    assert [*step_findings(plan(5_000, 100_000))] == []
    assert short([*step_findings(plan(100_000, analysis=ANALYSIS))]) == [("warning", "/analysis", "never-judged")]
    found = [*step_findings(plan(5_000, 100_000, hold=29.0, analysis=ANALYSIS))]
    assert short(found) == [("warning", "/steps/0/hold", "hold-too-short")]
    assert "holds for 29s, but its first window is over after 30s" in found[0].detail
    assert [*step_findings(plan(5_000, 100_000, hold=30.0, analysis=ANALYSIS))] == []


def test_a_downtime_has_to_be_said() -> None:
    assert short([*step_findings(plan(100_000, strategy="recreate"))]) == [
        ("warning", "/downtime", "downtime-unsaid"),
    ]
    assert [*step_findings(plan(100_000, strategy="recreate", downtime="a minute"))] == []


QUERY = "/analysis/metrics/0/query"
SEEN: list[tuple[str, Metric, Seen, list[tuple[str, str, str]]]] = [
    ("sound", ERRORS, Seen(history=past(100)), []),
    (
        "no source",
        ERRORS,
        Seen(known=False, sources=("prom",)),
        [("error", "/analysis/metrics/0/source", "unknown-source")],
    ),
    (
        "query",
        ERRORS,
        Seen(faults=("arms: no", "bad: no")),
        [("error", QUERY, "bad-query"), ("error", QUERY, "bad-query")],
    ),
    ("dead", ERRORS, Seen(history=past(0, baseline=None, missing="unreachable")), [("error", QUERY, "unreachable")]),
    ("empty", ERRORS, Seen(history=past(0, baseline=None, missing="no-data")), [("error", QUERY, "no-baseline")]),
    ("no traffic", ERRORS, Seen(history=past(0)), [("error", QUERY, "no-baseline")]),
    ("no past", ERRORS, Seen(), [("warning", QUERY, "no-history")]),
    ("value", CPU, Seen(history=past(0, baseline=Arm(value=0.0))), []),
    ("no value", CPU, Seen(history=past(0)), [("error", QUERY, "no-baseline")]),
    (
        "requests",
        replace(ERRORS, of="requests"),
        Seen(history=past(100)),
        [("warning", "/analysis/metrics/0/of", "repeats")],
    ),
]


@pytest.mark.parametrize(("metric", "seen", "expected"), [row[1:] for row in SEEN], ids=[row[0] for row in SEEN])
def test_a_metric_has_to_answer_for_the_baseline(
    metric: Metric, seen: Seen, expected: list[tuple[str, str, str]]
) -> None:
    judged = plan(5_000, 100_000, analysis=Analysis(metrics=(metric,)))

    assert short(metric_findings(judged, {metric.name: seen})) == expected


FINE = [0.1 * 1.5**step for step in range(-3, 6)]


def counted(bounds: Sequence[float], p95: float, total: float = 1_000.0) -> dict[float, float]:
    """Count as if exactly 95 % were at most so slow, and every one at most twice so."""
    return {
        bound: total if bound >= 2 * p95 else 0.95 * total if bound >= p95 else 0.5 * total for bound in [*bounds, inf]
    }


def latency(bounds: Mapping[float, float], **members: Any) -> list[Finding]:
    metric = replace(SLOW, **members)
    judged = plan(5_000, 100_000, analysis=Analysis(metrics=(metric,)))
    return metric_findings(judged, {"slow": Seen(history=past(1_000), bounds=bounds)})


def test_the_bound_is_the_first_bucket_that_reaches_the_percentile() -> None:
    assert bound_of(counted(FINE, 0.1)) == FINE[3]
    assert bound_of(counted(FINE, 0.11)) == FINE[4]
    assert bound_of({0.1: 949.0, 0.2: 950.0, inf: 1_000.0}) == 0.2
    assert bound_of({0.1: 10.0, inf: 1_000.0}) is None
    assert bound_of({}) is None
    assert bound_of({0.1: 0.0, inf: 0.0}) is None


@given(
    st.lists(st.floats(0.0, 10.0), min_size=1, max_size=200), st.lists(st.floats(0.001, 10.0), min_size=1, unique=True)
)
def test_of_any_events_nineteen_of_twenty_are_within_the_bound_and_the_next_lower_one_is_too_low(
    events: list[float], bounds: list[float]
) -> None:
    counts = {bound: float(sum(event <= bound for event in events)) for bound in [*bounds, inf]}

    found = bound_of(counts)

    reached = [bound for bound in bounds if sum(event <= bound for event in events) >= 0.95 * len(events)]
    assert found == min(reached, default=None)


def test_buckets_that_are_fine_enough_pass_and_coarse_ones_do_not() -> None:
    assert latency(counted(FINE, 0.1)) == []
    below, bound, above = FINE[2:5]
    assert short(latency(counted([each for each in FINE if each != below], bound))) == [
        ("error", "/analysis/metrics/0/bound", "too-coarse"),
    ]
    assert short(latency(counted([each for each in FINE if each != above], bound))) == [
        ("error", "/analysis/metrics/0/bound", "too-coarse"),
    ]
    [found] = latency(counted([0.05, 0.1, 0.25, 0.5], 0.1))
    assert "(50ms, 100ms, 250ms)" in found.detail


def test_what_is_faster_than_the_smallest_bucket_cannot_be_told_apart() -> None:
    [found] = latency(counted(FINE, FINE[0]))

    assert found.code == "too-coarse"
    assert "(0s, " in found.detail


def test_the_largest_bucket_ends_the_list_only_where_infinity_is_told() -> None:
    open_ended = {bound: count for bound, count in counted(FINE[:4], FINE[3]).items() if bound != inf}

    assert latency(open_ended | {FINE[3]: 1_000.0}) == []
    assert short(latency(counted(FINE[:4], FINE[3]))) == [("error", "/analysis/metrics/0/bound", "too-coarse")]


def test_a_latency_that_no_bucket_holds_is_an_error() -> None:
    [found] = latency({0.1: 10.0, 0.15: 20.0, inf: 1_000.0})

    assert found.code == "too-slow"
    assert "largest bucket (150ms)" in found.detail


def test_a_bound_that_is_said_must_be_a_bucket_except_for_own_counts() -> None:
    assert latency(counted(FINE, 0.1), bound_seconds=FINE[4]) == []
    assert short(latency(counted(FINE, 0.1), bound_seconds=0.11)) == [
        ("error", "/analysis/metrics/0/bound", "no-bucket")
    ]
    assert latency(counted(FINE, 0.1), bound_seconds=0.11, source="own") == []


def test_a_source_without_buckets_needs_a_bound() -> None:
    assert short(latency({})) == [("error", "/analysis/metrics/0/bound", "no-bound")]
    assert latency({}, bound_seconds=0.25) == []


def test_bounds_are_fixed_where_the_plan_says_none() -> None:
    judged = plan(5_000, 100_000, analysis=Analysis(metrics=(ERRORS, SLOW)))
    seen = {"errors": Seen(history=past(100)), "slow": Seen(history=past(100), bounds=counted(FINE, 0.1))}

    bounds = bounds_of(judged, seen)

    assert bounds == {"slow": FINE[3]}
    fixed = with_bounds(judged, bounds)
    assert fixed.analysis
    assert [metric.bound_seconds for metric in fixed.analysis.metrics] == [0.0, FINE[3]]
    assert with_bounds(fixed, {"slow": 9.0}) == fixed
    assert bounds_of(fixed, seen) == {}


def test_what_steps_can_see_is_told_for_the_traffic_of_the_last_hour() -> None:
    judged = plan(5_000, 25_000, 100_000, analysis=Analysis(metrics=(ERRORS,), warmup_seconds=0.0))

    first, second = powers_of(judged, {"errors": Seen(history=past(100 * HOUR, 0.1 * HOUR))})

    assert (first.step, second.step) == (0, 1)
    assert first.power.traffic.per_second == pytest.approx(100)
    assert first.power.traffic.bad_rate == pytest.approx(0.001)
    assert first.power.share == 0.05
    assert first.power.half == pytest.approx(3.5, rel=0.05)
    assert first.power.nine_of_ten == pytest.approx(4.7, rel=0.05)
    assert second.power.half == pytest.approx(2.1, rel=0.05)


def test_a_hold_that_is_too_short_for_the_guard_is_a_warning_in_words() -> None:
    judged = plan(5_000, 100_000, analysis=Analysis(metrics=(ERRORS,), advance_when="proven"))
    seen = {"errors": Seen(history=past(100 * HOUR, 0.1 * HOUR))}

    found = [*power_findings(judged, powers_of(judged, seen))]

    assert short(found) == [
        ("warning", "/steps/0/hold", "low-power"),
        ("warning", "/steps/0/hold", "late-proof"),
    ]
    assert "Twice the errors may be missed" in found[0].detail
    busy = {"errors": Seen(history=past(10_000 * HOUR, 100 * HOUR))}
    assert [*power_findings(judged, powers_of(judged, busy))] == []


def test_a_warm_up_shortens_what_a_hold_can_see() -> None:
    seen = {"errors": Seen(history=past(100 * HOUR, HOUR))}
    warm = powers_of(plan(5_000, analysis=Analysis(metrics=(ERRORS,), warmup_seconds=300.0)), seen)

    assert warm[0].power.hold_seconds == 600.0


def test_a_past_without_a_bad_event_reckons_with_one() -> None:
    [found] = powers_of(plan(5_000, analysis=ANALYSIS), {"errors": Seen(history=past(1_000))})

    assert found.power.traffic.bad_rate == 0.001


@pytest.mark.parametrize(
    "history",
    [
        None,
        past(0),
        past(100, baseline=None, missing="no-data"),
        past(float("nan")),
        past(100, float("inf")),
        past(100, start=HOUR),
    ],
    ids=["none", "nothing", "missing", "nan", "infinite", "no time"],
)
def test_an_unusable_past_foretells_nothing(history: Measurement | None) -> None:
    assert powers_of(plan(5_000, analysis=ANALYSIS), {"errors": Seen(history=history)}) == ()


def test_slow_events_are_counted_by_the_bound_that_was_fixed() -> None:
    judged = plan(5_000, analysis=Analysis(metrics=(SLOW,)))
    seen = {"slow": Seen(history=past(1_000), bounds=counted(FINE, 0.1))}

    [found] = powers_of(judged, seen)

    assert found.power.traffic.bad_rate == pytest.approx(0.05)


def test_a_liar_that_counts_more_bad_events_than_events_is_taken_for_all_bad() -> None:
    [found] = powers_of(plan(5_000, analysis=ANALYSIS), {"errors": Seen(history=past(10, 50))})

    assert found.power.traffic.bad_rate == 1.0


def test_queries_name_both_arms_of_the_first_target_unless_they_do_themselves() -> None:
    both = Analysis(metrics=(ERRORS, replace(SLOW, query={"histogram": "h"}), replace(CPU, query={"arms": {"a": 1}})))

    done = filled("prod", plan(5_000, analysis=both))

    assert done.analysis
    own, slow, cpu = (metric.query for metric in done.analysis.metrics)
    assert own == {"environment": "prod", "kind": "split", "key": "web", "baseline": "stable", "candidate": "canary"}
    assert slow == {"histogram": "h", "arms": {"baseline": "stable", "candidate": "canary"}}
    assert cpu == {"arms": {"a": 1}}
    assert filled("prod", done) == done
    assert filled("prod", plan(5_000)) == plan(5_000)
    untargeted = Plan(strategy="canary", targets=(), steps=(Step(name="s"),), analysis=ANALYSIS)
    assert filled("prod", untargeted) == untargeted


def test_fine_bounds_are_half_as_large_again() -> None:
    assert all(upper / lower == pytest.approx(1.5) for lower, upper in pairwise(FINE))


SHARE = Gate(name="share", kind="share")
COUNTING = Capabilities(granularity=100_000, sticky="cohort", counts=True)


@pytest.mark.parametrize("routers", [{}, {"edge": {"lb": replace(COUNTING, counts=False)}}])
def test_a_gate_that_waits_for_a_share_which_nobody_counts_is_a_warning_once(routers: dict[str, Any]) -> None:
    step = Step(name="all", weights={"edge": 100_000}, gates=(SHARE,))
    twice = replace(plan(100_000), steps=(replace(step, weights={"edge": 5_000}), step))

    found = place_findings(twice, around(routers=routers))

    assert short(found) == [("warning", "/steps/0/gates/0", "uncounted")]
    assert "'share'" in found[0].detail


def test_a_router_that_counts_is_enough_for_a_gate_that_waits_for_the_share() -> None:
    step = Step(name="all", weights={"edge": 100_000}, gates=(SHARE,))

    assert place_findings(replace(plan(100_000), steps=(step,)), told(lb=COUNTING)) == []


def test_weights_of_all_variants_that_take_one_out_are_no_way_down() -> None:
    half = {**SPLIT, "default": {"split": {"weights": {"stable": 50_000, "canary": 50_000}}}}
    out, put_back = {"stable": 100_000, "canary": 0}, {"stable": 50_000, "canary": 50_000}

    assert place_findings(plan(out, put_back), around(half)) == []
