"""What Prometheus and Grafana get: a target that exists, rules and dashboard word for word as they lie in the chart."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.support.chart.engine import CHART, Engine
from tests.support.chart.strict import faults
from tests.support.chart.values import values_of

RULES = """groups:
  - name: trial
    rules:
      - alert: Trial
        expr: 'sum by (pod) (rate(flagsvc_http_requests_total{status=~"5.."}[5m])) > 0'
        for: 5m
        labels: { severity: warning }
        annotations:
          summary: '{{ $labels.pod }} answers {{ $value | humanize }} faults a second'
"""
DASHBOARD = '{"title": "trial", "panels": [{"legendFormat": "{{pod}}"}]}'


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    """Copy the chart, with rules and a dashboard of the test's own."""
    copy = tmp_path / "flagsvc"
    shutil.copytree(CHART, copy)
    (copy / "files" / "alerts.yaml").write_text(RULES)
    (copy / "files" / "dashboard.json").write_text(DASHBOARD)
    return copy


def parsed(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(text)


def test_rules_arrive_word_for_word(engine: Engine, chart: Path) -> None:
    rule = engine.render(values_of("monitored"), chart=str(chart)).one("PrometheusRule")

    assert rule["spec"] == parsed(RULES)
    assert list(faults(rule)) == []
    assert rule["metadata"]["labels"]["release"] == "monitoring"


def test_the_dashboard_arrives_word_for_word(engine: Engine, chart: Path) -> None:
    dashboard = engine.render(values_of("monitored"), chart=str(chart)).one("ConfigMap", "demo-flagsvc-dashboard")

    assert json.loads(dashboard["data"]["flagsvc.json"]) == json.loads(DASHBOARD)
    assert dashboard["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert dashboard["metadata"]["annotations"] == {"grafana_folder": "Flags"}
    assert list(faults(dashboard)) == []


@pytest.mark.parametrize("name", ["alerts.yaml", "dashboard.json"])
def test_notes_say_when_a_chart_lacks_what_is_enabled(engine: Engine, chart: Path, name: str) -> None:
    (chart / "files" / name).unlink()

    release = engine.render(values_of("monitored"), chart=str(chart))

    assert f"without files/{name}" in release.notes
    assert "WARNING" not in engine.render(values_of("defaults"), chart=str(chart)).notes


@pytest.mark.parametrize("path", sorted((CHART / "files").glob("*.y*ml")), ids=lambda path: path.name)
def test_the_rules_of_this_chart_are_rules(engine: Engine, path: Path) -> None:
    rule = engine.render(values_of("monitored")).one("PrometheusRule")

    assert rule["spec"] == parsed(path.read_text())
    assert list(faults(rule)) == []


def test_the_monitor_selects_the_service_and_its_port(engine: Engine) -> None:
    release = engine.render(values_of("monitored"))
    spec, service = release.one("ServiceMonitor")["spec"], release.one("Service")
    (endpoint,) = spec["endpoints"]

    assert spec["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    assert endpoint["port"] in {port["name"] for port in service["spec"]["ports"]}
    assert (endpoint["path"], endpoint["interval"]) == ("/metrics", "30s")
    assert spec["namespaceSelector"] == {"matchNames": [release.namespace]}


def test_metrics_of_their_own_port_are_scraped_there(engine: Engine) -> None:
    release = engine.render(values_of("metrics-apart"))
    (endpoint,) = release.one("ServiceMonitor")["spec"]["endpoints"]
    ports = {port["name"]: port["containerPort"] for port in release.server.spec["containers"][0]["ports"]}

    assert endpoint["port"] == "metrics"
    assert ports == {"http": 8080, "metrics": 9090}
    assert {port["name"]: port["targetPort"] for port in release.one("Service")["spec"]["ports"]} == {
        "http": "http", "metrics": "metrics"
    }  # fmt: skip


def test_nothing_of_an_operator_is_made_unasked(engine: Engine) -> None:
    """An object of a kind that the cluster does not have would fail the install."""
    assert {"ServiceMonitor", "PodMonitor", "PrometheusRule", "HTTPRoute"} & engine.render({}).kinds == set()
