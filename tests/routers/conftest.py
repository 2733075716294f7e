"""Stores for the loop that tells routers, API servers for Kubernetes, limits of time short enough for silence."""

import pytest

from flagsvc.outbound import http
from flagsvc.routers.common import awaiting
from tests.store.conftest import prepared_postgres, prepared_sqlite, sqlite, store
from tests.support.kube.fixtures import kube, kube_link, real_kube, small_kube

__all__ = ["kube", "kube_link", "prepared_postgres", "prepared_sqlite", "real_kube", "small_kube", "sqlite", "store"]


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "READ_SECONDS", 0.8)
    monkeypatch.setattr(http, "WHOLE_SECONDS", 0.8)
    monkeypatch.setattr(awaiting, "AWAIT_SECONDS", 0.2)
    monkeypatch.setattr(awaiting, "PAUSE_SECONDS", 0.01)
