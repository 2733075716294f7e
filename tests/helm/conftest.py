"""The Helm engine and the real API server, once per worker."""

from collections.abc import Iterator

import pytest

from tests.support.chart.engine import Engine
from tests.support.kube.fixtures import real_kube

__all__ = ["engine", "real_kube"]


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    with Engine() as engine:
        yield engine
