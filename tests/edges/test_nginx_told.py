"""examples/nginx/told.conf with the edge module, as they are."""

from collections.abc import Iterator

import pytest

from tests.edges.told import ToldEdge
from tests.support.told_nginx import Site

pytestmark = pytest.mark.servers


class TestNjs(ToldEdge):
    @pytest.fixture(scope="class")
    @classmethod
    def site(cls) -> Iterator[Site]:
        with Site("nginx-njs") as site:
            yield site
