"""docs/routers/traefik.md, run as it stands: only places and the token are others."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from flagsvc.routers.common.counting import Counted, CountsOptions
from tests.routers.contract import brought_to, target
from tests.routers.traefik_world import PAGE, TraefikSite, entry, guide
from tests.support.followed import bound, served
from tests.support.snippets import snippets
from tests.support.timing import eventually

pytestmark = pytest.mark.servers

RUN, BIND = snippets(PAGE, "sh")


@pytest.fixture
def site(request: pytest.FixtureRequest) -> Iterator[TraefikSite]:
    with TraefikSite(request.param) as site:
        yield site


@pytest.mark.parametrize("site", ["redis", "http"], indirect=True)
def test_a_reader_who_follows_the_guide_has_a_canary(site: TraefikSite) -> None:
    assert RUN.strip() == "traefik --configFile=traefik.yaml"  # as TraefikServer starts it
    routers = guide("routers.yaml")
    places = {"127.0.0.1:8090": site.api.removeprefix("http://"), "127.0.0.1:6379": f"127.0.0.1:{site.redis.port}"}
    for old, new in (places | {"/etc/flagsvc/traefik.token": str(site.token_file)}).items():
        assert old in routers
        routers = routers.replace(old, new)
    with ExitStack() as stack:
        service = served(stack, routers)
        site.link.target = service.port

        bound(service, BIND.replace('"edge-redis"', f'"edge-{site.provider}"'))

        assert 16 <= site.seen(400)["canary"] <= 24


@pytest.mark.parametrize("site", ["redis"], indirect=True)
def test_requests_are_counted_as_the_guide_says(site: TraefikSite) -> None:
    given = entry("edge-redis")["counts"]
    assert given["page"] == "http://127.0.0.1:8090/metrics"
    router = Counted(site.made("edge-redis"), CountsOptions(**(given | {"page": f"{site.api}/metrics"})))
    brought_to(router, target(25_000))
    site.seen(40)
    before = router.counts()

    site.seen(400)

    def more() -> dict[str, int]:
        return {name: count - before.get(name, 0) for name, count in router.counts().items()}

    eventually(lambda: sum(more().values()) == 400, "four hundred more")
    assert 97 <= more()["canary"] <= 103
