"""History over HTTP: changes, differences, snapshots, reverts, evaluation as of a moment, and the audit trail."""

from datetime import UTC, datetime, timedelta

import pytest
from httpx2 import Response

from tests.http.service import API, CONFIGURATION, PRODUCTION, TO_THIRTY, Service, problem

WEIGHTS = f"{PRODUCTION}/splits/checkout/weights"


def _head(service: Service) -> int:
    revision: int = service.ok("GET", f"{PRODUCTION}/changes?limit=1")["items"][0]["revision"]
    return revision


def test_a_change_tells_who_why_and_what(service: Service) -> None:
    headers = {"X-Change-Reason": "launch", "X-Request-Id": "req-1"}

    written = service.ok("PATCH", CONFIGURATION, {"enabled": True}, headers=headers)

    change = service.ok("GET", f"{PRODUCTION}/changes/{written['revision']}")
    assert written["changeId"] == change["id"]
    assert change["reason"] == "launch"
    assert change["actor"]["name"] == "root"
    assert change["actor"]["requestId"] == "req-1"
    [edit] = change["edits"]
    assert (edit["kind"], edit["key"], edit["action"]) == ("flag", "new-checkout", "edit")
    assert (edit["before"]["enabled"], edit["after"]["enabled"]) == (False, True)
    [shown] = service.ok("GET", f"{PRODUCTION}/changes?limit=1")["items"]
    assert shown["edits"] == [{"kind": "flag", "key": "new-checkout", "action": "edit"}]


def test_the_history_of_one_document(service: Service) -> None:
    service.ok("PATCH", CONFIGURATION, {"enabled": True})
    service.ok("PATCH", f"{PRODUCTION}/segments/beta", {"name": "Beta"})

    items = service.ok("GET", f"{PRODUCTION}/changes?kind=flag&key=new-checkout")["items"]

    assert [item["after"]["enabled"] for item in items] == [True, False]


def test_a_diff_says_who_moves(service: Service) -> None:
    before = _head(service)
    after = service.ok("POST", WEIGHTS, {"weights": {"stable": 75_000, "canary": 25_000}})["revision"]

    [item] = service.ok("GET", f"{PRODUCTION}/diff?from={before}&to={after}")["items"]

    assert (item["kind"], item["key"]) == ("split", "checkout")
    assert item["moves"][0]["moves"] == [{"from": "stable", "to": "canary", "weight": 20_000}]
    assert item["patch"]


def test_a_revert_restores_the_stored_table(service: Service) -> None:
    path = f"{PRODUCTION}/splits/checkout"
    table = service.ok("GET", path)["default"]["split"]["allocation"]
    start = _head(service)
    for canary in (25_000, 50_000, 0):
        service.ok("POST", WEIGHTS, {"weights": {"stable": 100_000 - canary, "canary": canary}})

    service.ok("POST", f"{path}/revert", {"revision": start})

    assert service.ok("GET", path)["default"]["split"]["allocation"] == table


def test_an_environment_goes_back_as_one_change(service: Service) -> None:
    start = _head(service)
    snapshot = service.ok("GET", f"{PRODUCTION}/snapshot")["documents"]
    service.ok("PATCH", CONFIGURATION, {"enabled": True, "default": TO_THIRTY})
    service.ok("POST", f"{PRODUCTION}/segments", {"key": "gamma"})

    written = service.ok("POST", f"{PRODUCTION}/revert", {"revision": start})

    assert written["revision"] == start + 3
    assert service.ok("GET", f"{PRODUCTION}/snapshot")["documents"] == snapshot


def test_any_moment_can_be_read_again(service: Service) -> None:
    start = _head(service)
    at = service.ok("GET", f"{PRODUCTION}/changes/{start}")["at"]
    then = service.ok("GET", f"{PRODUCTION}/snapshot")
    service.ok("PATCH", CONFIGURATION, {"enabled": True})

    assert service.ok("GET", f"{PRODUCTION}/snapshot?revision={start}") == then
    assert service.ok("GET", f"{PRODUCTION}/snapshot?at={at}") == then
    assert service.request("GET", f"{PRODUCTION}/snapshot?at={at}&revision=1").status_code == 400


@pytest.mark.parametrize("ask", ["snapshot", "evaluate"])
def test_a_time_to_come_is_refused_and_a_clock_that_is_ahead_is_not(service: Service, ask: str) -> None:
    def asked(ahead: timedelta) -> Response:
        at = (datetime.now(UTC) + ahead).isoformat().replace("+00:00", "Z")
        if ask == "snapshot":
            return service.request("GET", f"{PRODUCTION}/snapshot?at={at}")
        return service.request("POST", f"{PRODUCTION}/evaluate", {"split": "checkout", "context": {}, "at": at})

    later = asked(timedelta(hours=1))

    assert (later.status_code, later.json()["code"]) == (400, "malformed")
    assert "is in the future" in later.text
    assert asked(timedelta(seconds=20)).status_code == 200


def test_evaluation_explains_itself_now_and_then(service: Service) -> None:
    start = _head(service)
    service.ok("PATCH", CONFIGURATION, {"enabled": True, "rules": [{"when": {"segment": "beta"}, "serve": "on"}]})
    question = {"flag": "new-checkout", "context": {"targetingKey": "user-1"}}

    now = service.ok("POST", f"{PRODUCTION}/evaluate", {**question, "explain": True})
    then = service.ok("POST", f"{PRODUCTION}/evaluate", {**question, "revision": start})

    assert now["decision"]["reason"] == "TARGETING_MATCH"
    assert now["trace"]
    assert then["decision"]["reason"] == "DISABLED"
    assert "trace" not in then


def test_a_cohort_is_evaluated_like_a_flag(service: Service) -> None:
    question = {"split": "checkout", "context": {"targetingKey": "user-1"}}

    assert service.ok("POST", f"{PRODUCTION}/evaluate", question)["decision"]["value"] in ("stable", "canary")


def test_a_question_names_one_thing(service: Service) -> None:
    for body in ({}, {"flag": "new-checkout", "split": "checkout"}):
        problem(service.request("POST", f"{PRODUCTION}/evaluate", json=body), 422, "invalid")


def test_the_audit_trail_lists_filters_and_verifies(service: Service) -> None:
    service.ok("PATCH", CONFIGURATION, {"enabled": True})
    service.ok("PATCH", f"{API}/environments/staging/flags/theme", {"enabled": True})

    everywhere = service.ok("GET", f"{API}/audit?actor=root")["items"]
    staging = service.ok("GET", f"{API}/audit?environment=staging&actor=root")["items"]
    future = service.ok("GET", f"{API}/audit?since=2999-01-01T00:00:00%2B01:00")["items"]

    assert [item["environment"] for item in everywhere] == ["staging", "production"]
    assert [item["environment"] for item in staging] == ["staging"]
    assert future == []
    assert service.ok("GET", f"{API}/audit/verify")["ok"] is True


def test_a_forged_document_is_found(service: Service) -> None:
    with service.store.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER IF EXISTS document_revisions_update")
        changed = connection.exec_driver_sql("UPDATE documents SET text = '{}' WHERE kind = 'segment'")

    assert changed.rowcount == 1
    assert service.ok("GET", f"{API}/audit/verify")["ok"] is False


def test_what_belongs_to_all_environments_has_a_change_to_read_for_whoever_reaches_all(service: Service) -> None:
    written = service.ok("PATCH", f"{API}/flags/new-checkout", {"name": "Checkout, anew"})
    revision = int(written["changeId"].split(":")[1])
    bound = service.ok("POST", f"{API}/tokens", {"name": "one", "kind": "admin", "environment": "production"})
    path = f"{API}/environments/_catalog/changes/{revision}"

    [edit] = service.ok("GET", path)["edits"]
    token = service.ok("GET", f"{API}/environments/_catalog/changes/{bound['changeId'].split(':')[1]}")["edits"]

    assert (edit["kind"], edit["after"]["name"]) == ("flag", "Checkout, anew")
    assert [(each["kind"], each["before"], each["after"]) for each in token] == [("token", None, None)]
    problem(service.request("GET", path, token=bound["document"]["token"]), 403, "forbidden")
    problem(service.request("GET", f"{API}/environments/_catalog/flags"), 400, "malformed")
