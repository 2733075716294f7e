"""Credentials of nobody, and nothing of this machine's own configuration of AWS, for every test here."""

import pytest

from tests.support.aws import credentials


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    credentials(monkeypatch)
