"""One running system for all tests of this folder that ask for it."""

from collections.abc import Iterator

import pytest

from tests.system.cluster import Cluster, running


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    with running() as system:
        yield system
