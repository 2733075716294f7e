"""One service with the sample data that pages speak of, for all pages that leave it as they found it."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.documents.deploying import settings
from tests.documents.shell import Reader
from tests.support.service import Service


@pytest.fixture(scope="session")
def sampled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with closing(Service(settings(tmp_path_factory.mktemp("sampled")))) as running:
        running.start()
        yield running


@pytest.fixture
def reader(sampled: Service, tmp_path: Path) -> Reader:
    return Reader(tmp_path, sampled)
