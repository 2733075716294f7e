"""Datadog: counts of whole intervals, read from a stand-in that was written from its documentation."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from flagsvc.domain.analysis.measurement import Arm
from flagsvc.domain.analysis.spec import Metric
from flagsvc.metric_sources.datadog import Datadog, Options
from tests.metric_sources.contract import CANDIDATE, SourceContract, errors, is_nothing
from tests.metric_sources.fake_datadog import KEYS, FakeDatadog
from tests.support.fake_http import Answer
from tests.support.link import Link

MINUTE = 60
START = 1_800_000_000
ARMS = {"baseline": "stable", "candidate": "canary"}
COUNTS = {
    ("stable", "2xx"): (396, 495),
    ("stable", "5xx"): (4, 5),
    ("canary", "2xx"): (38, 57),
    ("canary", "5xx"): (2, 3),
}
"""In the first minute, and in the second."""
LEFT_OUT = {"clean": ("canary", "5xx"), "quiet": ("canary", ""), "alone": ("stable", "")}


class DatadogWorld:
    """The stand-in with the scenes in its points, behind a link."""

    start, middle, end = float(START), START + 60.0, START + 120.0

    def __init__(self, fake: FakeDatadog, link: Link, folder: Path) -> None:
        self.fake, self.link = fake, link
        files = {name: folder / name for name in KEYS}
        for name, key in KEYS.items():
            files[name].write_text(f"{key}\n")
        self.files = files
        self.source = Datadog(
            Options(
                api_key_file=files["DD-API-KEY"],
                application_key_file=files["DD-APPLICATION-KEY"],
                url=f"http://127.0.0.1:{link.port}",
            )
        )

    def query(self, scene: str) -> Mapping[str, Any]:
        count = f"sum:shop.requests{{scene:{scene},version:$cohort,status:STATUS}}.as_count()"
        return {
            "arms": ARMS,
            "events": count.replace(",status:STATUS", ""),
            "bad": count.replace("STATUS", "5xx"),
        }


@pytest.fixture
def world(tmp_path: Path) -> Iterator[DatadogWorld]:
    with FakeDatadog() as fake, Link(fake.port) as link:
        for scene in ("usual", "clean", "quiet", "alone"):
            _remember(fake, scene)
        yield DatadogWorld(fake, link, tmp_path)


def _remember(fake: FakeDatadog, scene: str) -> None:
    cohort, status = LEFT_OUT.get(scene, ("", ""))
    for (name, of), (first, second) in COUNTS.items():
        if name == cohort and (not status or status == of):
            continue
        points = {START + 5: first, START + MINUTE: second - 1, START + 119: 1, START + 120: 1000}
        fake.put("shop.requests", f"scene:{scene},version:{name},status:{of}", points)
    if scene == "clean":
        fake.put("shop.requests", "scene:clean,version:canary,status:2xx", {START + 6: 2, START + 70: 3})


class TestDatadog(SourceContract):
    """The contract."""


def test_keys_are_read_anew_and_stand_in_no_error(world: DatadogWorld) -> None:
    world.files["DD-API-KEY"].write_text("a-new-key-nobody-knows")

    read = world.source.measure(errors(world.query("usual")), world.start, world.end)

    assert is_nothing(read)
    assert read.detail == 'baseline: GET /api/v1/query: 403 {"errors": ["Forbidden"]}'


def test_a_window_shorter_than_an_interval_has_data_only_when_one_ended(world: DatadogWorld) -> None:
    metric = errors(world.query("usual"))

    parts = [world.source.measure(metric, START + 15.0 * k, START + 15.0 * (k + 1)) for k in range(8)]

    assert [part.missing for part in parts] == ["no-data"] * 3 + [""] + ["no-data"] * 3 + [""]
    assert "no period of 60 s ended in this window" in parts[0].detail
    assert parts[3].candidate == Arm(events=40, bad=2)


def test_an_interval_that_is_not_there_yet_is_no_data(world: DatadogWorld) -> None:
    read = world.source.measure(errors(world.query("usual")), START + 60.0, START + 240.0)

    assert is_nothing(read)
    assert read.detail == "baseline: there is no number of the newest period: it is late, or nothing happened"


def test_a_value_is_that_of_the_newest_interval(world: DatadogWorld) -> None:
    world.fake.put("shop.queue", "version:canary", {START + 10: 5, START + 70: 7, START + 80: 9})
    metric = Metric(
        name="queue", kind="value", source="here", query={"arms": ARMS, "value": "avg:shop.queue{version:$cohort}"}
    )

    read = world.source.measure(metric, world.start, world.end)

    assert read.candidate == Arm(value=8)


def test_a_latency_is_counted_beyond_its_bounds(world: DatadogWorld) -> None:
    count = "count{}:shop.seconds{{version:$cohort}}.as_count()"
    metric = Metric(
        name="slow",
        kind="latency",
        source="here",
        query={
            "arms": ARMS,
            "events": count.format(""),
            "bad": count.format("(v: v>$bound)"),
            "far": count.format("(v: v>$far_bound)"),
        },
        bound_seconds=0.25,
    )

    world.fake.answer = lambda asked: Answer(200, {"status": "ok", "series": [_series(asked.query["query"])]})  # type: ignore[method-assign]

    read = world.source.measure(metric, world.start, world.start + 60)

    assert list(world.source.check(metric)) == []
    assert read.baseline == read.candidate == Arm(events=50, bad=8, far=3)


def _series(query: str) -> Mapping[str, Any]:
    """Answer by the threshold of the query alone."""
    threshold = query.partition(":shop.seconds{version:")[0]
    count = {"count": 50, "count(v: v>0.25)": 8, "count(v: v>0.375)": 3}[threshold]
    return {"interval": 60, "pointlist": [[START * 1000.0, count]]}


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ("sum:shop.requests{version:$cohort}", "bad: expected one count"),
        ("sum:shop.requests{version:$cohort} by {host}.as_count()", "bad: expected one count"),
        ("sum:a{version:$cohort}.as_count() / sum:b{*}.as_count()", "bad: expected one count"),
        ("avg:shop.requests{version:$cohort}.as_count()", "bad: expected one count"),
        ("sum:shop.requests{version:$cohrt}.as_count()", "bad: there is no variable $cohrt here; known: $arm"),
        (7, "bad: expected a text"),
    ],
)
def test_what_is_no_count_is_found_without_asking(world: DatadogWorld, query: Any, fault: str) -> None:
    (found,) = world.source.check(errors({**world.query("usual"), "bad": query}))

    assert found.startswith(fault)


def test_a_variant_that_is_no_tag_never_reaches_a_query(world: DatadogWorld) -> None:
    metric = errors({**world.query("usual"), "arms": {"baseline": "stable", "candidate": "x} OR version:{y"}})

    faults = world.source.check(metric)

    assert all("is no value of a tag" in fault for fault in faults)
    assert is_nothing(world.source.measure(metric, world.start, world.end))
    assert all("OR" not in asked.query["query"] for asked in world.fake.asked)


def test_what_was_counted_as_usual_is_what_the_scene_says(world: DatadogWorld) -> None:
    assert world.source.measure(errors(world.query("usual")), world.start, world.end).candidate == CANDIDATE
