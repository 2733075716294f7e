"""The router of Traefik's HTTP provider, on a real Traefik and this service's own endpoint."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from flagsvc.routers.traefik_http import Options
from flagsvc.routers.traefik_plan import Naming, services_of
from tests.edges.told import changed_under_load
from tests.routers.contract import RouterContract, agrees, brought_to, target
from tests.routers.traefik_world import TraefikSite, TraefikWorld, options
from tests.support.link import HOLE, REFUSE
from tests.support.timing import eventually

pytestmark = pytest.mark.servers


class HttpWorld(TraefikWorld):
    """Told by what it fetches."""

    def by_hand(self, canary: int) -> None:
        naming = Naming(service="checkout", backends=options("edge-http")["backends"])
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


def test_the_shares_are_exact_on_the_way_up_and_back(world: HttpWorld) -> None:
    for canary in (0, 5_000, 25_000, 50_000, 100_000, 0):
        brought_to(world.router, target(canary))

        seen = world.site.seen(400)["canary"]

        assert abs(seen - canary / 250) <= (3 if 0 < canary < 100_000 else 0)


def test_no_request_fails_while_weights_swap_from_all_to_nothing(world: HttpWorld) -> None:
    brought_to(world.router, target(0))

    def swap() -> None:
        for number in range(6):
            brought_to(world.router, target(100_000 if number % 2 == 0 else 0, number))

    assert changed_under_load(world.site.port, swap) == []


@pytest.mark.parametrize("fault", [REFUSE, HOLE], ids=["dead", "frozen"])
def test_without_the_service_the_last_table_stays(world: HttpWorld, fault: Any) -> None:
    brought_to(world.router, target(25_000))
    world.site.link.set(fault)

    world.router.apply(target(50_000))

    assert agrees(world.router, target(25_000))
    assert 95 < world.site.seen(400)["canary"] < 105
    world.site.link.heal()
    eventually(lambda: agrees(world.router, target(50_000)), "what lay ready meanwhile")


def test_a_traefik_that_starts_without_the_service_sends_everybody_to_stable(world: HttpWorld) -> None:
    brought_to(world.router, target(100_000))
    world.site.link.set(REFUSE)

    world.restart()

    assert "holds no service checkout" in world.router.observe().detail
    assert world.site.seen(50)["stable"] == 50
    world.site.link.heal()
    eventually(lambda: agrees(world.router, target(100_000)), "what lies ready")


def test_a_traefik_that_shows_another_token_is_told_nothing(world: HttpWorld) -> None:
    brought_to(world.router, target(5_000))
    held = world.site.token_file.read_text()
    world.site.token_file.write_text("rotated, and Traefik does not know\n")
    try:
        world.router.apply(target(50_000))
        eventually(lambda: "401" in world.site.traefik.output(), "the refusal, in Traefik's log")
        assert agrees(world.router, target(5_000))
    finally:
        world.site.token_file.write_text(held)

    eventually(lambda: agrees(world.router, target(50_000)), "what lay ready meanwhile")


def test_the_same_target_again_is_the_same_version(world: HttpWorld) -> None:
    world.router.apply(target(5_000, 7))
    first = world.site.shelf.item("edge-http")

    world.router.apply(target(5_000, 8))
    world.router.apply(target(25_000, 8))

    last = world.site.shelf.item("edge-http")
    assert first is not None
    assert last is not None
    assert first.version.startswith("epoch.7-")
    assert last.version.startswith("epoch.8-")


def test_without_an_api_nothing_starts() -> None:
    given = options("edge-http")

    assert TypeAdapter(Options).validate_python(given)
    with pytest.raises(ValidationError, match="nothing could be read back"):
        TypeAdapter(Options).validate_python(given | {"api": []})
