"""What refers to a document, over HTTP."""

import pytest

from flagsvc.http.schemas.users import DocumentUsers
from tests.http.service import CONFIGURATION, PRODUCTION, Service, problem


def test_a_segment_says_which_rules_ask_for_it(service: Service) -> None:
    service.ok("PATCH", CONFIGURATION, {"rules": [{"when": {"segment": "beta"}, "serve": "on"}]})

    answer = service.ok("GET", f"{PRODUCTION}/segments/beta/users")

    DocumentUsers.model_validate(answer)
    place = {"where": "rule 1", "pointer": "/rules/0"}
    assert answer == {"items": [{"kind": "flag", "key": "new-checkout", "name": None, **place}]}


@pytest.mark.parametrize(
    ("path", "users"),
    [("splits/search", ["edge"]), ("bindings/edge", []), ("flags/theme", []), ("splits/checkout", [])],
)
def test_every_kind_can_be_asked(service: Service, path: str, users: list[str]) -> None:
    items = service.ok("GET", f"{PRODUCTION}/{path}/users")["items"]

    assert [item["key"] for item in items] == users


def test_plans_can_be_asked_and_what_is_missing_is_not_found(service: Service) -> None:
    for kind in ("plans", "segments", "flags", "splits", "bindings"):
        problem(service.request("GET", f"{PRODUCTION}/{kind}/nothing/users"), 404, "not-found")
