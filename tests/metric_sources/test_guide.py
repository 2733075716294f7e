"""docs/metric-sources.md: its files load, its queries have no fault, and those for Prometheus read a real one."""

import json
import re
import shlex
from collections.abc import Mapping
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from flagsvc import logs
from flagsvc.app.metric_sources import build_sources
from flagsvc.cli import app
from flagsvc.domain.analysis.measurement import Arm
from flagsvc.domain.analysis.spec import Metric
from flagsvc.metric_sources import KINDS, Source
from flagsvc.settings import load_metric_sources
from tests.metric_sources.past import END, START, UP, labels, steady
from tests.metric_sources.recorded import History, Recorded
from tests.support.plan_metric import plan_metric
from tests.support.snippets import snippets
from tests.support.tree import ROOT

NAME = "docs/metric-sources.md"
PAGE = (ROOT / NAME).read_text()
FILES = snippets(NAME, "yaml")
METRICS: list[Mapping[str, Any]] = [
    metric for block in snippets(NAME, "json") if block.startswith("[") for metric in json.loads(block)
]


def metric_of(given: Mapping[str, Any]) -> Metric:
    return plan_metric({**given, "query": {"arms": {"baseline": "stable", "candidate": "canary"}, **given["query"]}})


def sources(folder: Path) -> Mapping[str, Source]:
    made: dict[str, Source] = {}
    for number, text in enumerate(FILES):
        path = folder / f"{number}.yaml"
        path.write_text(text)
        made |= build_sources(load_metric_sources(path))
    return made


def test_the_table_has_every_kind_and_no_other() -> None:
    assert re.findall(r"^\| \[`(\w+)`\]", PAGE, re.MULTILINE) == ["prometheus", "http", "cloudwatch", "datadog"]
    assert set(KINDS) == {"prometheus", "http", "cloudwatch", "datadog"}


@pytest.mark.parametrize("given", METRICS, ids=lambda given: f"{given['source']}-{given['name']}")
def test_every_query_of_the_page_has_no_fault(given: Mapping[str, Any], tmp_path: Path) -> None:
    assert list(sources(tmp_path)[given["source"]].check(metric_of(given))) == []


def test_every_kind_has_a_query() -> None:
    assert {metric["source"] for metric in METRICS} == {"prometheus", "stats", "cloudwatch", "datadog"}


SIZES = {"10": 60, "50": 100, "+Inf": 100}


def past() -> History:
    """Write what an application and two proxies would have exported for each cohort."""
    return {
        series: samples
        for cohort in ("stable", "canary")
        for series, samples in chain(
            _counter("http_requests_total", cohort, {"status": {"200": 98, "503": 2}}),
            _counter("http_request_duration_seconds_bucket", cohort, {"le": {"0.25": 90, "0.5": 97, "+Inf": 100}}),
            _counter("basket_euros_bucket", cohort, {"le": SIZES}),
            _counter("basket_euros_sum", cohort, {"x": {"": 1500}}),
            _counter("visits_total", cohort, {"x": {"": 100}}),
            _counter("process_resident_memory_bytes", cohort, {"x": {"": 1}}),
            _counter("envoy_cluster_upstream_rq_xx", cohort, {"envoy_response_code_class": {"2": 99, "5": 1}}),
            _counter("haproxy_server_http_responses_total", cohort, {"code": {"2xx": 97, "5xx": 3}}),
            [(f"up{labels('shop', cohort)}", UP)],
        )
    }


def _counter(name: str, cohort: str, by: Mapping[str, Mapping[str, float]]) -> list[tuple[str, Any]]:
    more = {"envoy_cluster_name": f"shop_{cohort}", "proxy": "shop", "server": cohort}
    return [
        (f"{name}{labels('shop', cohort, **more, **{label: value})}", steady(count))
        for label, counts in by.items()
        for value, count in counts.items()
    ]


READ = {
    "errors": Arm(events=600, bad=12),
    "latency": Arm(events=600, bad=60, far=18),
    "basket": Arm(events=600, total=9000, squares=636_000),
    "bought": Arm(events=600),
    "memory": Arm(value=12),
    "edge-errors": Arm(events=600, bad=6),
    "proxy-errors": Arm(events=600, bad=18),
}


@pytest.mark.servers
def test_the_queries_for_prometheus_read_a_real_one_and_the_check_prints_what_the_page_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "configure", lambda *_: None)  # the runner's streams do not outlive the test
    monkeypatch.setenv("FLAGSVC_DATA_DIR", str(tmp_path / "data"))
    server = Recorded(past())
    server.start()
    try:
        file = tmp_path / "sources.yaml"
        file.write_text(FILES[0].replace("http://127.0.0.1:9090", server.url))
        (source,) = build_sources(load_metric_sources(file)).values()

        read = {
            given["name"]: source.measure(metric_of(given), START, END)
            for given in METRICS
            if given["source"] == "prometheus"
        }
        program, *words = shlex.split(snippets(NAME, "sh")[0])
        monkeypatch.chdir(tmp_path)
        printed = CliRunner().invoke(app, words)
    finally:
        server.close()

    assert {name: one.candidate for name, one in read.items()} == READ, read
    first, second = snippets(NAME, "text")[0].splitlines()
    assert (program, printed.exit_code) == ("flagsvc", 0), printed.output
    assert printed.output.splitlines()[0] == first
    assert printed.output.splitlines()[1].partition(":")[0] == second.partition(":")[0] == "  targets scraped"
