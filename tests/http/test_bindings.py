"""Bindings over HTTP: how far they are, what happened, what people may ask, and what routers would be told."""

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from flagsvc.domain.routing.errors import RouterError
from flagsvc.domain.routing.records import LEASE, BindingEvent, StoredState
from flagsvc.domain.routing.state import BindingState, RouterState, text_of_state
from flagsvc.domain.routing.target import Target
from flagsvc.http.planning import planned
from tests.http.service import API, PRODUCTION, Service, pointers, problem
from tests.routers.contract import target

EDGE = f"{PRODUCTION}/bindings/edge"
SWAP = f"{PRODUCTION}/splits/checkout/swap"
AT = "2026-03-01T12:00:00.000000Z"


def reached(service: Service, phase: Any, attempt: int = 0, version: int = 1) -> None:
    """Store how far the binding is, as the loop does."""
    told = target(5_000, 7)
    routers = (RouterState(name="edge-1", standing="applied", observed={"stable": 243, "canary": 13}, granularity=256),)
    state = BindingState(phase=phase, attempt=attempt, desired=told, settled=told, routers=routers)
    stored = StoredState("production", "edge", text_of_state(state), version, AT)
    fence = service.store.run([], lambda tx: tx.claim_lease(LEASE, "one", 60.0)) or 0
    assert service.store.run([], lambda tx: tx.put_binding_state(stored, fence))


def test_before_the_first_turn_there_is_no_status(service: Service) -> None:
    assert service.ok("GET", EDGE)["status"] is None


def test_the_status_changes_without_the_version(service: Service) -> None:
    before = service.request("GET", EDGE)

    reached(service, "applied")

    after = service.request("GET", EDGE, headers={"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200
    assert after.headers["ETag"] == before.headers["ETag"]
    status = after.json()["status"]
    assert status["phase"] == "applied"
    assert status["routers"][0]["capabilities"]["granularity"] == 256
    [listed] = service.ok("GET", f"{PRODUCTION}/bindings")["items"]
    assert listed == after.json()


def test_the_answer_of_a_change_of_weights_names_the_bindings_to_look_at(service: Service) -> None:
    weights = {"weights": {"stable": 70_000, "canary": 30_000}}

    answer = service.ok("POST", f"{PRODUCTION}/splits/search/weights", json=weights)

    assert answer["bindings"] == ["edge"]


def test_a_revision_of_before_its_time_is_refused_in_plain_words(service: Service) -> None:
    answer = service.request("POST", f"{EDGE}/revert", json={"revision": 1})

    refused = problem(answer, 404, "not-found")
    assert refused["detail"] == "There is no binding 'edge' in environment 'production' as of revision 1."


def test_a_sentence_that_leaves_faults_out_says_how_many(service: Service) -> None:
    body = {"key": "a b", "split": 7, "routers": [3], "drift": "ignore", "deadlineSeconds": 0}

    answer = service.request("POST", f"{PRODUCTION}/bindings", json=body)

    refused = problem(answer, 400, "malformed")
    assert refused["detail"].endswith("; 2 more in `errors`")
    assert len(refused["errors"]) == 5


def test_a_document_with_its_status_can_be_sent_back(service: Service) -> None:
    reached(service, "applied")
    read = service.request("GET", EDGE)

    with service.untouched():
        answer = service.request("PUT", EDGE, json=read.json(), headers={"If-Match": read.headers["ETag"]})

    assert answer.json()["changeId"] is None


@pytest.mark.parametrize("off", ["archive", "disable"])
def test_a_binding_that_is_not_driven_has_no_status(service: Service, off: str) -> None:
    reached(service, "applied")

    if off == "archive":
        service.ok("POST", f"{EDGE}/archive")
    else:
        service.ok("PATCH", EDGE, {"enabled": False})

    assert service.ok("GET", EDGE)["status"] is None


@pytest.mark.parametrize(("verb", "phase"), [("retry", "failed"), ("resume", "paused")])
def test_a_command_counts_one_attempt_however_often_the_button_is_pressed(
    service: Service, verb: str, phase: str
) -> None:
    reached(service, phase)

    first, second = service.ok("POST", f"{EDGE}/{verb}"), service.ok("POST", f"{EDGE}/{verb}")
    reached(service, "applying", attempt=1, version=2)
    third = service.ok("POST", f"{EDGE}/{verb}")

    assert [answer["document"]["attempt"] for answer in (first, second, third)] == [1, 1, 1]
    assert (bool(first["changeId"]), second["changeId"], third["changeId"]) == (True, None, None)
    [newest, *_] = service.ok("GET", f"{PRODUCTION}/changes")["items"]
    assert newest["action"] == f"binding.{verb}"


def test_a_revert_takes_no_attempt_back(service: Service) -> None:
    revision = service.ok("GET", EDGE)["version"]
    service.ok("PATCH", EDGE, {"drift": "pause"})
    reached(service, "failed")
    service.ok("POST", f"{EDGE}/retry")

    document = service.ok("POST", f"{EDGE}/revert", {"revision": revision})["document"]

    assert (document["drift"], document["attempt"]) == ("reassert", 1)


@pytest.mark.parametrize(
    ("verb", "phase"),
    [("retry", "paused"), ("retry", "applied"), ("retry", "returning"), ("resume", "failed"), ("resume", "applied")],
)
def test_a_command_of_another_phase_is_refused(service: Service, verb: str, phase: str) -> None:
    reached(service, phase)

    with service.untouched():
        members = problem(service.request("POST", f"{EDGE}/{verb}"), 409, "wrong-phase")

    assert f"The binding is {phase}" in members["detail"]


def test_a_binding_that_is_switched_off_takes_no_command(service: Service) -> None:
    reached(service, "failed")
    service.ok("PATCH", EDGE, {"enabled": False})

    problem(service.request("POST", f"{EDGE}/retry"), 409, "wrong-phase")


def test_a_command_notices_that_the_binding_changed(service: Service) -> None:
    reached(service, "failed")

    answer = service.request("POST", f"{EDGE}/retry", headers={"If-Match": '"1"'})

    problem(answer, 412, "stale-version")


def test_what_happened_comes_newest_first_page_by_page(service: Service) -> None:
    events = [BindingEvent("production", key, router, "applied", str(n), AT) for n, (key, router) in enumerate(
        [("edge", ""), ("other", ""), ("edge", "edge-1")]
    )]  # fmt: skip
    service.store.run([], lambda tx: tx.add_binding_events(events))

    first = service.request("GET", f"{PRODUCTION}/binding-events?limit=2")
    rest = service.ok("GET", f"{PRODUCTION}/binding-events?limit=2&cursor={first.json()['nextCursor']}")
    own = service.ok("GET", f"{EDGE}/events")

    assert [item["detail"] for item in (*first.json()["items"], *rest["items"])] == ["2", "1", "0"]
    assert 'rel="next"' in first.headers["Link"]
    assert [(item["detail"], item["router"]) for item in own["items"]] == [("2", "edge-1"), ("0", None)]
    assert own["items"][0]["meaning"] == "every router has read back as told"
    problem(service.request("GET", f"{PRODUCTION}/bindings/nobody/events"), 404, "not-found")


def test_routers_are_listed_with_what_they_can_do_and_who_drives_them(service: Service) -> None:
    items = service.ok("GET", f"{API}/routers")["items"]

    assert [item["name"] for item in items] == ["edge-1", "edge-2", "mesh"]
    assert [item["binding"] for item in items] == [{"environment": "production", "key": "edge"}, None, None]
    assert items[0]["kind"] == "haproxy-weights"
    assert items[1]["capabilities"]["hashes"] == ["murmur3"]
    assert items[2]["capabilities"]["persistent"] is False


def test_a_plan_says_what_each_router_would_be_told(service: Service) -> None:
    asked: list[tuple[str, Target]] = []
    service.planner = lambda name, wanted: asked.append((name, wanted)) or [f"set {name}"]  # type: ignore[func-returns-value]

    with service.untouched():
        plan = service.ok("POST", f"{EDGE}/plan")

    version = service.ok("GET", f"{PRODUCTION}/splits/search")["version"]
    assert plan["routers"] == [{"name": "edge-1", "lines": ["set edge-1"], "error": None}]
    assert plan["desired"] == {"revision": f"epoch-1.{version}", "weights": {"stable": 95_000, "canary": 5_000}}
    assert [(name, wanted.revision) for name, wanted in asked] == [("edge-1", f"epoch-1.{version}")]


def test_an_archived_binding_has_no_plan(service: Service) -> None:
    service.ok("POST", f"{EDGE}/archive")

    problem(service.request("POST", f"{EDGE}/plan"), 409, "archived")


@pytest.fixture
def silent() -> Iterator[Callable[[str, Target], Sequence[str]]]:
    """Routers of which "dead" answers after the test, and "rude" with an error."""
    over = threading.Event()

    def ask(name: str, wanted: Target) -> Sequence[str]:
        if name == "dead":
            over.wait(30)
        if name == "rude":
            raise RouterError("refused: no such table")
        return [name]

    yield ask
    over.set()


def test_a_router_that_fails_or_is_silent_is_an_error_of_its_own(
    silent: Callable[[str, Target], Sequence[str]],
) -> None:
    answers = planned(silent, ["one", "rude", "dead", "two"], target(5_000), seconds=0.2)

    assert [(answer["name"], answer["lines"], answer["error"]) for answer in answers] == [
        ("one", ["one"], None),
        ("rude", [], "refused: no such table"),
        ("dead", [], "no answer within 0.2 s"),
        ("two", ["two"], None),
    ]


def test_a_swap_and_the_same_call_again(service: Service) -> None:
    service.ok("POST", f"{PRODUCTION}/splits/checkout/weights", {"weights": {"stable": 100_000, "canary": 0}})

    there = service.ok("POST", SWAP, {"reason": "green is ready"})
    back = service.ok("POST", SWAP, {})

    assert there["document"]["default"]["split"]["weights"] == {"stable": 0, "canary": 100_000}
    assert back["document"]["default"]["split"]["weights"] == {"stable": 100_000, "canary": 0}
    reasons = [item["reason"] for item in service.ok("GET", f"{PRODUCTION}/changes?limit=2")["items"]]
    assert reasons == ["", "green is ready"]


def test_a_swap_between_two_says_what_is_missing(service: Service) -> None:
    with service.untouched():
        refused = service.request("POST", SWAP, json={})

    assert pointers(problem(refused, 422, "invalid")) == ["/to"]


def test_weights_that_a_router_cannot_be_told_are_refused_before_anything_is_stored(service: Service) -> None:
    with service.untouched():
        refused = service.request(
            "POST", f"{PRODUCTION}/splits/search/weights", json={"weights": {"stable": 99_900, "canary": 100}}
        )

    members = problem(refused, 422, "invalid")
    assert pointers(members) == ["/weights/canary"]
    assert "the least is about 0.391 %" in members["detail"]
