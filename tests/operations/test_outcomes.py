"""Outcomes over HTTP, in one process: reported beside usage, posted by load balancers, counted on /metrics."""

import json
from typing import Any

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from flagsdk.core.durations import place_of
from flagsdk.wire.outcomes import OutcomeRow
from flagsdk.wire.usage import report_json
from flagsvc.app import Service
from flagsvc.domain.errors import Invalid, Unavailable
from flagsvc.domain.outcomes import Counts
from flagsvc.domain.usage import Subject
from flagsvc.http.traffic_outcomes import MAX_BYTES, MAX_DURATIONS, MAX_ROWS, post_of
from flagsvc.usecases import outcomes
from tests.operations.conftest import ADMIN, EVALUATION
from tests.operations.test_usage import report, sdk_token, send
from tests.support.timing import eventually

SPLIT = "checkout"
PATH = f"/traffic/v1/production/{SPLIT}/outcomes"


def body(sequence: float = 1, **members: Any) -> dict[str, Any]:
    rows = [{"cohort": "canary", "events": 10, "bad": 1, "seconds": [[0.02, 7], [0.5, 3]]}]
    return {"id": "edge-1", "sequence": sequence, "outcomes": rows} | members


def post(client: TestClient, told: Any, token: str | None = "", path: str = PATH) -> Response:
    """Post with a token, by default an SDK token of the environment; None: without any."""
    headers = {"Authorization": f"Bearer {token or sdk_token(client)}"} if token is not None else {}
    return client.post(path, json=told, headers=headers)


def kept(service: Service, metric: str = "errors", kind: str = "split", key: str = SPLIT) -> dict[str, Counts]:
    with service.store.reading() as view:
        return dict(view.outcome_counts(Subject("production", kind, key), metric, ["canary", "stable", "on"], 0, 2**40))


def test_a_post_is_stored_when_it_is_answered_and_once(client: TestClient, service: Service) -> None:
    answers = [post(client, body(number)) for number in (1, 1, 2)]

    assert [(answer.status_code, answer.json()) for answer in answers] == [
        (200, {"taken": True}), (200, {"taken": False}), (200, {"taken": True}),
    ]  # fmt: skip
    assert kept(service) == {"canary": Counts(20, 2)}
    assert kept(service, "latency") == {"canary": Counts(20, 0, {place_of(0.02): 14, place_of(0.5): 6})}
    text = client.get("/metrics").text
    assert 'flagsvc_outcomes_total{environment="production",kind="split"} 40.0' in text


def test_who_may_only_evaluate_and_may_be_a_browser_steers_no_rollout(client: TestClient, service: Service) -> None:
    answer = post(client, body(), EVALUATION)

    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert kept(service) == {}


def test_others_may_not(client: TestClient) -> None:
    for token, status in ((None, 401), ("nobody", 401), (ADMIN, 403)):
        answer = post(client, body(), token)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


def test_a_token_of_another_environment_may_not(client: TestClient) -> None:
    client.post("/api/v1/environments", json={"key": "staging"}, headers={"Authorization": f"Bearer {ADMIN}"})

    assert post(client, body(), sdk_token(client, "staging")).status_code == 403


def test_a_split_that_does_not_exist_is_not_found(client: TestClient) -> None:
    answer = post(client, body(), path="/traffic/v1/production/nothing/outcomes")

    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


WRONG: list[tuple[Any, list[str]]] = [
    ([], [""]),
    ({}, ["/id", "/sequence", "/outcomes"]),
    (body(id=""), ["/id"]),
    (body(id="x" * 101), ["/id"]),
    (body(sequence=0), ["/sequence"]),
    (body(sequence=True), ["/sequence"]),
    (body(sequence=1.0), ["/sequence"]),
    (body(ageSeconds=-1), ["/ageSeconds"]),
    (body(ageSeconds=601), ["/ageSeconds"]),
    (body(extra=1), ["/extra"]),
    (body(outcomes={}), ["/outcomes"]),
    (body(outcomes=[{"cohort": "stable", "events": 0}] * (MAX_ROWS + 1)), ["/outcomes"]),
    (body(outcomes=[1]), ["/outcomes/0"]),
    (body(outcomes=[{"cohort": "nobody", "events": 1}]), ["/outcomes/0/cohort"]),
    (body(outcomes=[{"cohort": ["stable"], "events": 1}]), ["/outcomes/0/cohort"]),
    (body(outcomes=[{"cohort": "stable"}]), ["/outcomes/0/events"]),
    (body(outcomes=[{"cohort": "stable", "events": -1}]), ["/outcomes/0/events"]),
    (body(outcomes=[{"cohort": "stable", "events": 1, "bad": 2}]), ["/outcomes/0/bad"]),
    (body(outcomes=[{"cohort": "stable", "events": 1, "bed": 1}]), ["/outcomes/0/bed"]),
    (body(outcomes=[{"cohort": "stable", "events": 1, "seconds": [[0.1, 2]]}]), ["/outcomes/0/seconds"]),
    (body(outcomes=[{"cohort": "stable", "events": 1, "seconds": [[-0.1, 1]]}]), ["/outcomes/0/seconds/0"]),
    (body(outcomes=[{"cohort": "stable", "events": 1, "seconds": [0.1]}]), ["/outcomes/0/seconds/0"]),
    (
        body(outcomes=[{"cohort": "stable", "events": 0, "seconds": [[0.1, 0]] * (MAX_DURATIONS + 1)}]),
        ["/outcomes/0/seconds"],
    ),
]


@pytest.mark.parametrize(("told", "pointers"), WRONG)
def test_what_cannot_be_counted_is_refused_with_every_place(told: Any, pointers: list[str]) -> None:
    with pytest.raises(Invalid) as refused:
        post_of("production", SPLIT, told, ("canary", "stable"))

    assert [fault.pointer for fault in refused.value.faults] == pointers


def test_a_refusal_is_a_problem_and_stores_nothing(client: TestClient, service: Service) -> None:
    answer = post(client, body(id="", sequence=0))

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert [fault["pointer"] for fault in answer.json()["errors"]] == ["/id", "/sequence"]
    assert kept(service) == {}


def test_what_cannot_be_read_is_refused(client: TestClient) -> None:
    for content, kind, status in (
        (b"{", "application/json", 400),
        (b"{}", "text/plain", 415),
        (b"1" * (MAX_BYTES + 1), "application/json", 413),
    ):
        headers = {"Authorization": f"Bearer {sdk_token(client)}", "Content-Type": kind}
        assert client.post(PATH, content=content, headers=headers).status_code == status


def test_other_methods_at_that_address_get_a_cohort_as_everywhere_below_it(client: TestClient) -> None:
    answer = client.get(PATH)

    assert (answer.status_code, answer.headers["x-cohort"]) == (200, "stable")


def test_the_original_path_of_a_decision_may_end_in_that_word(client: TestClient) -> None:
    answer = client.post(f"/traffic/v1/production/{SPLIT}/decide/outcomes")

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["x-cohort"] in ("stable", "canary")


def test_a_sender_too_many_is_told(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outcomes, "MAX_SENDERS", 1)
    post(client, body())

    answer = post(client, body(id="edge-2"))

    assert (answer.status_code, answer.json()["code"]) == (429, "too-many-senders")


def test_a_database_that_is_away_is_said_and_the_post_can_be_repeated(
    client: TestClient, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*arguments: Any, **named: Any) -> None:
        raise Unavailable("the database does not answer")

    token = sdk_token(client)
    with monkeypatch.context() as patched:
        patched.setattr(service.store, "run", away)
        answer = post(client, body(), token)
    again = post(client, body(), token)

    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert "retry-after" in answer.headers
    assert again.json() == {"taken": True}


def test_outcomes_come_beside_usage_and_count_once(client: TestClient, service: Service) -> None:
    row = OutcomeRow("flag", "new-checkout", "on", "errors", events=10, bad=3)
    told, token = (
        report_json(report(outcomes=(row, row._replace(key="nothing")), outcomes_dropped=2)),
        sdk_token(client),
    )
    for _ in range(3):
        assert send(client, token, told).status_code == 202

    eventually(lambda: kept(service, kind="flag", key="new-checkout") == {"on": Counts(10, 3)})
    eventually(lambda: 'flagsvc_usage_reports_total{outcome="repeated"} 2.0' in client.get("/metrics").text)

    text = client.get("/metrics").text
    assert 'flagsvc_outcomes_total{environment="production",kind="flag"} 10.0' in text
    assert 'flagsvc_outcomes_dropped_total{environment="production",reason="unknown"} 10.0' in text
    assert 'flagsvc_outcomes_dropped_total{environment="production",reason="client"} 2.0' in text


def test_a_row_that_cannot_be_is_refused_with_the_whole_report(client: TestClient) -> None:
    members = json.loads(report_json(report(outcomes=(OutcomeRow("flag", "a", "on", "errors", events=1, bad=1),))))
    members["outcomes"][0]["bad"] = 2

    assert send(client, sdk_token(client), json.dumps(members).encode()).status_code == 400
