"""What Traefik fetches: conditional, behind a token where there is one, and never an empty configuration."""

from collections.abc import Callable

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from flagsvc.domain.routing.errors import RouterError
from flagsvc.domain.routing.records import ShelfItem
from flagsvc.http.traefik import TraefikDesk

ITEM = ShelfItem("edge-1", "epoch.7-abc", '{"http":{"services":{}}}', "2026-01-01T00:00:00Z")
PATH = "/traefik/v1/edge-1"


def client(secret: Callable[[], str] | None = None, item: ShelfItem | None = ITEM) -> TestClient:
    desk = TraefikDesk(lambda name: item if name == "edge-1" else None, {"edge-1": secret})
    return TestClient(Starlette(routes=[desk.route]))


def test_it_is_given_as_it_lies_ready() -> None:
    answer = client().get(PATH)

    assert (answer.status_code, answer.text) == (200, ITEM.content)
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["etag"] == '"epoch.7-abc"'
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(("shown", "status"), [('"epoch.7-abc"', 304), ('W/"epoch.7-abc"', 304), ('"older"', 200)])
def test_who_has_it_already_is_told_so(shown: str, status: int) -> None:
    answer = client().get(PATH, headers={"If-None-Match": shown})

    assert (answer.status_code, answer.text) == (status, ITEM.content if status == 200 else "")


@pytest.mark.parametrize("shown", [None, "Bearer other", "Basic s3cret", "Bearer", "Bearer s3crets"])
def test_without_the_token_nothing_is_given(shown: str | None) -> None:
    answer = client(lambda: "s3cret").get(PATH, headers={"Authorization": shown} if shown else {})

    assert answer.status_code == 401
    assert "http" not in answer.json()


def test_with_the_token_it_is_given() -> None:
    assert client(lambda: "s3cret").get(PATH, headers={"Authorization": "Bearer s3cret"}).status_code == 200


def test_a_token_that_cannot_be_read_lets_nobody_in_and_is_not_told() -> None:
    def lost() -> str:
        raise RouterError("there is no secret in /somewhere/secret")

    answer = client(lost).get(PATH, headers={"Authorization": "Bearer "})

    assert answer.status_code == 503
    assert "somewhere" not in answer.text


@pytest.mark.parametrize("path", [PATH, "/traefik/v1/edge-2", "/traefik/v1/"])
def test_nothing_is_404_so_that_traefik_keeps_what_it_has(path: str) -> None:
    assert client(item=None).get(path).status_code == 404


def test_what_lies_ready_for_other_kinds_is_not_given() -> None:
    desk = TraefikDesk(lambda name: ITEM, {})

    assert TestClient(Starlette(routes=[desk.route])).get(PATH).status_code == 404


def test_it_is_only_read() -> None:
    assert client().post(PATH).status_code == 405
