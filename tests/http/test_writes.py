"""What every write has in common: dry runs, versions, reasons, idempotency, minimal answers."""

import sqlite3
import threading
import time
from contextlib import closing
from typing import Any

import pytest

from tests.http.service import API, CONFIGURATION, PRODUCTION, TO_THIRTY, Service, problem

CHANGE = {"enabled": True, "default": TO_THIRTY}
WRITES: list[tuple[str, str, Any]] = [
    ("POST", f"{API}/environments", {"key": "fresh"}),
    ("PATCH", PRODUCTION, {"name": "Production"}),
    ("POST", f"{API}/environments/staging/archive", None),
    ("POST", f"{API}/flags", {"key": "fresh", "type": "boolean", "variants": {"on": True, "off": False}}),
    ("PATCH", f"{API}/flags/theme", {"name": "Theme"}),
    ("POST", f"{API}/flags/theme/archive", None),
    ("PATCH", CONFIGURATION, CHANGE),
    ("POST", f"{CONFIGURATION}/weights", {"weights": {"on": 10_000, "off": 90_000}}),
    ("POST", f"{PRODUCTION}/segments", {"key": "fresh"}),
    ("POST", f"{PRODUCTION}/segments/beta/archive", None),
    ("POST", f"{PRODUCTION}/splits/checkout/weights", {"weights": {"stable": 50_000, "canary": 50_000}}),
    ("POST", f"{PRODUCTION}/splits/checkout/archive", None),
    ("POST", f"{PRODUCTION}/bindings", {"key": "fresh", "split": "checkout", "routers": ["edge-2"]}),
    ("PATCH", f"{PRODUCTION}/bindings/edge", {"drift": "pause"}),
    ("POST", f"{PRODUCTION}/bindings/edge/archive", None),
    ("POST", f"{API}/environments/staging/copy", {"from": "production", "segments": ["beta"]}),
    ("POST", f"{PRODUCTION}/revert", {"revision": 2}),
    ("POST", f"{API}/tokens", {"kind": "sdk", "environment": "production", "name": "app"}),
]
IDS = [f"{method} {path}" for method, path, _ in WRITES]


@pytest.mark.parametrize(("method", "path", "body"), WRITES, ids=IDS)
def test_a_dry_run_answers_and_stores_nothing(service: Service, method: str, path: str, body: Any) -> None:
    with service.untouched():
        answer = service.request(method, f"{path}?dryRun=true", **({"json": body} if body else {}))

    assert answer.status_code == 200, answer.text
    assert answer.json()["dryRun"] is True
    assert "ETag" not in answer.headers
    assert "Location" not in answer.headers


def test_a_dry_run_says_who_would_move(service: Service) -> None:
    weights = {"weights": {"stable": 75_000, "canary": 25_000}}
    path = f"{PRODUCTION}/splits/checkout/weights"

    dry = service.ok("POST", f"{path}?dryRun=true", weights)
    real = service.ok("POST", path, weights)

    assert dry["moves"] == real["moves"] != []


@pytest.mark.parametrize(("method", "path", "body"), WRITES, ids=IDS)
def test_minimal_answers_have_no_body(service: Service, method: str, path: str, body: Any) -> None:
    answer = service.request(method, path, headers={"Prefer": "return=minimal"}, **({"json": body} if body else {}))

    assert (answer.status_code, answer.content) == (204, b""), answer.text
    assert answer.headers["Preference-Applied"] == "return=minimal"


def test_a_stale_version_tells_the_current_one_and_its_author(service: Service) -> None:
    old = service.request("GET", CONFIGURATION).headers["ETag"]
    new = service.request("PATCH", CONFIGURATION, json=CHANGE, headers={"If-Match": old}).headers["ETag"]

    with service.untouched():
        answer = service.request("PATCH", CONFIGURATION, json={"enabled": False}, headers={"If-Match": old})

    members = problem(answer, 412, "stale-version")
    assert answer.headers["ETag"] == new == f'"{members["currentVersion"]}"'
    assert members["author"] == "root"


def test_a_protected_environment_demands_a_version(service: Service) -> None:
    service.ok("PATCH", PRODUCTION, {"protected": True})
    tag = service.request("GET", CONFIGURATION).headers["ETag"]

    with service.untouched():
        for headers in ({}, {"If-Match": "*"}):
            problem(service.request("PATCH", CONFIGURATION, json=CHANGE, headers=headers), 428, "precondition-required")

    assert service.request("PATCH", CONFIGURATION, json=CHANGE, headers={"If-Match": tag}).status_code == 200


def test_a_reason_is_demanded_where_the_policy_says_and_kept(service: Service) -> None:
    service.ok("PATCH", PRODUCTION, {"requireReason": True})

    with service.untouched():
        problem(service.request("PATCH", CONFIGURATION, json=CHANGE), 422, "reason-required")
    service.ok("PATCH", CONFIGURATION, CHANGE, headers={"X-Change-Reason": "UTF-8''caf%C3%A9%20launch"})
    service.ok("PATCH", CONFIGURATION, {"enabled": False}, headers={"X-Change-Reason": "café closes".encode()})

    reasons = [change["reason"] for change in service.ok("GET", f"{PRODUCTION}/changes?limit=2")["items"]]
    assert reasons == ["café closes", "café launch"]


def test_a_repeated_request_is_done_once_and_answered_alike(service: Service) -> None:
    headers = {"Idempotency-Key": "key-1"}
    body = {"key": "fresh"}
    first = service.request("POST", f"{PRODUCTION}/segments", json=body, headers=headers)

    with service.untouched():
        second = service.request("POST", f"{PRODUCTION}/segments", json=body, headers=headers)

    assert (second.status_code, second.json()) == (first.status_code, first.json())
    assert second.headers["ETag"] == first.headers["ETag"]
    assert second.headers["Location"] == first.headers["Location"]
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (f"{PRODUCTION}/segments", {"key": "other"}),
        (f"{API}/environments/staging/segments", {"key": "fresh"}),
    ],
)
def test_a_key_belongs_to_one_request(service: Service, path: str, body: Any) -> None:
    headers = {"Idempotency-Key": '"key-1"'}
    service.ok("POST", f"{PRODUCTION}/segments", {"key": "fresh"}, headers=headers)

    with service.untouched():
        answer = service.request("POST", path, json=body, headers=headers)

    problem(answer, 422, "idempotency-key-reused")


def test_a_refused_request_does_not_use_its_key_up(service: Service) -> None:
    headers = {"Idempotency-Key": "key-1"}
    problem(service.request("POST", f"{PRODUCTION}/segments", json={"key": "beta"}, headers=headers), 409, "exists")

    service.ok("POST", f"{PRODUCTION}/segments", {"key": "fresh"}, headers=headers)


def test_the_same_key_at_the_same_moment_is_told_to_wait(service: Service) -> None:
    """Another writer holds the database, so the first request waits inside its use case; the second meets it there."""
    answers: list[int] = []
    request: dict[str, Any] = {"json": {"key": "fresh"}, "headers": {"Idempotency-Key": "key-1"}}

    def first() -> None:
        answers.append(service.request("POST", f"{PRODUCTION}/segments", **request).status_code)

    thread = threading.Thread(target=first)
    with closing(sqlite3.connect(service.path, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        thread.start()
        while not service.services.in_flight._running:
            time.sleep(0.01)
        waiting = service.request("POST", f"{PRODUCTION}/segments", **request)
        writer.execute("ROLLBACK")
    thread.join()

    problem(waiting, 409, "request-in-flight")
    assert answers == [201]


@pytest.mark.parametrize("key", ["", "a b", '"a', 'a"', '""', "é".encode(), "x" * 256])
def test_a_key_is_visible_ascii(service: Service, key: Any) -> None:
    with service.untouched():
        answer = service.request("POST", f"{PRODUCTION}/segments", json={"key": "f"}, headers={"Idempotency-Key": key})

    problem(answer, 400, "malformed")


def test_the_publisher_is_woken_for_each_environment_that_changed(service: Service) -> None:
    service.ok("PATCH", f"{API}/flags/theme", {"name": "Theme"})
    assert sorted(service.woken) == ["development", "production", "staging"]
    service.woken.clear()

    service.ok("PATCH", CONFIGURATION, CHANGE)
    service.ok("PATCH", CONFIGURATION, CHANGE)

    assert service.woken == ["production"]


def test_a_dead_database_is_503_with_retry_after(service: Service) -> None:
    service.book.refresh()
    with closing(sqlite3.connect(service.path, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        answer = service.request("PATCH", CONFIGURATION, json=CHANGE)
        holder.execute("ROLLBACK")

    problem(answer, 503, "unavailable")
    assert int(answer.headers["Retry-After"]) >= 1
