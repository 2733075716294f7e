"""Prometheus, a real one: what raw samples say, and every trap of its functions."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import inf
from typing import Any

import httpx2
import pytest

from flagsvc.domain.analysis.measurement import Arm, Measurement
from flagsvc.domain.analysis.spec import Metric
from flagsvc.metric_sources import prometheus_api
from flagsvc.metric_sources.common import access
from flagsvc.metric_sources.prometheus import Options, Prometheus
from flagsvc.outbound.http import HttpClient, Reply
from tests.metric_sources.contract import BASELINE, CANDIDATE, SourceContract, errors, is_nothing
from tests.metric_sources.past import END, PAST, SCRAPE, START
from tests.metric_sources.recorded import Recorded
from tests.support.link import Link
from tests.support.plain import PLAIN

pytestmark = pytest.mark.servers
ARMS = {"baseline": "stable", "candidate": "canary"}
LATENCY = Metric(
    name="latency",
    kind="latency",
    source="here",
    query={"arms": ARMS, "histogram": 'seconds{cohort="$cohort"}'},
    bound_seconds=0.25,
)


class PrometheusWorld:
    """A Prometheus with that past behind a link."""

    start, middle, end = float(START), START + 30.0, float(END)

    def __init__(self, link: Link) -> None:
        self.link = link
        self.source = self.asked()

    def asked(self, **options: Any) -> Prometheus:
        """Give a source with further options."""
        return Prometheus(Options(url=f"http://127.0.0.1:{self.link.port}", scrape_seconds=SCRAPE, **options))

    def query(self, scene: str) -> Mapping[str, Any]:
        selector = f'http_total{{job="{scene}",cohort="$cohort"'
        return {"arms": ARMS, "events": f"{selector}}}", "bad": f'{selector},status=~"5.."}}'}

    def read(self, scene: str, start: float = START, end: float = END) -> Measurement:
        """Read the errors of a scene."""
        return self.source.measure(errors(self.query(scene)), start, end)


@pytest.fixture(scope="module")
def server() -> Iterator[Recorded]:
    recorded = Recorded(PAST)
    recorded.start()
    yield recorded
    recorded.close()


@pytest.fixture
def world(server: Recorded) -> Iterator[PrometheusWorld]:
    with Link(server.port) as link:
        yield PrometheusWorld(link)


class TestPrometheus(SourceContract):
    """The contract."""


def test_what_really_moved_is_counted_where_increase_stretches_and_misses(
    world: PrometheusWorld, server: Recorded
) -> None:
    query = 'sum by (status) (increase(http_total{job="trap",cohort="canary"}[60s]))'
    answer = httpx2.get(
        f"{server.url}/api/v1/query", params={"query": query, "time": END}, trust_env=False, verify=PLAIN
    ).json()
    increased = {row["metric"]["status"]: float(row["value"][1]) for row in answer["data"]["result"]}

    read = world.read("trap")

    assert read.candidate == Arm(events=136 + 4, bad=4)
    assert increased["200"] == pytest.approx(138)
    assert increased["500"] < 3.9


def test_a_fall_is_a_reset_and_all_after_it_is_new(world: PrometheusWorld) -> None:
    read = world.read("reset")

    assert read.candidate == Arm(events=20 + 37 + 3, bad=3)


def test_a_scrape_that_failed_makes_the_window_of_its_instance_no_data(world: PrometheusWorld) -> None:
    read = world.read("failed")

    assert is_nothing(read)
    assert (read.missing, read.detail) == ("no-data", "candidate: a scrape failed in the window, of every instance (1)")


def test_what_happened_while_scrapes_failed_is_in_no_window_twice(world: PrometheusWorld) -> None:
    before, after = world.read("failed", START - 30, START), world.read("failed", START + 30, END)

    assert (before.candidate, after.candidate) == (Arm(events=30), Arm(events=30))


def test_one_failed_instance_leaves_the_others(world: PrometheusWorld) -> None:
    metric = errors(
        {
            "arms": {"baseline": "failed", "candidate": "usual"},
            "events": 'http_total{job="$cohort"}',
            "bad": 'http_total{job="$cohort",status="500"}',
        }
    )

    read = world.source.measure(metric, START, END)

    assert read.baseline == BASELINE
    assert read.candidate == Arm(events=1000, bad=14)


def test_late_data_are_no_data(world: PrometheusWorld) -> None:
    read = world.read("late")

    assert is_nothing(read)
    assert read.detail == "candidate: late: the newest sample is 40 s older than the window's end"


def test_an_instance_that_joins_counts_from_its_first_sample_on(world: PrometheusWorld) -> None:
    read = world.read("joined")

    assert read.candidate == Arm(events=30 + 9, bad=9)


def test_an_instance_that_was_down_before_counts_from_its_first_sample_on(world: PrometheusWorld) -> None:
    read = world.read("risen")

    assert read.candidate == Arm(events=50)


def test_a_server_without_up_still_knows_an_instance_by_its_other_series(world: PrometheusWorld) -> None:
    source = world.asked(up="")

    read = [source.measure(errors(world.query(scene)), START, END).candidate for scene in ("trap", "joined")]

    assert read == [Arm(events=136 + 4, bad=4), Arm(events=30 + 9, bad=9)]


def test_a_sample_that_no_counter_has_is_nothing(world: PrometheusWorld) -> None:
    read = world.read("strange", START - 30, START)

    assert is_nothing(read)
    assert "negative" in read.detail


def test_what_is_slower_than_a_bound_comes_from_the_buckets(world: PrometheusWorld) -> None:
    read = world.source.measure(LATENCY, START, END)

    assert read.candidate == Arm(events=600, bad=120, far=60)
    assert read.baseline == Arm(events=5400, bad=1080, far=540)


@pytest.mark.parametrize(
    ("bound", "words"),
    [
        (0.3, "0.3 s is no bound of the histogram; its bounds: 0.1, 0.25, 0.5, 1"),
        (1.0, "there is no bucket from 1.5 s on"),
        (0.0, "bound_seconds is not fixed yet"),
    ],
)
def test_a_bound_that_the_histogram_does_not_have_is_nothing(world: PrometheusWorld, bound: float, words: str) -> None:
    read = world.source.measure(replace(LATENCY, bound_seconds=bound), START, END)

    assert is_nothing(read)
    assert words in read.detail


def test_the_bounds_are_those_of_the_baseline(world: PrometheusWorld) -> None:
    bounds = world.source.bounds(LATENCY, START, END)

    shares = {bound: round(count / bounds[inf], 3) for bound, count in bounds.items()}
    assert shares == {0.1: 0.6, 0.25: 0.8, 0.5: 0.9, 1.0: 0.96, inf: 1.0}


def test_nobody_knows_the_bounds_of_what_is_no_histogram(world: PrometheusWorld) -> None:
    assert world.source.bounds(replace(LATENCY, query={"arms": ARMS, "histogram": "nowhere"}), START, END) == {}
    assert world.source.bounds(errors(world.query("usual")), START, END) == {}


def test_the_past_of_a_latency_without_a_bound_has_its_events(world: PrometheusWorld) -> None:
    read = [world.source.history(replace(LATENCY, bound_seconds=bound), START, END) for bound in (0.0, 0.25)]

    assert [one.baseline is not None and one.baseline.events for one in read] == pytest.approx([5400, 5400], rel=0.2)
    assert read[1].baseline is not None
    assert read[1].baseline.bad / read[1].baseline.events == pytest.approx(0.2)


def test_histograms_with_other_bounds_are_not_added_up(world: PrometheusWorld) -> None:
    arms = {"baseline": {"job": "mixed"}, "candidate": {"job": "sized"}}
    metric = replace(LATENCY, query={"arms": arms, "histogram": 'mixed{job="$job"}'}, bound_seconds=0.5)

    read = world.source.measure(metric, START, END)

    assert is_nothing(read)
    assert "different bounds" in read.detail


def test_a_mean_has_no_smaller_spread_than_its_histogram_allows(world: PrometheusWorld) -> None:
    metric = Metric(
        name="basket", kind="mean", source="here", query={"arms": ARMS, "histogram": 'size{cohort="$cohort"}'}
    )

    read = world.source.measure(metric, START, END)

    assert read.candidate == Arm(events=600, total=9000, squares=360 * 10**2 + 240 * 50**2)


def test_a_ratio_whose_numerator_never_happened_is_zero(world: PrometheusWorld) -> None:
    query = {**world.query("clean"), "total": 'http_total{job="clean",cohort="$cohort",status="500"}'}
    metric = Metric(name="bought", kind="ratio", source="here", query={n: q for n, q in query.items() if n != "bad"})

    read = world.source.measure(metric, START, END)

    assert read.candidate == Arm(events=100, total=0)
    assert read.baseline == Arm(events=900, total=9)


@pytest.mark.parametrize(
    ("query", "read"),
    [
        ('sum(rate(http_total{job="usual",cohort="canary"}[$window])) > bool 0', 1.0),
        ('http_total{job="usual",cohort="$cohort",status="200"}', 95 / 6 * 12),
    ],
)
def test_a_value_is_one_number_of_any_query(world: PrometheusWorld, query: str, read: float) -> None:
    metric = Metric(name="load", kind="value", source="here", query={"value": query, "arms": ARMS})

    told = world.source.measure(metric, START, END)

    assert told.candidate is not None
    assert told.candidate.value == pytest.approx(read)
    assert told.baseline is None


@pytest.mark.parametrize(
    ("query", "missing", "words"),
    [
        ("http_total", "unreachable", "series, not one"),
        ("nowhere", "no-data", "0 series, not one"),
        ("0 / 0 * sum(up)", "no-data", "the value is nan"),
        ("1 / 0 * sum(up)", "no-data", "the value is inf"),
        ("1", "unreachable", "the answer is not a vector"),
        ("sum(", "unreachable", "bad_data: "),
    ],
)
def test_a_value_that_is_not_one_number_is_nothing(
    world: PrometheusWorld, query: str, missing: str, words: str
) -> None:
    read = world.source.measure(Metric(name="load", kind="value", source="here", query={"value": query}), START, END)

    assert is_nothing(read)
    assert read.missing == missing
    assert words in read.detail


def test_a_value_of_an_arm_means_itself_in_a_text_and_in_a_pattern(world: PrometheusWorld) -> None:
    arms = {"baseline": 'a"b\\c.*', "candidate": "plain"}
    metric = errors({"arms": arms, "events": 'odd_total{cohort="$cohort"}', "bad": 'odd_total{cohort=~"$cohort|none"}'})

    read = world.source.measure(metric, START, END)

    assert (read.baseline, read.candidate) == (Arm(events=60, bad=60), Arm(events=6, bad=6))


def test_too_many_series_are_an_error_that_says_what_to_do(world: PrometheusWorld) -> None:
    read = world.asked(max_series=1).measure(errors(world.query("usual")), START, END)

    assert is_nothing(read)
    assert read.detail == "baseline: 2 series, more than the 1 of max_series: narrow the selector"


def test_a_long_question_goes_by_post(world: PrometheusWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prometheus_api, "LONGEST_ADDRESS", 100)
    methods: list[str] = []

    class Noting(HttpClient):
        def send(self, method: str, path: str, content: Any = None, **named: Any) -> Reply:
            methods.append(method)
            return super().send(method, path, content, **named)

    monkeypatch.setattr(access, "HttpClient", Noting)

    read = world.asked().measure(errors(world.query("usual")), START, END)

    assert read.candidate == CANDIDATE
    assert set(methods) == {"POST"}
