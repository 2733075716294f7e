"""One service with the sample data that pages speak of, for all pages that leave it as they found it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.documents.shell import Reader
from tests.support.service import Service

ROUTERS = "routers:\n  edge-1: {kind: none}\n  edge-2: {kind: none}\n"


@pytest.fixture(scope="session")
def sampled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    routers = tmp_path_factory.mktemp("routers") / "routers.yaml"
    routers.write_text(ROUTERS)
    running = Service({"SAMPLE_DATA": "true", "ROUTERS": str(routers)})
    try:
        running.start()
        yield running
    finally:
        running.close()


@pytest.fixture
def reader(sampled: Service, tmp_path: Path) -> Reader:
    return Reader(tmp_path, sampled)
