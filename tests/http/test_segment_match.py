"""Looking for somebody in a segment: the answer of the API, its way there, and what it refuses."""

from typing import Any

import pytest

from flagsvc.http.schemas.evaluations import SegmentMatch
from tests.http.service import CONFIGURATION, PRODUCTION, Service, pointers, problem

BETA = f"{PRODUCTION}/segments/beta"
MATCH = f"{BETA}/match"
NOBODY = {"included": [], "excluded": ["user-1"], "when": None}
CONTEXTS: list[dict[str, Any]] = [
    {"targetingKey": "user-1"},
    {"targetingKey": "user-2", "country": "DE"},
    {"targetingKey": "user-2", "country": "FR"},
    {"targetingKey": "user-2"},
    {"country": "DE"},
    {},
]


@pytest.mark.parametrize("context", CONTEXTS)
def test_it_finds_what_a_rule_that_asks_for_the_segment_finds(service: Service, context: dict[str, Any]) -> None:
    rule = {"when": {"segment": "beta"}, "serve": "on"}
    service.ok("PATCH", CONFIGURATION, {"enabled": True, "rules": [rule], "default": {"serve": "off"}})

    found = SegmentMatch.model_validate(service.ok("POST", MATCH, {"context": context}))
    asked = {"flag": "new-checkout", "context": context, "explain": True}
    served = service.ok("POST", f"{PRODUCTION}/evaluate", asked)

    [seen] = [step["when"] for step in served["trace"]["steps"] if step["step"] == "rule"]
    assert found.matched is (served["decision"]["variant"] == "on")
    assert found.trace is not None
    assert found.trace.model_dump(by_alias=True, exclude_unset=True) == seen
    assert found.revision == served["revision"]


def test_a_draft_is_told_beside_the_present_and_stores_nothing(service: Service) -> None:
    with service.untouched():
        found = service.ok("POST", MATCH, {"context": {"targetingKey": "user-1"}, "draft": NOBODY})

    assert (found["matched"], found["trace"]["listed"]) == (True, "included")
    assert (found["draft"]["matched"], found["draft"]["trace"]["listed"]) == (False, "excluded")


def test_the_past_is_told_as_it_was(service: Service) -> None:
    was = service.ok("POST", MATCH, {"context": {"targetingKey": "user-1"}})
    service.ok("PATCH", BETA, {"included": []})

    now = service.ok("POST", MATCH, {"context": {"targetingKey": "user-1"}})
    then = service.ok("POST", MATCH, {"context": {"targetingKey": "user-1"}, "revision": was["revision"]})

    assert (was["matched"], now["matched"]) == (True, False)
    assert then == was


def test_an_archived_segment_is_not_there(service: Service) -> None:
    service.ok("POST", f"{BETA}/archive")

    problem(service.request("POST", MATCH, json={}), 404, "not-found")


WRONG: list[tuple[dict[str, Any], int, list[str]]] = [
    ({"context": ["user-1"]}, 400, ["/context"]),
    ({"flag": "new-checkout"}, 400, ["/flag"]),
    ({"draft": {**NOBODY, "colour": "red"}}, 400, ["/draft/colour"]),
    ({"draft": {"when": {"segment": "beta"}}}, 422, ["/draft/when/segment"]),
    ({"draft": NOBODY, "revision": 1}, 422, ["/draft"]),
]


@pytest.mark.parametrize(("members", "status", "places"), WRONG)
def test_what_cannot_be_answered_is_refused_with_its_place(
    service: Service, members: dict[str, Any], status: int, places: list[str]
) -> None:
    answer = service.request("POST", MATCH, json=members)

    assert pointers(problem(answer, status, "malformed" if status == 400 else "invalid")) == places
