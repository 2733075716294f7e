"""Limits of time short enough for silence."""

import pytest

from flagsvc.notifiers import email, sending
from tests.store.conftest import prepared_postgres, prepared_sqlite, sqlite, store

__all__ = ["prepared_postgres", "prepared_sqlite", "sqlite", "store"]


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "SECONDS", 0.7)
    monkeypatch.setattr(email, "STEP_SECONDS", 0.5)
    monkeypatch.setattr(email, "WHOLE_SECONDS", 1.0)
