"""Deployments over HTTP: every rollout as an event, newest first, with the figures of all that ended."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from flagsvc.domain.rollouts.state import Phase
from tests.http.rolled import begin, judged, put, seconds, state
from tests.http.service import PRODUCTION, Service, pointers, problem

DEPLOYMENTS = f"{PRODUCTION}/deployments"
DEPLOYED = {"version": "7.1", "commit": "4bf92f3", "deployer": "ci", "url": "https://ci.example/7"}


def ended(service: Service, key: str, phase: Phase, back_seconds: float = 20.0) -> None:
    """Bring a rollout to its end; one that goes back did so that long before."""
    judged(service, key, "unhealthy" if phase == "rolled-back" else "healthy")
    now, back = seconds(service), {}
    if phase == "rolled-back":
        back = {"back_since": now - back_seconds, "automatic": True, "cause": "errors"}
    put(service, key, replace(state(service, key), phase=phase, ended_at=now, **back))  # type: ignore[arg-type]


@pytest.fixture
def four(service: Service) -> Service:
    for key in ("one", "two", "three", "four"):
        begin(service, key, deployment=DEPLOYED)
    ended(service, "one", "succeeded")
    ended(service, "two", "rolled-back")
    ended(service, "three", "succeeded")
    return service


def test_every_rollout_is_an_event_newest_first(four: Service) -> None:
    items = four.ok("GET", DEPLOYMENTS)["items"]

    assert [(item["rollout"], item["status"]) for item in items] == [
        ("four", "scheduled"),
        ("three", "succeeded"),
        ("two", "rolled-back"),
        ("one", "succeeded"),
    ]
    assert {name: items[0][name] for name in DEPLOYED} == DEPLOYED


def test_an_event_tells_how_it_was_rolled_back_and_whom_it_hurt(four: Service) -> None:
    [two] = four.ok("GET", f"{DEPLOYMENTS}?status=rolled-back")["items"]

    assert (two["rollback"]["cause"], two["rollback"]["automatic"]) == ("errors", True)
    assert two["rollback"]["blastRadius"].startswith("In the windows that were judged, 20,000 requests saw it; ")
    assert "more failures than the baseline would have had (" in two["rollback"]["blastRadius"]


def test_the_summary_has_the_figures_of_all_that_ended_whatever_is_listed(four: Service) -> None:
    summary = four.ok("GET", f"{DEPLOYMENTS}?status=succeeded&limit=1")["summary"]

    assert (summary["succeeded"], summary["rolledBack"], summary["aborted"]) == (2, 1, 0)
    assert summary["changeFailureRate"] == 1 / 3
    assert summary["perDay"] == pytest.approx(3 / 30)
    assert summary["secondsToRestore"] == pytest.approx(20.0, abs=0.001)
    assert summary["secondsToDetect"] == pytest.approx(290.0, abs=5.0)


def test_pages_hold_although_something_new_begins_meanwhile(four: Service) -> None:
    first = four.ok("GET", f"{DEPLOYMENTS}?limit=2")
    begin(four, "five")
    second = four.ok("GET", DEPLOYMENTS, params={"limit": 2, "cursor": first["nextCursor"]})

    assert [item["rollout"] for item in first["items"]] == ["four", "three"]
    assert [item["rollout"] for item in second["items"]] == ["two", "one"]
    assert second["nextCursor"] is None


def test_what_ended_before_is_left_out_and_what_lives_is_not(four: Service) -> None:
    later = (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")

    answer = four.ok("GET", DEPLOYMENTS, params={"since": later})

    assert [item["rollout"] for item in answer["items"]] == ["four"]
    assert answer["summary"]["succeeded"] == 0


def test_without_any_there_are_no_figures(service: Service) -> None:
    answer = service.ok("GET", DEPLOYMENTS)

    assert answer["items"] == []
    assert (answer["summary"]["changeFailureRate"], answer["summary"]["secondsToRestore"]) == (None, None)


def test_a_strange_cursor_and_an_unknown_status_are_refused(service: Service) -> None:
    strange = service.request("GET", f"{DEPLOYMENTS}?cursor=strange")
    unknown = service.request("GET", f"{DEPLOYMENTS}?status=failed")

    assert pointers(problem(strange, 400, "malformed")) == ["query/cursor"]
    assert pointers(problem(unknown, 400, "malformed")) == ["query/status"]
    problem(service.request("GET", "/api/v1/environments/nowhere/deployments"), 404, "not-found")
