"""Tokens over HTTP: their list, and their rotation."""

import pytest

from flagsvc.http.schemas.tokens import TokenPage, TokenWritten
from tests.http.service import API, PRODUCTION, Service, pointers, problem

TOKENS = f"{API}/tokens"


def _id(service: Service) -> str:
    [token] = [item for item in service.ok("GET", TOKENS)["items"] if item["name"] == "test"]
    found: str = token["id"]
    return found


def test_the_list_has_the_shape_that_is_described(service: Service) -> None:
    service.token("sdk", "production")

    page = TokenPage.model_validate(service.ok("GET", f"{TOKENS}?state=valid"))

    assert all(not item.model_extra for item in page.items)
    assert [item.kind for item in page.items] == ["sdk", "admin"]


def test_a_rotation_answers_the_new_text_and_the_end_of_the_old_one(service: Service) -> None:
    text = service.token("admin", None)

    answer = service.request("POST", f"{TOKENS}/{_id(service)}/rotate")

    assert answer.status_code == 201
    document = TokenWritten.model_validate(answer.json()).document
    assert not document.model_extra
    assert document.replaces is not None
    assert document.replaces.expires_at is not None
    for each in (text, document.token):
        assert service.request("GET", f"{PRODUCTION}/flags", token=each).status_code == 200


def test_without_overlap_the_old_text_opens_nothing_more(service: Service) -> None:
    text = service.token("admin", None)

    service.ok("POST", f"{TOKENS}/{_id(service)}/rotate", {"overlapSeconds": 0})

    problem(service.request("GET", f"{PRODUCTION}/flags", token=text), 401, "unauthenticated")
    assert len(service.ok("GET", f"{TOKENS}?state=ended")["items"]) == 1


def test_a_repeated_request_rotates_once_and_shows_no_text_again(service: Service) -> None:
    service.token("admin", None)
    path, key = f"{TOKENS}/{_id(service)}/rotate", {"Idempotency-Key": "k1"}

    first = service.ok("POST", path, {}, headers=key)
    second = service.ok("POST", path, {}, headers=key)

    assert first["document"]["id"] == second["document"]["id"]
    assert "token" not in second["document"]


@pytest.mark.parametrize("overlap", [-1, 2_592_001, "1h", 1.5])
def test_an_overlap_is_at_most_thirty_days(service: Service, overlap: object) -> None:
    service.token("admin", None)

    answer = service.request("POST", f"{TOKENS}/{_id(service)}/rotate", json={"overlapSeconds": overlap})

    assert pointers(problem(answer, 400, "malformed")) == ["/overlapSeconds"]


def test_what_is_not_there_is_not_found(service: Service) -> None:
    problem(service.request("POST", f"{TOKENS}/nothing/rotate"), 404, "not-found")
