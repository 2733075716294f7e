"""The list of all rollouts over HTTP: order, filters, pages, and who has to be looked at."""

from dataclasses import replace
from typing import Any

import pytest

from flagsvc.domain.rollouts.state import GateState
from flagsvc.http.schemas.rollout_lines import RolloutLinePage
from tests.http.rolled import ANALYSIS_ONLY, begin, judged, put, seconds, state
from tests.http.service import API, PRODUCTION, Service, problem

STAGING = f"{API}/environments/staging"
LINES = f"{API}/rollouts"


def _keys(service: Service, query: str = "") -> list[tuple[str, str]]:
    return [(item["environment"], item["key"]) for item in service.ok("GET", f"{LINES}{query}")["items"]]


def _line(service: Service, key: str) -> dict[str, Any]:
    found: dict[str, Any] = next(item for item in service.ok("GET", LINES)["items"] if item["key"] == key)
    return found


@pytest.fixture
def three(service: Service) -> Service:
    begin(service, "one", deployment={"version": "2.4.0"})
    service.ok("POST", f"{STAGING}/rollouts", {"key": "two", "plan": ANALYSIS_ONLY})
    begin(service, "three")
    put(service, "one", replace(state(service, "one"), phase="succeeded", ended_at=seconds(service)))
    return service


def test_it_has_the_shape_that_is_described(three: Service) -> None:
    judged(three, "three", "unhealthy")

    page = RolloutLinePage.model_validate(three.ok("GET", LINES))

    assert all(not item.model_extra for item in page.items)
    assert all(not item.deployment.model_extra for item in page.items)


def test_the_newest_comes_first_whatever_its_environment(three: Service) -> None:
    assert _keys(three) == [("production", "three"), ("staging", "two"), ("production", "one")]


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ("?state=active", ["three", "two"]),
        ("?state=ended", ["one"]),
        ("?environment=production", ["three", "one"]),
        ("?environment=production&state=active", ["three"]),
    ],
)
def test_it_is_narrowed_by_state_and_environment(three: Service, query: str, keys: list[str]) -> None:
    assert [key for _, key in _keys(three, query)] == keys


def test_pages_follow_one_another_without_a_gap(three: Service) -> None:
    first = three.ok("GET", f"{LINES}?limit=2")
    second = three.ok("GET", f"{LINES}?limit=2&cursor={first['nextCursor']}")

    assert [item["key"] for item in first["items"] + second["items"]] == ["three", "two", "one"]
    assert second["nextCursor"] is None


def test_a_line_says_where_a_rollout_stands(three: Service) -> None:
    judged(three, "three", "healthy")

    one, third = _line(three, "one"), _line(three, "three")

    assert (one["phase"], one["attention"], one["attentionReason"]) == ("succeeded", False, None)
    assert (one["deployment"]["version"], one["endedAt"] is None) == ("2.4.0", False)
    assert (third["step"], third["steps"], third["strategy"]) == (1, 1, "canary")
    assert (third["verdict"]["kind"], third["attention"]) == ("healthy", False)
    assert "abort" in third["commands"]


def test_whoever_paused_it_is_told_apart(three: Service) -> None:
    judged(three, "three", "healthy")
    three.ok("POST", f"{PRODUCTION}/rollouts/three/pause", {"reason": "lunch"})
    by_hand = _line(three, "three")
    begin(three, "four")
    put(three, "four", replace(state(three, "four"), phase="paused", cause="the router failed"))

    by_fault = _line(three, "four")

    assert (by_hand["phase"], by_hand["attention"]) == ("paused", False)
    assert (by_fault["attention"], by_fault["attentionReason"]) == (True, "Paused: the router failed.")


def test_a_pause_by_hand_stays_one_while_more_happens(three: Service) -> None:
    judged(three, "three", "healthy")
    three.ok("POST", f"{PRODUCTION}/rollouts/three/pause")
    put(three, "three", replace(state(three, "three"), lag_seconds=1.0))

    assert _line(three, "three")["attention"] is False


def test_an_unhealthy_candidate_is_pointed_out(three: Service) -> None:
    judged(three, "three", "unhealthy")

    assert _line(three, "three")["attentionReason"].startswith("The candidate is unhealthy: ")


def test_open_gates_are_named(service: Service) -> None:
    gated = {**ANALYSIS_ONLY, "before": [{"name": "ops", "kind": "approval", "title": "Ops agrees"}]}
    begin(service, "gated", plan=gated)
    waiting = state(service, "gated")
    put(service, "gated", replace(waiting, phase="preparing", gates={"ops": GateState()}))

    line = _line(service, "gated")

    assert line["waitingFor"] == [{"name": "ops", "kind": "approval", "title": "Ops agrees"}]
    assert line["attentionReason"] == "Waits for somebody: “Ops agrees”."


def test_what_a_newer_version_began_needs_a_look(three: Service) -> None:
    with three.store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE rollouts SET text = '{\"format\": 99}' WHERE key = 'three'")

    line = _line(three, "three")

    assert (line["attention"], line["targets"], line["commands"]) == (True, [], [])
    assert "newer version" in line["attentionReason"]


def test_an_environment_that_is_not_there_is_not_found(service: Service) -> None:
    problem(service.request("GET", f"{LINES}?environment=nowhere"), 404, "not-found")


def test_an_archived_environment_is_gone_with_its_rollouts(three: Service) -> None:
    three.ok("POST", f"{STAGING}/rollouts/two/abort")
    three.ok("POST", f"{STAGING}/archive")

    assert [key for _, key in _keys(three)] == ["three", "one"]
