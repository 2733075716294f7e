"""The router of Traefik's HTTP provider, on a real Traefik and this service's own endpoint."""

from collections.abc import Iterator

import pytest

from flagsvc.routers.traefik_plan import Naming, services_of
from tests.routers.contract import RouterContract
from tests.routers.traefik_world import TraefikSite, TraefikWorld, entry

pytestmark = pytest.mark.servers


class HttpWorld(TraefikWorld):
    """Told by what it fetches."""

    def by_hand(self, canary: int) -> None:
        import json

        naming = Naming(service="checkout", backends=entry("edge-http")["backends"])
        services = services_of(naming, {"stable": 100_000 - canary, "canary": canary}, None)
        self.site.lay(json.dumps({"http": {"services": services}}))

    def writes(self) -> int:
        item = self.site.shelf.item("edge-http")
        return hash(item and item.version)


@pytest.fixture(scope="module")
def site() -> Iterator[TraefikSite]:
    with TraefikSite("http") as site:
        yield site


@pytest.fixture
def world(site: TraefikSite) -> HttpWorld:
    site.clean()
    return HttpWorld(site, "edge-http")


class TestTraefikHttp(RouterContract):
    pass
