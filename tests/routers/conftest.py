"""Limits of time, short enough for tests of who does not answer."""

import pytest

from flagsvc.routers.common import awaiting, http


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "READ_SECONDS", 0.4)
    monkeypatch.setattr(http, "WHOLE_SECONDS", 0.4)
    monkeypatch.setattr(awaiting, "AWAIT_SECONDS", 0.2)
    monkeypatch.setattr(awaiting, "PAUSE_SECONDS", 0.01)
