"""The router of Traefik's Redis provider, on the real programs."""

from collections.abc import Iterator

import pytest

from tests.routers.contract import RouterContract
from tests.routers.traefik_world import TraefikSite, TraefikWorld, open_client

pytestmark = pytest.mark.servers

WEIGHTED = "traefik/http/services/checkout/weighted"


class RedisWorld(TraefikWorld):
    """Told through Redis."""

    def by_hand(self, canary: int) -> None:
        with open_client(self.site.redis) as client:
            client.mset({f"{WEIGHTED}/services/0/weight": canary, f"{WEIGHTED}/services/1/weight": 100_000 - canary})

    def writes(self) -> int:
        with open_client(self.site.redis) as client:
            found = client.info("commandstats")
        return int(found.get("cmdstat_exec", {}).get("calls", 0))


@pytest.fixture(scope="module")
def site() -> Iterator[TraefikSite]:
    with TraefikSite("redis") as site:
        yield site


@pytest.fixture
def world(site: TraefikSite) -> RedisWorld:
    site.clean()
    return RedisWorld(site, "edge-redis")


class TestTraefikRedis(RouterContract):
    pass
