"""The authorisation matrix, made from the registry: every operation, kind of token, own and foreign environment."""

import pytest
from httpx2 import Response

from flagsvc.domain.tokens import token_text
from flagsvc.http.admin import OPERATIONS
from flagsvc.http.operation import Operation
from flagsvc.usecases import tokens
from tests.http.service import API, PRODUCTION, Service, intent, mint, problem

TOKENS = {
    "unknown": None,
    "evaluation": ("evaluation", "production"),
    "evaluation of another environment": ("evaluation", "staging"),
    "sdk": ("sdk", "production"),
    "admin of another environment": ("admin", "staging"),
    "admin of this environment": ("admin", "production"),
    "admin": ("admin", None),
}
GUARDED = [operation for operation in OPERATIONS if operation.name not in ("openSession", "endSession")]
"""All but signing in and out, which nobody needs a token for."""


def _ask(service: Service, operation: Operation, token: str | None) -> Response:
    path = operation.path.format(
        environment="production", key="new-checkout", revision=1, id="nothing", gate="approval"
    )
    return service.request(operation.method, path, token=token)


def _belongs_to_one_environment(operation: Operation) -> bool:
    """State the rule again: what lies below an environment, and reading the environment itself."""
    below = operation.path.startswith(f"{API}/environments/{{environment}}/")
    reading = operation.path == f"{API}/environments/{{environment}}" and operation.method == "GET"
    return (below and operation.name != "archiveEnvironment") or reading


@pytest.mark.parametrize("operation", GUARDED, ids=lambda operation: operation.name)
def test_the_matrix(service: Service, operation: Operation) -> None:
    allowed = {"admin"} | ({"admin of this environment"} if _belongs_to_one_environment(operation) else set())
    allowed |= {"evaluation"} if operation.name == "getVerdict" else set()
    allowed |= TOKENS.keys() - {"unknown"} if operation.name == "getSession" else set()

    for name, made in TOKENS.items():
        text = token_text(made[0] if made else "admin", made[1] if made else None, mint())
        if made:
            tokens.adopt_token(service.store, intent(), made[0], made[1], name, text)
        service.book.refresh()
        answer = _ask(service, operation, text)
        if name in allowed:
            assert answer.status_code not in (401, 403, 500), (name, answer.text)
        else:
            code = ("unauthenticated", 401) if name == "unknown" else ("forbidden", 403)
            problem(answer, code[1], code[0])


@pytest.mark.parametrize("operation", GUARDED, ids=lambda operation: operation.name)
def test_without_a_token_nothing_is_told(service: Service, operation: Operation) -> None:
    nobody, wrong = _ask(service, operation, None), _ask(service, operation, "wrong")

    for answer in (nobody, wrong):
        problem(answer, 401, "unauthenticated")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    unlike = {"requestId"}
    assert {k: v for k, v in nobody.json().items() if k not in unlike} == {
        k: v for k, v in wrong.json().items() if k not in unlike
    }


def test_a_bound_admin_cannot_copy_from_elsewhere(service: Service) -> None:
    bound = token_text("admin", "production", mint())
    tokens.adopt_token(service.store, intent(), "admin", "production", "bound", bound)
    service.book.refresh()

    with service.untouched():
        answer = service.request("POST", f"{PRODUCTION}/copy", token=bound, json={"from": "staging"})

    problem(answer, 403, "forbidden")


def test_a_revoked_token_stops_at_once(service: Service) -> None:
    text = service.token("admin", None)
    assert service.request("GET", f"{PRODUCTION}/flags", token=text).status_code == 200
    [token] = [item for item in service.ok("GET", f"{API}/tokens")["items"] if item["name"] == "test"]

    service.ok("DELETE", f"{API}/tokens/{token['id']}")

    problem(service.request("GET", f"{PRODUCTION}/flags", token=text), 401, "unauthenticated")


def test_no_list_of_tokens_shows_a_secret(service: Service) -> None:
    text = service.token("sdk", "production")

    shown = service.request("GET", f"{API}/tokens").text

    assert text not in shown
    assert text.split("_")[2] not in shown
