"""Limits of time short enough for silence, credentials of nobody, and links that are whole again after each test."""

import pytest

from flagsvc.metric_sources.common import reading
from flagsvc.outbound import aws, http
from tests.support.aws import credentials


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    credentials(monkeypatch)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "VISIT_SECONDS", 0.4)
    monkeypatch.setattr(http, "WHOLE_SECONDS", 0.4)
    monkeypatch.setattr(aws, "READ_SECONDS", 0.4)
