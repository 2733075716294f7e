"""Reports over HTTP, in one process: who may send them, what is refused, and what a dead database does to them."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from flagsdk.core.sketch import Sample
from flagsdk.wire.usage import MAX_BYTES, Report, UnitsRow, UseRow, report_json
from flagsvc.app import Service
from flagsvc.domain.errors import Unavailable
from flagsvc.runner import usage as log
from flagsvc.runner.usage import UsageLog
from flagsvc.store import SqlStore, open_store
from flagsvc.usecases.usage import Recorded
from tests.operations.conftest import ADMIN, EVALUATION
from tests.store.engines import prepare_postgres
from tests.support.servers import PostgresServer
from tests.support.timing import eventually, within
from tests.usecases.world import World

API = "/api/v1/environments/production"
ADMIN_HEADERS = {"Authorization": f"Bearer {ADMIN}"}


def report(sequence: int = 1, **members: Any) -> Report:
    told: dict[str, Any] = {
        "client": "c" * 32, "sequence": sequence, "environment": "production", "sdk": "test", "application": "",
        "epoch": "e", "revision": 1, "uses": [UseRow("flag", "new-checkout", "on", 1, 10)],
    }  # fmt: skip
    return Report(**told | members)


def sdk_token(client: TestClient, environment: str = "production") -> str:
    body = {"kind": "sdk", "environment": environment, "name": "test"}
    made: str = client.post("/api/v1/tokens", json=body, headers=ADMIN_HEADERS).json()["document"]["token"]
    return made


def send(client: TestClient, token: str | None, body: bytes, kind: str = "application/json") -> Response:
    headers = {"Content-Type": kind} | ({"Authorization": f"Bearer {token}"} if token else {})
    return client.post("/sdk/v1/usage", content=body, headers=headers)


def uses(client: TestClient) -> int:
    [item] = client.get(f"{API}/usage?flag=new-checkout", headers=ADMIN_HEADERS).json()["items"]
    found: int = item["uses"]
    return found


def test_a_report_is_taken_at_once_and_shown_soon(client: TestClient) -> None:
    answer = send(client, sdk_token(client), report_json(report()))

    assert (answer.status_code, answer.content) == (202, b"")
    eventually(lambda: uses(client) == 10)
    text = client.get("/metrics").text
    assert 'flagsvc_usage_reports_total{outcome="taken"} 1.0' in text


def test_a_member_that_a_later_sdk_sends_is_ignored(client: TestClient) -> None:
    members = json.loads(report_json(report())) | {"later": True}

    assert send(client, sdk_token(client), json.dumps(members).encode()).status_code == 202


@pytest.mark.parametrize(
    ("holder", "status", "code"),
    [
        (None, 401, "unauthenticated"),
        ("nobody", 401, "unauthenticated"),
        (ADMIN, 403, "forbidden"),
        (EVALUATION, 403, "forbidden"),
        ("staging", 403, "forbidden"),
    ],
)
def test_only_an_sdk_of_that_environment_reports(
    client: TestClient, holder: str | None, status: int, code: str
) -> None:
    token = sdk_token(client, "staging") if holder == "staging" else holder

    answer = send(client, token, report_json(report()))

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{}", "application/json", 400),
        (b"garbage", "application/json", 400),
        (b"\xff", "application/json", 400),
        (b" " * (MAX_BYTES + 1), "application/json", 413),
        (report_json(report()), "text/plain", 415),
    ],
)
def test_what_is_no_report_is_refused(client: TestClient, body: bytes, kind: str, status: int) -> None:
    answer = send(client, sdk_token(client), body, kind)

    assert answer.status_code == status
    assert answer.json()["requestId"]


def test_too_many_reports_are_sent_back(service: Service, client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "MAX_WAITING", 0)

    answer = send(client, sdk_token(client), report_json(report()))

    assert (answer.status_code, answer.json()["code"], answer.headers["Retry-After"]) == (503, "unavailable", "30")


def test_the_share_of_clients_at_the_present_revision_is_a_metric(service: Service, client: TestClient) -> None:
    token = sdk_token(client)
    snapshot = service.replica.snapshot("production")
    assert snapshot is not None
    behind = report(1, client="b" * 32, epoch=snapshot.epoch, revision=snapshot.revision - 1)
    current = report(1, client="a" * 32, epoch=snapshot.epoch, revision=snapshot.revision)

    for each in (behind, current):
        assert send(client, token, report_json(each)).status_code == 202

    sample = 'flagsvc_clients_at_revision_ratio{environment="production"} 0.5'
    eventually(lambda: sample in client.get("/metrics").text)
    summary = client.get(f"{API}/clients", headers=ADMIN_HEADERS).json()["summary"]
    assert summary["sentence"] == f"1 of 2 clients on revision {snapshot.revision}"
    assert [each["client"] for each in summary["behind"]] == ["b" * 32]


def test_a_flag_and_a_split_together_are_refused(client: TestClient) -> None:
    answer = client.get(f"{API}/usage?flag=a&split=b", headers=ADMIN_HEADERS)

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "query/split")


def test_what_waits_is_written_at_the_end(service: Service, client: TestClient) -> None:
    service._usage._loop.stop()
    assert send(client, sdk_token(client), report_json(report())).status_code == 202
    assert uses(client) == 0

    service._usage.stop()

    assert uses(client) == 10


@pytest.fixture
def away(postgres_server: PostgresServer) -> Iterator[tuple[PostgresServer, SqlStore]]:
    url = prepare_postgres(postgres_server.url)
    store = open_store(url, chance=lambda: 0.5, patience_seconds=1.0)
    World(store, "production").flag("new-checkout")
    yield postgres_server, store
    store.close()


@pytest.mark.servers
def test_a_dead_database_delays_reports_and_refuses_only_what_is_too_much(
    away: tuple[PostgresServer, SqlStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    server, store = away
    monkeypatch.setattr(log, "MAX_WAITING", 3)
    told: list[Recorded] = []
    usage = UsageLog(store, lambda: datetime.now(UTC), told.append)
    server.stop()  # killed, it would forget the flag: it does not sync

    with within(1):
        taken = [usage.accept(report(sequence)) for sequence in range(1, 6)]
    with pytest.raises(Unavailable):
        usage.turn()

    assert taken == [True, True, True, False, False]
    server.start()
    usage.start()
    eventually(lambda: told)
    usage.stop()
    assert told == [Recorded(taken=3)]
    assert usage.accept(report(6))


def test_hashes_weigh_what_they_take_in_memory(store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "MAX_ROWS_WAITING", 1000)
    usage = UsageLog(store, lambda: datetime.now(UTC), lambda _: None)
    full = [UnitsRow("flag", f"key{number}", Sample(0, frozenset(range(256)))) for number in range(20)]

    taken = [usage.accept(report(sequence, uses=(), units=full)) for sequence in (1, 2)]
    usage.turn()

    assert taken == [True, False]
    assert usage.accept(report(2, uses=(), units=full))


def test_a_receipt_is_written_without_delay(store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "TURN_SECONDS", 300.0)
    told: list[Recorded] = []
    usage = UsageLog(store, lambda: datetime.now(UTC), told.append)
    usage.start()
    eventually(lambda: usage._looked > 0)  # the first turn is over

    usage.accept(report(1))

    eventually(lambda: told)
    usage.stop()


def test_a_report_that_cannot_be_written_keeps_no_other_out(store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: object) -> Recorded:
        raise ValueError("poison")

    told: list[Recorded] = []
    usage = UsageLog(store, lambda: datetime.now(UTC), told.append)
    usage.accept(report(1))
    with monkeypatch.context() as patch:
        patch.setattr(log, "record_reports", broken)
        usage.turn()
    usage.accept(report(2))
    usage.turn()

    assert told == [Recorded(failed=1), Recorded(taken=1)]
