"""Rollouts over HTTP as somebody careless or hostile asks for them: a problem each time, and nothing stored."""

import json
from typing import Any

import pytest

from tests.http.rolled import ANALYSIS_ONLY, begin
from tests.http.service import PRODUCTION, Service, pointers, problem

ROLLOUTS = f"{PRODUCTION}/rollouts"
TARGET = {"name": "edge", "kind": "split", "key": "checkout", "candidate": "canary", "baseline": "stable"}
PLAN = {"strategy": "canary", "targets": [TARGET], "steps": [{"weights": {"edge": 50_000}, "hold": "1h"}]}
STEPS: list[Any] = [{"name": f"step {number}", "weights": {"edge": 1000 * number}} for number in range(1, 101)]
HUGE = {**PLAN, "steps": STEPS}

BAD_TIMES: list[Any] = [
    "tomorrow",
    "2026-12-01",
    "2026-12-01T08:00:00",
    "2026-12-01 08:00",
    "2026-13-01T08:00:00Z",
    "2026-12-01T25:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "",
]


@pytest.mark.parametrize("start_at", BAD_TIMES, ids=repr)
def test_a_start_at_no_time_is_a_problem(service: Service, start_at: Any) -> None:
    with service.untouched():
        answer = service.request("POST", ROLLOUTS, json={"plan": PLAN, "startAt": start_at})

    assert pointers(problem(answer, 422, "invalid")) == ["/startAt"]


@pytest.mark.parametrize(
    ("start_at", "shown"),
    [
        ("2999-06-01T08:00:00+02:00", "2999-06-01T06:00:00.000000Z"),
        ("2999-12-31T23:30:00-11:45", "3000-01-01T11:15:00.000000Z"),
        ("2999-06-01T08:00:00+14:00", "2999-05-31T18:00:00.000000Z"),
    ],
)
def test_a_start_is_the_same_moment_in_every_zone(service: Service, start_at: str, shown: str) -> None:
    made = service.ok("POST", ROLLOUTS, {"key": "later", "plan": PLAN, "startAt": start_at})

    assert made["document"]["status"]["startAt"] == shown


BODIES: list[Any] = [
    None,
    [],
    "plan",
    {},
    {"plan": None},
    {"plan": []},
    {"plan": {}},
    {"plan": PLAN, "planKey": "x"},
    {"planKey": 7},
    {"planKey": "a\0b"},
    {"planKey": "no-such"},
    {"plan": {**PLAN, "format": 2}},
    {"plan": {**PLAN, "format": "1"}},
    {"plan": {**PLAN, "steps": [{"weights": {"edge": 1e400}}]}},
    {"plan": {**PLAN, "steps": [{"weights": {"edge": -1}}]}},
    {"plan": {**PLAN, "steps": [{"weights": {"edge": True}}]}},
    {"plan": {**PLAN, "steps": STEPS + STEPS}},
    {"plan": PLAN, "deployment": 7},
    {"plan": PLAN, "deployment": {"version": 7}},
    {"plan": PLAN, "deployment": {"status": "succeeded"}},
    {"plan": PLAN, "key": "a/b"},
    {"plan": PLAN, "key": 7},
    {"plan": PLAN, "override": "please"},
    {"plan": PLAN, "override": {}},
    {"plan": PLAN, "override": {"reason": ""}},
    {"plan": PLAN, "status": {}},
    *({"plan": PLAN, "startAt": each} for each in (7, True, {"at": 1})),
    {"plan": {**PLAN, "targets": [{**TARGET, "key": "\ud800"}]}},
]


@pytest.mark.parametrize("body", BODIES, ids=lambda body: repr(body)[:60])
def test_a_body_that_is_no_rollout_is_a_problem_and_changes_nothing(service: Service, body: Any) -> None:
    with service.untouched():
        headers = {"Content-Type": "application/json"}
        answer = service.request("POST", ROLLOUTS, content=json.dumps(body), headers=headers)

    assert 400 <= answer.status_code < 500, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("body", [[], "because", 7, {"reason": 7}, {"why": "x"}, {"override": 7}], ids=repr)
@pytest.mark.parametrize("order", ["pause", "gates/ask/pass"])
def test_a_command_with_a_body_that_says_nothing_is_a_problem(service: Service, order: str, body: Any) -> None:
    begin(service, "one")

    with service.untouched():
        answer = service.request("POST", f"{ROLLOUTS}/one/{order}", json=body)

    assert answer.status_code in {400, 422}, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("order", ["start", "abort"])
def test_a_dry_run_of_a_command_shows_what_would_be_and_stores_nothing(service: Service, order: str) -> None:
    begin(service, "one", startAt="2999-01-01T00:00:00Z")

    with service.untouched():
        shown = service.ok("POST", f"{ROLLOUTS}/one/{order}?dryRun=true", {"reason": "to see"})

    expected = {"start": "preparing", "abort": "aborted"}[order]
    assert (shown["dryRun"], shown["document"]["status"]["phase"]) == (True, expected)


def test_a_dry_run_of_a_beginning_stores_nothing_and_tells_nobody(service: Service) -> None:
    with service.untouched():
        shown = service.ok("POST", f"{ROLLOUTS}?dryRun=true", {"plan": HUGE})

    assert len(shown["document"]["status"]["steps"]) == 100


def test_a_command_under_one_idempotency_key_is_done_once(service: Service) -> None:
    begin(service, "one", startAt="2999-01-01T00:00:00Z")
    headers = {"Idempotency-Key": "k-1"}

    first = service.request("POST", f"{ROLLOUTS}/one/start", json={"reason": "now"}, headers=headers)
    log = service.ok("GET", f"{ROLLOUTS}/one/log")["items"]
    again = service.request("POST", f"{ROLLOUTS}/one/start", json={"reason": "now"}, headers=headers)
    other = service.request("POST", f"{ROLLOUTS}/one/abort", json={"reason": "now"}, headers=headers)

    assert first.json()["document"] == again.json()["document"]
    assert service.ok("GET", f"{ROLLOUTS}/one/log")["items"] == log
    assert other.status_code == 422


@pytest.mark.parametrize("environment", ["production", "staging"])
@pytest.mark.parametrize("kind", ["sdk", "evaluation"])
def test_a_token_that_only_reads_commands_nothing(service: Service, kind: str, environment: str) -> None:
    begin(service, "one", startAt="2999-01-01T00:00:00Z")
    token = service.token(kind, environment)

    with service.untouched():
        answer = service.request("POST", f"{ROLLOUTS}/one/start", json={}, token=token)

    assert answer.status_code == 403


def test_where_reasons_are_required_a_command_without_one_is_refused(service: Service) -> None:
    begin(service, "one", startAt="2999-01-01T00:00:00Z")
    path = "/api/v1/environments/production"
    version = service.request("GET", path).headers["ETag"]
    service.ok("PATCH", path, {"requireReason": True}, headers={"If-Match": version, "X-Change-Reason": "policy"})

    with service.untouched():
        refused = service.request("POST", f"{ROLLOUTS}/one/start", json={})
    service.ok("POST", f"{ROLLOUTS}/one/start", {"reason": "it is time"})

    assert refused.status_code in {400, 422}


def test_what_may_be_asked_is_what_would_be_done(service: Service) -> None:
    plan = {**ANALYSIS_ONLY, "analysis": None}
    service.ok("POST", ROLLOUTS, {"key": "one", "plan": plan, "startAt": "2999-01-01T00:00:00Z"})
    service.ok("POST", f"{ROLLOUTS}/one/start")
    paused = service.ok("POST", f"{ROLLOUTS}/one/pause")["document"]["status"]["commands"]

    answers = {
        order: service.request("POST", f"{ROLLOUTS}/one/{order}?dryRun=true", json={}).status_code
        for order in ("resume", "retry", "promote", "promote-full", "abort", "roll-back")
    }

    assert {order for order, status in answers.items() if status == 200} == set(paused)
