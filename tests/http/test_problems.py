"""Problems: one table of codes, in the code, in the documents, and in every answer."""

import ast
import json
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient

from flagsvc.domain import errors
from flagsvc.http.boundary import EXCEPTION_HANDLERS, LastResort
from flagsvc.http.problem import Problem
from flagsvc.http.problem_codes import CODES
from flagsvc.http.refusals import REFUSALS
from flagsvc.http.request_id import RequestIdMiddleware

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/reference/problems.md"


def _broken(_: Request) -> Response:
    raise ValueError("the password is swordfish")


@pytest.fixture
def client() -> TestClient:
    middleware = [Middleware(RequestIdMiddleware), Middleware(LastResort)]
    routes = [Route("/broken", _broken)]
    return TestClient(Starlette(routes=routes, middleware=middleware, exception_handlers=EXCEPTION_HANDLERS))


def test_the_page_lists_every_code_with_status_and_remedy() -> None:
    lines = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| `")]

    assert lines == [f"| `{code.code}` | {code.status} | {code.title} | {code.remedy} |" for code in CODES.values()]


def test_codes_stand_in_the_order_of_their_status() -> None:
    assert [code.status for code in CODES.values()] == sorted(code.status for code in CODES.values())


def test_every_refusal_of_the_domain_has_a_problem() -> None:
    classes = {
        value
        for value in vars(errors).values()
        if isinstance(value, type) and issubclass(value, errors.Refused) and value is not errors.Refused
    }

    assert classes == set(REFUSALS)


def test_only_listed_codes_are_raised() -> None:
    """Every literal handed to Problem(…) is in the table."""
    raised = {
        node.args[0].value
        for path in (ROOT / "flagsvc/http").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Problem"
        if node.args and isinstance(node.args[0], ast.Constant)
    }

    assert raised <= set(CODES)


def test_an_unforeseen_fault_tells_nothing_but_its_id(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    answer = client.get("/broken")

    assert answer.status_code == 500
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "swordfish" not in answer.text
    assert answer.json()["requestId"] == answer.headers["X-Request-Id"]
    assert "swordfish" in caplog.text


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [("GET", "/nowhere", 404, "no-such-route"), ("POST", "/broken", 405, "method-not-allowed")],
)
def test_the_router_answers_with_problems(client: TestClient, method: str, path: str, status: int, code: str) -> None:
    answer = client.request(method, path)

    assert answer.status_code == status
    assert answer.json()["code"] == code
    assert ("Allow" in answer.headers) == (status == 405)


def test_a_method_that_is_not_taken_is_answered_with_those_that_are(client: TestClient) -> None:
    answer = client.request("POST", "/broken")

    assert answer.json()["detail"].endswith("GET, HEAD")


def test_a_hostile_host_header_breaks_nothing(client: TestClient) -> None:
    assert client.get("/broken", headers={"Host": "[::1"}).status_code == 500


def test_a_problem_has_every_member_and_can_always_be_encoded() -> None:
    problem = Problem("invalid", "half \ud800", (errors.Fault("/a\ud800", "x", "y"),))

    members = problem.members("/here", "id")

    json.dumps(members).encode("ascii")
    assert set(members) == {"type", "title", "status", "detail", "instance", "code", "requestId", "errors"}
