"""CloudWatch: statistics of whole periods, read from moto's; what moto does not have, from answers made by hand."""

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from botocore.stub import Stubber

from flagsvc.domain.analysis.measurement import Arm
from flagsvc.domain.analysis.spec import Metric
from flagsvc.domain.calls import CallError
from flagsvc.metric_sources.cloudwatch import BOUNDS, CloudWatch, Options
from tests.metric_sources.contract import SourceContract, errors, is_nothing
from tests.support.aws import client, cloud, fresh
from tests.support.link import Link

MINUTE = 60
BEGIN = (int(time.time()) // MINUTE - 30) * MINUTE
ARMS = {"baseline": "stable", "candidate": "canary"}
COUNTS = {
    ("stable", "requests"): (400, 500),
    ("stable", "errors"): (4, 5),
    ("canary", "requests"): (40, 60),
    ("canary", "errors"): (2, 3),
}
LEFT_OUT = {
    "clean": [("canary", "errors")],
    "quiet": [("canary", "errors"), ("canary", "requests")],
    "alone": [("stable", "errors"), ("stable", "requests")],
}


class CloudWatchWorld:
    """Moto with the scenes in its metrics, behind a link."""

    start, middle, end = float(BEGIN), BEGIN + 60.0, BEGIN + 120.0

    def __init__(self, link: Link, namespace: str) -> None:
        self.link, self.namespace = link, namespace
        self.source = CloudWatch(Options(endpoint_url=f"http://127.0.0.1:{link.port}"))

    def query(self, scene: str) -> Mapping[str, Any]:
        return {
            "arms": ARMS,
            **{
                member: {
                    "namespace": self.namespace,
                    "metric": f"{scene}-{metric}",
                    "dimensions": {"TargetGroup": "$cohort"},
                    "stat": "Sum",
                }
                for member, metric in {"events": "requests", "bad": "errors"}.items()
            },
        }


@pytest.fixture(scope="module")
def namespace() -> str:
    name = fresh("Shop")
    for scene in ("usual", "clean", "quiet", "alone"):
        rows = [
            {
                "MetricName": f"{scene}-{metric}",
                "Dimensions": [{"Name": "TargetGroup", "Value": cohort}],
                "Timestamp": datetime.fromtimestamp(BEGIN + minute * MINUTE + 20, UTC),
                "Value": float(count),
            }
            for (cohort, metric), counts in COUNTS.items()
            if (cohort, metric) not in LEFT_OUT.get(scene, [])
            for minute, count in enumerate(counts)
        ]
        client("cloudwatch").put_metric_data(Namespace=name, MetricData=rows)
    return name


@pytest.fixture
def world(namespace: str) -> Iterator[CloudWatchWorld]:
    _, port = cloud()
    with Link(port) as link:
        yield CloudWatchWorld(link, namespace)


class TestCloudWatch(SourceContract):
    """The contract."""


Answered = Mapping[str, Sequence[tuple[float, float]]]


def answer(results: Answered, status: str = "Complete", **more: Any) -> Mapping[str, Any]:
    """Make an answer: Id → pairs of time and value."""
    rows = [
        {
            "Id": name,
            "Label": name,
            "Timestamps": [datetime.fromtimestamp(at, UTC) for at, _ in points],
            "Values": [value for _, value in points],
            "StatusCode": status,
        }
        for name, points in results.items()
    ]
    return {"MetricDataResults": rows, **more}


@pytest.fixture
def stubbed() -> Iterator[tuple[CloudWatch, Stubber]]:
    source = CloudWatch(Options(region="eu-central-1"))
    with Stubber(source._aws.client) as stubber:
        yield source, stubber


SECONDS = {"namespace": "AWS/ApplicationELB", "metric": "TargetResponseTime", "dimensions": {"TargetGroup": "$cohort"}}
LATENCY = Metric(
    name="latency", kind="latency", source="here", query={"arms": ARMS, "distribution": SECONDS}, bound_seconds=0.5
)


def asked_of(stats: Mapping[str, str], sides: Mapping[str, str], start: int, end: int) -> Mapping[str, Any]:
    """Write the request that has to come: one query per side and statistic."""
    return {
        "MetricDataQueries": [
            {
                "Id": f"{side}_{name}",
                "MetricStat": {
                    "Metric": {
                        "Namespace": "AWS/ApplicationELB",
                        "MetricName": "TargetResponseTime",
                        "Dimensions": [{"Name": "TargetGroup", "Value": value}],
                    },
                    "Stat": stat,
                    "Period": MINUTE,
                },
            }
            for side, value in sides.items()
            for name, stat in stats.items()
        ],
        "StartTime": datetime.fromtimestamp(start, UTC),
        "EndTime": datetime.fromtimestamp(end, UTC),
        "ScanBy": "TimestampAscending",
    }


def test_a_latency_is_counted_by_trimmed_counts(stubbed: tuple[CloudWatch, Stubber]) -> None:
    source, stubber = stubbed
    stats = {"events": "SampleCount", "bad": "TC(0.5:)", "far": "TC(0.75:)"}
    numbers = {"baseline_events": 90.0, "baseline_bad": 9.0, "candidate_events": 10.0, "candidate_bad": 4.0}
    said = {name: [(BEGIN, number)] for name, number in {**numbers, "candidate_far": 3.0}.items()}
    stubber.add_response("get_metric_data", answer(said), asked_of(stats, ARMS, BEGIN, BEGIN + 60))

    read = source.measure(LATENCY, BEGIN, BEGIN + 75)

    assert list(source.check(LATENCY)) == []
    assert (read.baseline, read.candidate) == (Arm(events=90, bad=9), Arm(events=10, bad=4, far=3))


def test_the_bounds_are_counted_by_trimmed_counts_too(stubbed: tuple[CloudWatch, Stubber]) -> None:
    source, stubber = stubbed
    said = {f"baseline_at_{place}": [(BEGIN, float(place))] for place in range(1, 31)}
    stats = {f"at_{place}": f"TC(:{bound:g})" for place, bound in enumerate(BOUNDS, 1)}
    stubber.add_response(
        "get_metric_data",
        answer({"baseline_at_0": [(BEGIN, 40.0)], **said}),
        asked_of({"at_0": "SampleCount", **stats}, {"baseline": "stable"}, BEGIN, BEGIN + 60),
    )

    bounds = source.bounds(LATENCY, BEGIN, BEGIN + 60)

    assert bounds[math.inf] == 40
    assert list(bounds)[:2] == [0.005, 0.007]
    assert all(later / earlier <= 1.5 for earlier, later in pairwise(BOUNDS))


def test_pages_are_put_together(stubbed: tuple[CloudWatch, Stubber]) -> None:
    source, stubber = stubbed
    metric = Metric(
        name="queue", kind="value", source="here", query={"value": {**SECONDS, "dimensions": {}, "stat": "p99"}}
    )
    stubber.add_response(
        "get_metric_data", answer({"candidate_value": [(BEGIN, 1.0)]}, "PartialData", NextToken="more")
    )
    stubber.add_response("get_metric_data", answer({"candidate_value": [(BEGIN + 60, 2.0)]}))

    read = source.measure(metric, BEGIN, BEGIN + 120)

    assert read.candidate == Arm(value=2.0)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (answer({"candidate_value": [(BEGIN, 1.0)]}, "InternalError"), "InternalError"),
        (answer({"candidate_value": [(BEGIN, 1.0)]}, "Forbidden"), "Forbidden"),
        (answer({"candidate_value": [(BEGIN, 1.0)]}, "PartialData"), "only a part of candidate_value"),
        (answer({"candidate_value": [(BEGIN - 60, 1.0)]}), "other periods than were asked for"),
        (answer({"candidate_value": [(BEGIN, 1.0), (BEGIN, 2.0)]}), "a period twice"),
        (answer({"candidate_value": [(BEGIN, math.nan)]}), "expected a finite number"),
        (answer({"candidate_other": [(BEGIN, 1.0)]}), "not asked for"),
        (answer({"candidate_value": []}), "no number of the newest period"),
        (answer({}), "no number of the newest period"),
    ],
)
def test_an_answer_that_is_not_whole_is_nothing(
    stubbed: tuple[CloudWatch, Stubber], said: Mapping[str, Any], words: str
) -> None:
    source, stubber = stubbed
    metric = Metric(
        name="queue", kind="value", source="here", query={"value": {**SECONDS, "dimensions": {}, "stat": "p99"}}
    )
    stubber.add_response("get_metric_data", said)

    read = source.measure(metric, BEGIN, BEGIN + 60)

    assert is_nothing(read)
    assert words in read.detail


def test_without_the_right_to_read_it_says_so(stubbed: tuple[CloudWatch, Stubber]) -> None:
    source, stubber = stubbed
    for _ in range(2):
        stubber.add_client_error("get_metric_data", "AccessDenied", "not authorized", 403)

    read = source.measure(LATENCY, BEGIN, BEGIN + 60)

    assert is_nothing(read)
    assert "the identity lacks a right" in read.detail
    with pytest.raises(CallError, match="the identity lacks a right"):
        source.probe()


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"stat": 5}, "bad: namespace, metric and stat are texts"),
        ({"dimensions": []}, "bad: namespace, metric and stat are texts, dimensions an object"),
        ({"dimensions": {"A": "$cohrt"}}, "bad: dimensions: there is no variable $cohrt here; known: $arm, $cohort"),
        ({"dimensions": {"A": "$"}}, "bad: dimensions: $ stands before"),
        ({"dimensions": {"A": 5}}, "bad: dimensions: expected texts"),
        ({"period": 5}, "bad: expected an object with the members dimensions, metric, namespace, stat"),
    ],
)
def test_what_is_wrong_with_a_query_is_found_without_asking(
    world: CloudWatchWorld, change: Mapping[str, Any], fault: str
) -> None:
    query = world.query("usual")

    (found,) = world.source.check(errors({**query, "bad": {**query["bad"], **change}}))

    assert found.startswith(fault)


@pytest.mark.parametrize("period", [0, 7, 61, 90])
def test_a_period_that_cloudwatch_does_not_have_is_told_at_the_start(period: int) -> None:
    with pytest.raises(ValueError, match="period_seconds: 60 or a multiple of it"):
        Options(period_seconds=period)
