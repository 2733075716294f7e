"""With real programs: every query of the dashboard gives what it says, and a dead Redis is noticed."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.dashboard_panels import CHANGES, ROWS, Panel
from tests.monitoring.runbooks import lines
from tests.monitoring.watched import Watched, asked, begin_a_rollout, use_until, watched
from tests.support.timing import eventually

pytestmark = pytest.mark.servers

BIN = Path(sys.executable).parent
CHOSEN = {"$job": ".*", "$instance": ".*", "$environment": ".*", "$__rate_interval": "10s"}
EMPTY = {
    "Target and observed share": "the observed half: this router counts nothing",
    "Told and observed shares": "likewise",
    "Drift and reachability": "likewise, its third",
    "Outcomes": "nobody reports any",
    "Notices": "nobody is notified",
    "Failed calls": "no router fails",
    "At the present revision": "no client reports",
    "Reports of usage": "likewise",
    "Ended": "the rollout goes on",
}
"""Panels of which one query has no data here, and why."""
QUERIES = {
    "Target and observed share": {1},
    "Told and observed shares": {2},
    "Drift and reachability": {2},
}
"""Which one, counted from 0; all of the others."""


@pytest.fixture(scope="module")
def world() -> Iterator[Watched]:
    with watched() as started:
        begin_a_rollout(started.service)
        use_until(
            started, "rate(flagsvc_propagation_seconds_count[10s]) > 0 and rate(flagsvc_publish_seconds_count[10s]) > 0"
        )
        yield started


def filled(expression: str) -> str:
    for name, value in CHOSEN.items():
        expression = expression.replace(name, value)
    return expression


def test_every_query_is_answered_and_those_with_something_to_show_show_it(world: Watched) -> None:
    empty = {
        (panel.title, number)
        for row in ROWS
        for panel in row.panels
        for number, query in enumerate(panel.queries)
        if not asked(world.prometheus, filled(query.expression))
    }

    expected = {(panel.title, number) for row in ROWS for panel in row.panels for number in _without_data(panel)}
    assert empty == expected
    assert asked(world.prometheus, filled(CHANGES))


def _without_data(panel: Panel) -> set[int]:
    if panel.title not in EMPTY:
        return set()
    return QUERIES.get(panel.title, set(range(len(panel.queries))))


@pytest.mark.parametrize("query", sorted({line.text for line in lines("promql")}))
def test_a_query_of_the_runbooks_is_one_that_prometheus_takes(world: Watched, query: str) -> None:
    asked(world.prometheus, query)


def test_what_runbooks_check_and_wait_for_can_be_run_as_it_stands(world: Watched, tmp_path: Path) -> None:
    environment = {**os.environ, **world.for_people, "PATH": f"{BIN}:{os.environ['PATH']}", "HOME": str(tmp_path)}
    failed = {}

    for text in sorted({line.text for line in lines("sh", ("Check", "When it is over"))}):
        done = subprocess.run(
            ["/bin/sh", "-c", text], env=environment, check=False, capture_output=True, text=True, timeout=60
        )
        if done.returncode or "no-such-route" in done.stdout or "traceback" in done.stderr.lower():
            failed[text] = done.stdout + done.stderr

    assert failed == {}


def test_a_healthy_service_with_a_rollout_under_way_alarms_nobody(world: Watched) -> None:
    at_once = {"ServiceAbsent"}  # fires for the seconds before the first scrape, in this Prometheus of seconds

    firing = {str(row["metric"]) for row in world.prometheus.ask('ALERTS{alertstate="firing"}')}

    assert not [alert for alert in firing if not any(name in alert for name in at_once)]


def test_a_dead_redis_is_noticed_and_its_return_too(world: Watched) -> None:
    alarm = 'ALERTS{alertname="RedisDown", alertstate="firing"}'

    world.redis.kill()
    eventually(lambda: world.prometheus.ask(alarm), "an alert")
    world.redis.start()

    eventually(lambda: not world.prometheus.ask(alarm), "its end")
