"""Log lines: one JSON object each, with the request's id, and never a token, a unit or a context."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from starlette.testclient import TestClient

from flagsvc import logs
from flagsvc.domain.routing.errors import RouterError
from flagsvc.domain.tokens import token_text
from flagsvc.http.ofrep_desk import Desk
from flagsvc.http.traffic_plan import Plan
from flagsvc.outbound.aws import Account, Aws
from tests.operations.conftest import ADMIN, EVALUATION

UNIT, VALUE = "canary-unit-31337", "canary-attribute-value"
TOKEN = token_text("sdk", "production", "C" * 32)


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = root.handlers, root.level
    stream = io.StringIO()
    logs.configure("debug", "json", stream)
    yield stream
    root.handlers, root.level = before, level
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_json_with_time_level_event_and_logger(written: io.StringIO) -> None:
    logging.getLogger("flagsvc.somewhere").warning("hello %s", "world", extra={"requestId": "r-1"})
    structlog.get_logger("flagsvc.other").info("hi", revision=7)

    first, second = lines(written)

    assert list(first)[:4] == ["timestamp", "level", "event", "logger"]
    assert (first["level"], first["event"], first["logger"]) == ("warning", "hello world", "flagsvc.somewhere")
    assert first["timestamp"].endswith("Z")
    assert first["requestId"] == "r-1"
    assert (second["event"], second["revision"]) == ("hi", 7)


def test_the_library_of_a_cloud_writes_down_none_of_its_credentials(
    written: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    for name in names:
        monkeypatch.setenv(name, f"canary-{name}")
    account = Account(region="eu-central-1", endpoint_url="http://127.0.0.1:1")

    with pytest.raises(RouterError, match="no connection"):
        Aws("ecs", account, attempts=1).call("list_clusters")

    assert "canary-" not in written.getvalue()


@pytest.mark.parametrize("name", ["azure.core.pipeline.policies", "google.auth.transport", "msal", "urllib3", "boto3"])
def test_other_people_s_libraries_speak_from_warning_upwards(
    written: io.StringIO, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    logger = logging.getLogger(name)
    for known in (name.rsplit(".", depth)[0] for depth in range(name.count(".") + 1)):
        # The clients of Google Cloud keep theirs to themselves, once anybody has imported them.
        monkeypatch.setattr(logging.getLogger(known), "propagate", True)
    logger.info("a request with its headers")
    logger.warning("something is wrong")

    assert [line["event"] for line in lines(written)] == ["something is wrong"]


def test_what_an_identity_endpoint_answered_is_not_written_down(written: io.StringIO) -> None:
    logging.getLogger("azure.identity._credentials.chained").warning("Content: X-IDENTITY-HEADER: a-secret")

    assert lines(written) == []


def test_exceptions_stay_on_one_line(written: io.StringIO) -> None:
    try:
        _ = 1 // 0
    except ZeroDivisionError:
        logging.getLogger("flagsvc").exception("failed")

    [line] = lines(written)

    assert "ZeroDivisionError" in line["exception"]


@pytest.mark.parametrize("text", [f"used {TOKEN} today", "postgresql://user:canary-password@host/db is away"])
def test_what_looks_like_a_secret_is_masked_wherever_it_stands(written: io.StringIO, text: str) -> None:
    logging.getLogger("flagsvc").error(text)
    logging.getLogger("flagsvc").error("%s", text, extra={"detail": text})

    assert "C" * 32 not in written.getvalue()
    assert "canary-password" not in written.getvalue()
    assert written.getvalue().count("***") == 3


def test_on_a_terminal_lines_are_for_people() -> None:
    stream = io.StringIO()
    stream.isatty = lambda: True  # type: ignore[method-assign]  # a terminal
    root = logging.getLogger()
    before, level = root.handlers, root.level
    logs.configure("info", "auto", stream)

    logging.getLogger("flagsvc").info("hello")

    root.handlers, root.level = before, level
    structlog.reset_defaults()
    assert "hello" in stream.getvalue()
    assert not stream.getvalue().startswith("{")


def busy(client: TestClient) -> list[int]:
    """Ask for everything with canaries in every place that a secret or a person can stand in."""
    bearer = {"Authorization": f"Bearer {EVALUATION}"}
    admin = {"Authorization": f"Bearer {ADMIN}"}
    context = {"context": {"targetingKey": UNIT, "email": VALUE}}
    flags = "/ofrep/v1/evaluate/flags"
    answers = [
        client.post(f"{flags}/new-checkout", json=context, headers=bearer),
        client.post(flags, json=context, headers=bearer),
        client.post(flags, content=f'{{"context": "{VALUE}"', headers={**bearer, "Content-Type": "application/json"}),
        client.post(f"{flags}/new-checkout", json=context, headers={"Authorization": f"Bearer {TOKEN}"}),
        client.get("/traffic/v1/production/checkout/decide", headers={"X-User-Id": UNIT, "Cookie": f"uid={UNIT}"}),
        client.get("/api/v1/flags", headers=admin),
        client.get("/api/v1/flags", headers={"Authorization": f"Bearer {TOKEN}"}),
        client.post(
            "/api/v1/environments/production/evaluate", json={"flag": "new-checkout", **context}, headers=admin
        ),
        client.get("/nowhere", headers=bearer),
    ]
    return [answer.status_code for answer in answers]


def test_nothing_of_a_request_is_logged_not_even_when_it_fails(
    client: TestClient, written: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert busy(client) == [200, 200, 400, 401, 200, 200, 401, 200, 404]

    monkeypatch.setattr(Desk, "single", lambda *_: 1 // 0)
    monkeypatch.setattr(Plan, "head", lambda *_: 1 // 0)
    failed = busy(client)

    assert failed[0] == 500
    assert failed[4] == 200
    assert "an evaluation request failed" in written.getvalue()
    assert "a traffic decision failed" in written.getvalue()
    for canary in (UNIT, VALUE, EVALUATION, ADMIN, TOKEN):
        assert canary not in written.getvalue()


def test_a_failed_request_tells_its_id_to_the_caller_and_to_the_log(
    client: TestClient, written: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Desk, "single", lambda *_: 1 // 0)
    headers = {"Authorization": f"Bearer {EVALUATION}", "X-Request-Id": "request-4711"}

    answer = client.post("/ofrep/v1/evaluate/flags/new-checkout", json={"context": {}}, headers=headers)

    assert answer.headers["x-request-id"] == "request-4711"
    assert [line["requestId"] for line in lines(written) if "requestId" in line] == ["request-4711"]


def test_signing_in_and_out_is_logged_without_token_and_cookie(client: TestClient, written: io.StringIO) -> None:
    headers = {"Sec-Fetch-Site": "same-origin"}
    assert client.post("/api/v1/session", json={"token": ADMIN}, headers=headers).status_code == 201
    secret = client.cookies["flagsvc-session"]
    assert client.get("/api/v1/nowhere").status_code == 404
    assert client.post("/api/v1/session", json={"token": TOKEN}, headers=headers).status_code == 401
    assert client.delete("/api/v1/session", headers=headers).status_code == 204
    assert client.get("/api/v1/flags", headers={"Cookie": f"flagsvc-session={secret}"}).status_code == 401

    told = [line for line in lines(written) if line["logger"] == "flagsvc.http.admin.sessions"]
    assert [line["event"] for line in told] == ["a session was opened", "a session was ended"]
    assert told[0]["actor"] == "first admin token"
    assert all(line["requestId"] for line in told)
    for canary in (secret, ADMIN, TOKEN):
        assert canary not in written.getvalue()


def test_no_secret_and_no_person_is_in_the_metrics(client: TestClient) -> None:
    busy(client)

    text = client.get("/metrics").text

    for canary in (UNIT, VALUE, EVALUATION, ADMIN, TOKEN):
        assert canary not in text
