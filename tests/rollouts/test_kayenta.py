"""Kayenta's remote judge: counts judged by our statistics, its shape kept, and what is no count refused by name."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flagsvc.domain.analysis.judging import verdict_of
from flagsvc.domain.analysis.measurement import Verdict, VerdictKind
from flagsvc.domain.rollouts import kayenta
from flagsvc.domain.rollouts.kayenta import count_faults, judged_counts, judgement
from flagsvc.domain.rollouts.kayenta_request import JudgeRequest, request_of
from tests.rollouts.judge_requests import counts, pair, request, series


def read(body: Any) -> JudgeRequest:
    found = request_of(body)
    assert isinstance(found, JudgeRequest), found
    return found


def judged(*pairs: dict[str, Any], names: tuple[str, ...] = ()) -> Verdict:
    asked = read(request(pairs, names))
    assert count_faults(asked) == []
    return judged_counts(asked)


def faults(body: Any) -> list[str]:
    found = request_of(body)
    assert isinstance(found, list), found
    return [fault.pointer for fault in found]


def test_a_candidate_that_is_as_good_is_proven_so() -> None:
    found = judged(*counts())

    assert (found.kind, found.proven) == ("healthy", True)


def test_a_candidate_that_is_much_worse_fails() -> None:
    found = judged(*counts(candidate=0.05))

    assert (found.kind, found.metric) == ("unhealthy", "errors")


def test_one_bad_metric_among_good_ones_is_named() -> None:
    found = judged(*counts("checkout"), *counts("search", candidate=0.05))

    assert (found.kind, found.metric) == ("unhealthy", "search")


def test_too_little_traffic_is_unknown_and_not_healthy() -> None:
    bad, total = series(0.01, events=10, steps=5)

    assert judged(pair("errors.bad", bad, bad), pair("errors.all", total, total)).kind == "unknown"


@pytest.mark.parametrize("nothing", [[], None, ["NaN"] * 60, [None] * 60, ["Infinity"] * 60])
def test_no_events_on_a_side_are_unknown(nothing: Any) -> None:
    bad, total = series(0.01)

    missing = judged(pair("errors.bad", bad, nothing), pair("errors.all", total, nothing))

    assert missing.kind == "unknown"


@pytest.mark.parametrize("nothing", [[], None, ["NaN"] * 60, [None] * 60])
def test_a_series_of_bad_events_that_is_not_there_has_none(nothing: Any) -> None:
    """A metrics server has no series for what never happened; the events around it say that it was looked for."""
    bad, total = series(0.01)

    found = judged(pair("errors.bad", bad, nothing), pair("errors.all", total, total))

    assert found.kind == "healthy"
    assert found.metrics[0].candidate == 0.0


def test_a_pair_of_bad_events_that_is_missing_altogether_is_none_on_both_sides() -> None:
    _, total = series(0.01)

    found = judged(pair("errors.all", total, total), names=("errors.bad", "errors.all"))

    assert found.kind == "unknown"
    assert found.metrics[0].baseline == 0.0


def test_nothing_at_all_is_unknown() -> None:
    found = judged(names=("errors.bad", "errors.all"))

    assert (found.kind, found.reason) == ("unknown", "the metrics server had nothing for any metric")


def test_series_of_one_metric_with_different_tags_are_judged_each() -> None:
    found = judged(*counts(region="eu"), *counts(candidate=0.05, region="us"))

    assert [each.metric for each in found.metrics] == ["errors (region=eu)", "errors (region=us)"]
    assert found.metric == "errors (region=us)"


def test_counts_that_contradict_each_other_are_unknown() -> None:
    bad, total = series(0.01)

    assert judged(pair("errors.bad", bad, total), pair("errors.all", total, bad)).kind == "unknown"


def test_what_is_no_pair_of_counts_is_refused_by_name() -> None:
    pairs = [*counts(), pair("latency p99", [1.0], [1.0]), pair("lone.bad", [1.0], [1.0]), pair(".all", [1.0], [1.0])]

    found = count_faults(read(request(pairs)))

    assert [(fault.pointer, fault.code) for fault in found] == [
        ("/canaryConfig/metrics/2/name", "no-counts"),
        ("/canaryConfig/metrics/3/name", "no-counts"),
        ("/canaryConfig/metrics/4/name", "no-counts"),
    ]
    assert "'latency p99'" in found[0].detail


@pytest.mark.parametrize(
    ("kind", "score", "classification"),
    [("healthy", 100.0, "Pass"), ("unknown", 75.0, "Marginal"), ("unhealthy", 0.0, "Fail")],
)
def test_the_score_is_best_marginal_or_worst(kind: VerdictKind, score: float, classification: str) -> None:
    asked = read(request(counts()))

    answer = judgement(asked, Verdict(kind=kind, reason="why"))

    assert answer["score"] == {"score": score, "classification": classification, "classificationReason": "why"}
    assert answer["groupScores"] == [{"name": "Errors", "score": score, "classification": classification}]
    assert (score >= asked.passing) == (kind == "healthy")
    assert (score < asked.marginal) == (kind == "unhealthy")


def test_more_steps_than_can_be_judged_in_time_are_refused() -> None:
    many = [1.0] * 10_001

    found = count_faults(read(request([pair("a.bad", many, many), pair("a.all", many, many)])))

    assert [(fault.pointer, fault.code) for fault in found] == [("/metricSetPairList", "too-many")]


def test_more_metrics_than_can_be_judged_in_time_are_refused() -> None:
    names = [f"m{number}{ending}" for number in range(700) for ending in (".bad", ".all")]

    found = count_faults(read(request([pair(name, [1.0], [1.0]) for name in names])))

    assert [(fault.pointer, fault.code) for fault in found] == [("/metricSetPairList", "too-many")]


def test_looks_at_the_evidence_are_bounded_and_still_find_what_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = [each for number in range(5) for each in counts(f"m{number}", rate=0.2, candidate=0.3)]
    for number, each in enumerate(asked):  # no moment is of two metrics
        each["scopes"] = {"experiment": {"startTimeMillis": 10**12 + number, "stepMillis": 60_000}}
    looked = []

    def look(*arguments: Any) -> Verdict:
        looked.append(arguments)
        return verdict_of(*arguments)

    monkeypatch.setattr(kayenta, "MOST_LOOKS", 50)
    monkeypatch.setattr(kayenta, "verdict_of", look)

    assert judged(*asked).kind == "unknown"
    assert 5 <= len(looked) <= 11
    assert judged(*asked, *counts("broken", candidate=0.05)).kind == "unhealthy"


def test_a_metric_that_is_called_like_the_proof_of_another_is_refused() -> None:
    found = count_faults(read(request([*counts("errors"), *counts("errors/proof")])))

    assert [fault.pointer for fault in found] == ["/metricSetPairList/2/name", "/metricSetPairList/3/name"]


def test_the_answer_has_a_result_for_every_pair_in_the_shape_of_its_class() -> None:
    asked = read(request(counts(candidate=0.05)))

    answer = judgement(asked, judged_counts(asked))

    assert set(answer) == {"judgeName", "results", "groupScores", "score"}
    assert [result["name"] for result in answer["results"]] == ["errors.bad", "errors.all"]
    for result in answer["results"]:
        assert set(result) == {
            *("name", "id", "tags", "classification", "classificationReason", "groups"),
            *("experimentMetadata", "controlMetadata", "resultMetadata"),
        }
        assert result["classification"] == "High"
        assert result["groups"] == ["Errors"]
        assert result["experimentMetadata"]["rate"] > result["controlMetadata"]["rate"]


@pytest.mark.parametrize(
    "thresholds",
    [
        *(None, {}, {"pass": 95}, {"pass": "95", "marginal": 75}, {"pass": True, "marginal": 0.5}),
        *({"pass": 75, "marginal": 75}, {"pass": 95, "marginal": 0}, {"pass": 101, "marginal": 75}),
    ],
)
def test_bounds_between_which_unknown_has_no_place_are_refused(thresholds: Any) -> None:
    assert faults({**request(counts()), "scoreThresholds": thresholds}) == ["/scoreThresholds"]


def test_every_part_that_is_no_such_part_is_named() -> None:
    broken = [{"name": "x"}, 7, {**pair("a", [True], []), "id": "i"}, {**pair("a", [], []), "scopes": {}}]

    assert faults({"canaryConfig": {"judge": {}, "metrics": [{"name": 7}]}, "metricSetPairList": broken}) == [
        "/scoreThresholds",
        "/canaryConfig/judge/judgeConfigurations",
        "/canaryConfig/metrics",
        *(f"/metricSetPairList/{index}" for index in range(4)),
    ]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(), each, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_any_value_is_refused_and_not_stumbled_over(value: Any) -> None:
    assert faults(value)
    body = request(counts())
    for place in ("canaryConfig", "scoreThresholds", "metricSetPairList"):
        request_of({**body, place: value})
    request_of({**body, "metricSetPairList": [value]})


values = st.lists(
    st.none() | st.sampled_from(["NaN", "Infinity", "-Infinity"]) | st.floats(allow_nan=False), max_size=6
)


@given(values, values, values, values)
def test_no_series_of_numbers_is_healthy_by_accident(a: list[Any], b: list[Any], c: list[Any], d: list[Any]) -> None:
    """So few steps prove nothing, whatever stands in them."""
    asked = read(request([pair("errors.bad", a, b), pair("errors.all", c, d)]))

    found = judged_counts(asked)
    judgement(asked, found)

    sound = [x for x in [*a, *b, *c, *d] if isinstance(x, float) and x > 0]
    if not sound:
        assert found.kind == "unknown"
