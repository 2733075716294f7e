"""The Helm engine, once per worker."""

from collections.abc import Iterator

import pytest

from tests.support.chart.engine import Engine


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    with Engine() as engine:
        yield engine
