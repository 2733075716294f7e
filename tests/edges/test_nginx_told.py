"""examples/nginx/told.conf with the edge module, as they are."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from flagsvc.domain.routing.errors import RouterError
from tests.edges.told import ToldEdge, cohorts, tell
from tests.routers.contract import target
from tests.support.told_nginx import Site

pytestmark = pytest.mark.servers


class TestNjs(ToldEdge):
    @pytest.fixture(scope="class")
    @classmethod
    def site(cls) -> Iterator[Site]:
        with Site("nginx-njs") as site:
            yield site

    def test_ten_thousand_listed_units_beyond_ascii_are_told_and_read_back(self, site: Site) -> None:
        """Said in well under the two seconds that a status may take: njs is slow with long texts beyond ASCII."""
        listed = {f"{'Ü' * 5}{number}": "canary" for number in range(10_000)}
        tell(site, replace(target(0), forced=listed))

        assert set(cohorts(site, list(listed)[::100])) == {"canary"}

    def test_more_listed_units_than_a_worker_can_tell_of_in_time_are_refused(self, site: Site) -> None:
        listed = {str(number): "canary" for number in range(10_001)}

        with pytest.raises(RouterError, match="10,001 units are listed one by one, and this edge takes 10,000") as told:
            site.router.apply(replace(target(0), forced=listed))

        assert told.value.permanent
