"""A database that is away: waited for at the start, and missed by nobody who only asks for decisions."""

from pathlib import Path

import pytest
from pydantic import SecretStr
from starlette.testclient import TestClient

from flagsvc.app import Founding, Service
from flagsvc.settings import Settings
from tests.operations.conftest import ADMIN, EVALUATION
from tests.support.servers import PostgresServer
from tests.support.timing import eventually, within

BEARER = {"Authorization": f"Bearer {EVALUATION}"}
FOUNDING = Founding(admin_token=ADMIN, evaluation_token=EVALUATION, sample_data=True)


def decisions(client: TestClient) -> tuple[int, int, str]:
    context = {"context": {"targetingKey": "user-1"}}
    single = client.post("/ofrep/v1/evaluate/flags/new-checkout", json=context, headers=BEARER)
    decide = client.get("/traffic/v1/production/checkout/decide", headers={"X-User-Id": "user-1"})
    return single.status_code, decide.status_code, decide.headers["x-cohort"]


def test_it_is_waited_for_and_its_loss_degrades_and_nothing_else(
    postgres_server: PostgresServer, tmp_path: Path
) -> None:
    url = SecretStr(postgres_server.url)
    postgres_server.stop()
    service = Service(Settings(data_dir=tmp_path, database_url=url), FOUNDING, pytest.fail)
    service.start()
    try:
        with TestClient(service.asgi) as client:
            ready = client.get("/health/ready")
            assert (ready.status_code, "waiting for the database" in ready.json()["reasons"]) == (503, True)
            assert client.get("/health/live").status_code == 200
            assert decisions(client)[1:] == (200, "stable")

            postgres_server.start()
            eventually(lambda: client.get("/health/ready").status_code == 200)
            before = decisions(client)
            assert before[0] == 200

            postgres_server.stop()
            eventually(lambda: client.get("/health").json()["status"] == "degraded")
            assert client.get("/health/ready").status_code == 200
            assert decisions(client) == before
            with within(3):
                assert client.get("/api/v1/flags", headers={"Authorization": f"Bearer {ADMIN}"}).status_code == 503

            postgres_server.start()
            eventually(lambda: client.get("/health").json()["status"] == "ok")
    finally:
        service.stop()


def test_without_leave_to_upgrade_it_waits_for_the_schema(postgres_database_url: str, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, database_url=SecretStr(postgres_database_url), database_upgrade=False)
    waiting = Service(settings, FOUNDING, pytest.fail)
    upgrading = Service(settings.model_copy(update={"database_upgrade": True}), FOUNDING, pytest.fail)
    waiting.start()
    try:
        assert waiting.replica.environments() == ()
        upgrading.start()
        eventually(lambda: "production" in waiting.replica.environments())
    finally:
        waiting.stop()
        upgrading.stop()
