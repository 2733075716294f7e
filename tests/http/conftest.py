"""A service per test, copied from one that was prepared once per process."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.http.service import Service, open_service, reopen


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("prepared")
    service = open_service(directory)
    service.store.close()
    return directory


@pytest.fixture
def service(prepared: Path, tmp_path: Path) -> Iterator[Service]:
    shutil.copytree(prepared, tmp_path / "data")
    opened = reopen(tmp_path / "data")
    yield opened
    opened.store.close()
