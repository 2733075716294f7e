"""Evaluating over HTTP: everything for one context, one for many units, and drafts; shapes and refusals."""

from typing import Any

import pytest

from tests.http.service import CONFIGURATION, PRODUCTION, Service, pointers, problem

BATCH = f"{PRODUCTION}/evaluate/batch"
UNITS = [f"user-{number}" for number in range(200)]
DRAFT = {"enabled": True, "offVariant": "off", "default": {"split": {"weights": {"on": 30_000, "off": 70_000}}}}


def test_a_context_gets_every_flag(service: Service) -> None:
    answer = service.ok("POST", f"{PRODUCTION}/evaluate/all", {"context": {"targetingKey": "user-1"}})

    assert [item["flag"] for item in answer["items"]] == ["new-checkout", "theme"]
    assert answer["items"][0]["decision"] == {
        "value": False,
        "variant": "off",
        "reason": "DISABLED",
        "rule": None,
        "bucket": None,
        "revision": answer["revision"],
        "error": None,
        "detail": None,
        "prerequisite": None,
    }


def test_many_units_are_told_with_a_draft_that_saving_keeps_to(service: Service) -> None:
    body = {"flag": "new-checkout", "units": UNITS, "details": True}

    said = service.ok("POST", BATCH, {**body, "draft": DRAFT})
    service.ok("PUT", CONFIGURATION, DRAFT)
    then = service.ok("POST", BATCH, body)

    assert said["counts"] == {"off": 200}
    assert said["draft"]["counts"] == then["counts"]
    assert [item["draftVariant"] for item in said["items"]] == [item["variant"] for item in then["items"]]
    assert then["expected"] == {"on": 0.3, "off": 0.7}
    assert set(then["chiSquare"]) == {"statistic", "degrees", "p", "sentence"}


def test_a_draft_stores_nothing_and_wakes_nobody(service: Service) -> None:
    with service.untouched():
        service.ok("POST", BATCH, {"flag": "new-checkout", "units": UNITS, "draft": DRAFT})
        service.ok("POST", f"{PRODUCTION}/evaluate", {"flag": "new-checkout", "draft": DRAFT, "explain": True})


def test_one_decision_is_told_with_its_draft(service: Service) -> None:
    body = {"flag": "new-checkout", "context": {"targetingKey": "user-1"}, "draft": DRAFT, "explain": True}

    answer = service.ok("POST", f"{PRODUCTION}/evaluate", body)

    assert (answer["decision"]["reason"], answer["draft"]["decision"]["reason"]) == ("DISABLED", "SPLIT")
    assert set(answer["draft"]) == {"decision", "trace"}


WRONG: list[tuple[dict[str, Any], int, list[str]]] = [
    ({"units": []}, 400, ["/units"]),
    ({"units": [""]}, 400, ["/units/0"]),
    ({"units": [1]}, 400, ["/units/0"]),
    ({"units": ["u"] * 10_001}, 400, ["/units"]),
    ({"draft": {**DRAFT, "colour": "red"}}, 400, ["/draft/colour"]),
    ({"draft": {"enabled": True}}, 400, ["/draft/offVariant", "/draft/default"]),
    ({"draft": {**DRAFT, "default": {"serve": "purple"}}}, 422, ["/draft/default/serve"]),
    ({"draft": DRAFT, "revision": 1}, 422, ["/draft"]),
    ({"split": "checkout"}, 422, [""]),
    ({"explain": True}, 400, ["/explain"]),
]


@pytest.mark.parametrize(("members", "status", "places"), WRONG)
def test_what_cannot_be_answered_is_refused_with_its_place(
    service: Service, members: dict[str, Any], status: int, places: list[str]
) -> None:
    answer = service.request("POST", BATCH, json={"flag": "new-checkout", "units": ["u"], **members})

    assert pointers(problem(answer, status, "malformed" if status == 400 else "invalid")) == places


def test_ten_thousand_units_fit_into_one_request(service: Service) -> None:
    units = [f"11112222-3333-4444-5555-{number:012d}" for number in range(10_000)]

    answer = service.ok("POST", BATCH, {"split": "checkout", "units": units})

    assert answer["units"] == 10_000
    assert answer["chiSquare"]["p"] > 1e-4
