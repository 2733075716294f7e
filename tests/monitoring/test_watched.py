"""With real programs: every query of the dashboard gives what it says, and a dead Redis is noticed."""

import os
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flagsvc import cli
from flagsvc.ctl.main import application
from scripts.dashboard_panels import CHANGES, ROWS, Panel
from tests.monitoring.runbooks import lines
from tests.monitoring.watched import Watched, asked, begin_a_rollout, use, use_until, watched
from tests.support.timing import eventually

pytestmark = pytest.mark.servers

PROGRAMS = {"flagctl": application(), "flagsvc": cli.app}
RECENT = (
    "rate(flagsvc_propagation_seconds_count[30s]) > 0"
    " and on () rate(flagsvc_publish_seconds_count[30s]) > 0"
    " and on () changes(flagsvc_snapshot_revision[1m]) > 0"
)
"""What shows that something was done just now."""
CHOSEN = {"$job": ".*", "$instance": ".*", "$environment": ".*", "$__rate_interval": "30s"}
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
TRIES = 20
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
        yield started


def filled(expression: str) -> str:
    for name, value in CHOSEN.items():
        expression = expression.replace(name, value)
    return expression


def test_every_query_is_answered_and_those_with_something_to_show_show_it(world: Watched) -> None:
    use_until(world, RECENT)

    expected = {(panel.title, number) for row in ROWS for panel in row.panels for number in _without_data(panel)}
    for turn in range(TRIES):  # a rate needs two scrapes of what it is of
        empty = _empty_after_use(world, turn)
        if empty == expected:
            break

    assert empty == expected
    assert asked(world.prometheus, filled(CHANGES))


def _empty_after_use(world: Watched, turn: int) -> set[tuple[str, int]]:
    """Use it once more, and give the queries that show nothing."""
    use(world.service, turn)
    return {
        (panel.title, number)
        for row in ROWS
        for panel in row.panels
        for number, query in enumerate(panel.queries)
        if not asked(world.prometheus, filled(query.expression))
    }


def _without_data(panel: Panel) -> set[int]:
    if panel.title not in EMPTY:
        return set()
    return QUERIES.get(panel.title, set(range(len(panel.queries))))


@pytest.mark.parametrize("query", sorted({line.text for line in lines("promql")}))
def test_a_query_of_the_runbooks_is_one_that_prometheus_takes(world: Watched, query: str) -> None:
    asked(world.prometheus, query)


def test_what_runbooks_check_and_wait_for_can_be_run_as_it_stands(
    world: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {**world.for_people, "HOME": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)

    said = {text: _run(text) for text in sorted({line.text for line in lines("sh", ("Check", "When it is over"))})}

    assert {text: words for text, (code, words) in said.items() if code or "no-such-route" in words} == {}


def _run(text: str) -> tuple[int, str]:
    """Run a line; our own programs in this process, which takes a tenth of the time."""
    program, *arguments = shlex.split(os.path.expandvars(text))
    if program in PROGRAMS:
        result = CliRunner().invoke(PROGRAMS[program], arguments)
        return result.exit_code, result.output
    done = subprocess.run(["/bin/sh", "-c", text], check=False, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


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
