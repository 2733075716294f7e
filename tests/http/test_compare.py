"""Environments side by side, over HTTP."""

import pytest

from flagsvc.http.schemas.compare import EnvironmentComparison
from tests.http.service import API, CONFIGURATION, Service, problem

COMPARE = f"{API}/compare?environments="


def test_it_has_the_shape_that_is_described(service: Service) -> None:
    service.ok("PATCH", CONFIGURATION, {"enabled": True})

    answer = service.ok("GET", f"{COMPARE}staging,production,development")

    described = EnvironmentComparison.model_validate(answer)
    assert all(not item.model_extra for item in described.items)
    assert [each["key"] for each in answer["environments"]] == ["staging", "production", "development"]
    assert [(item["kind"], item["key"]) for item in answer["items"]] == [
        ("flag", "new-checkout"),
        ("segment", "beta"),
        ("split", "checkout"),
        ("split", "search"),
    ]
    values = {"staging": False, "production": True, "development": False}
    assert answer["items"][0]["differences"] == [{"pointer": "/enabled", "values": values}]


def test_what_is_the_same_is_told_when_asked_for(service: Service) -> None:
    few = service.ok("GET", f"{COMPARE}staging,development")
    everything = service.ok("GET", f"{COMPARE}staging,development&all=true")

    assert few["items"] == []
    assert [item["key"] for item in everything["items"]] == ["new-checkout", "theme"]
    assert all(item["differs"] is False and item["sameUnits"] is True for item in everything["items"])


def test_after_copying_nothing_is_left_to_copy(service: Service) -> None:
    service.ok("POST", f"{API}/environments/staging/copy", {"from": "production"})

    assert service.ok("GET", f"{COMPARE}staging,production")["items"] == []


def test_whoever_holds_it_is_told_so(service: Service) -> None:
    tag = service.request("GET", f"{COMPARE}staging,production").headers["ETag"]

    held = service.request("GET", f"{COMPARE}staging,production", headers={"If-None-Match": tag})

    assert held.status_code == 304


@pytest.mark.parametrize(
    ("named", "status", "code"),
    [
        ("staging", 400, "malformed"),
        ("staging,", 400, "malformed"),
        ("a,b,c,d", 400, "malformed"),
        ("staging,staging", 400, "malformed"),
        ("staging,nowhere", 404, "not-found"),
    ],
)
def test_two_or_three_environments_that_are_there(service: Service, named: str, status: int, code: str) -> None:
    problem(service.request("GET", f"{COMPARE}{named}"), status, code)
