"""API servers for the routers of Kubernetes: ours for each test, the real one once for all where it is asked for."""

from collections.abc import Iterator

import pytest

from tests.support.kube.fake import FakeKube
from tests.support.kube.real import RealKube
from tests.support.link import Link


@pytest.fixture(scope="session")
def real_kube() -> Iterator[RealKube]:
    server = RealKube()
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture(params=["small", pytest.param("real", marks=pytest.mark.kube)])
def kube(request: pytest.FixtureRequest) -> Iterator[FakeKube | RealKube]:
    if request.param == "real":
        yield request.getfixturevalue("real_kube")
        return
    with FakeKube() as server:
        yield server


@pytest.fixture
def small_kube() -> Iterator[FakeKube]:
    with FakeKube() as server:
        yield server


@pytest.fixture
def kube_link(kube: FakeKube | RealKube) -> Iterator[Link]:
    with Link(kube.port) as link:
        yield link
