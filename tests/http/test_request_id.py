"""Request ids: sound ones are kept, others replaced, and every answer returns one."""

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from structlog.contextvars import get_contextvars

from flagsvc.http.request_id import RequestIdMiddleware, request_id

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def _seen(request: Request) -> JSONResponse:
    return JSONResponse({"scope": request_id(request.scope), "log": get_contextvars().get("requestId")})


@pytest.fixture
def client() -> TestClient:
    return TestClient(RequestIdMiddleware(Starlette(routes=[Route("/", _seen)])))


@pytest.mark.parametrize(
    ("headers", "kept"),
    [
        ({"X-Request-Id": "abc-1._Z"}, "abc-1._Z"),
        ({"X-Request-Id": "a" * 128}, "a" * 128),
        ({"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}, TRACE),
        ({"traceparent": f"cc-{TRACE}-00f067aa0ba902b7-01-more"}, TRACE),
        ({"X-Request-Id": "bad id", "traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}, TRACE),
    ],
)
def test_sound_ids_are_kept(client: TestClient, headers: dict[str, str], kept: str) -> None:
    answer = client.get("/", headers=headers)

    assert answer.headers["X-Request-Id"] == kept
    assert answer.json() == {"scope": kept, "log": kept}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Request-Id": "a" * 129},
        {"X-Request-Id": "a\tb"},
        {"X-Request-Id": ""},
        {"traceparent": f"00-{'0' * 32}-00f067aa0ba902b7-01"},
        {"traceparent": "00-xyz"},
    ],
)
def test_other_ids_are_replaced_by_a_fresh_one(client: TestClient, headers: dict[str, str]) -> None:
    first, second = (client.get("/", headers=headers).headers["X-Request-Id"] for _ in range(2))

    assert first != second
    assert len(first) == len(second) == 32
