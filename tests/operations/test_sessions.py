"""Sessions of a whole process: its settings and its loops are those that count."""

from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from flagsvc.app import Founding, Service
from flagsvc.app import service as module
from flagsvc.domain.records import Session
from flagsvc.settings import Settings
from tests.operations.conftest import ADMIN
from tests.support.timing import eventually

BY_PROXY = {"Sec-Fetch-Site": "same-origin", "X-Forwarded-Proto": "https"}
LONG_AGO = "2020-01-01T00:00:00.000000Z"


@pytest.fixture
def process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    monkeypatch.setattr(module, "USE_SECONDS", 0.05)
    settings = Settings(data_dir=tmp_path, trusted_proxies=(ip_network("127.0.0.1"),), session_seconds=600)
    opened = Service(settings, Founding(admin_token=ADMIN), pytest.fail)
    opened.start()
    yield opened
    opened.stop()


def _kept(process: Service) -> set[str]:
    with process.store.reading() as view:
        return {session.token_id for session in view.sessions()}


def test_the_settings_say_how_long_a_session_lasts_and_whose_word_counts(process: Service) -> None:
    client = TestClient(process.asgi, client=("127.0.0.1", 50_000))

    cookie = client.post("/api/v1/session", json={"token": ADMIN}, headers=BY_PROXY).headers["Set-Cookie"]

    assert cookie.startswith("__Host-flagsvc=")
    assert "; Max-Age=600; " in cookie


def test_sessions_that_are_over_go_and_others_stay(process: Service) -> None:
    client = TestClient(process.asgi, client=("127.0.0.1", 50_000))
    token_id = client.post("/api/v1/session", json={"token": ADMIN}, headers=BY_PROXY).json()["tokenId"]
    over = Session("over", "nobody", LONG_AGO, LONG_AGO, LONG_AGO)

    process.store.run([], lambda tx: tx.add_session(over, 100))
    process.sessions.refresh()

    eventually(lambda: _kept(process) == {token_id}, "the session that is over to go")
