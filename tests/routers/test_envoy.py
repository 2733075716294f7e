"""The router of kind "envoy" and real Envoys over the service's own endpoint."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from flagsvc.domain.routing.errors import RouterError
from tests.routers.contract import RouterContract, agrees, brought_to, target
from tests.routers.envoy_world import NAME, OPTIONS, EnvoyWorld
from tests.support.timing import eventually

pytestmark = pytest.mark.servers


class TestEnvoyByTable(RouterContract):
    @pytest.fixture
    def world(self, tmp_path: Path) -> Iterator[EnvoyWorld]:
        with EnvoyWorld(tmp_path) as world:
            yield world

    def test_it_agrees_only_when_every_envoy_has_taken_it(self, world: EnvoyWorld) -> None:
        brought_to(world.router, target(0))
        world.envoys["envoy-2"].pause()

        world.router.apply(target(5_000, 2))
        eventually(lambda: _holds(world, "envoy-1", target(5_000, 2).revision), "one of two")
        observed = world.router.observe()

        assert observed is not None
        assert not agrees(world.router, target(5_000, 2))
        assert observed.detail.startswith("envoy-2 holds epoch.1-")
        world.envoys["envoy-2"].resume()
        eventually(lambda: agrees(world.router, target(5_000, 2)), "both")

    def test_a_table_that_envoy_refuses_is_a_permanent_error_and_the_old_one_stays(self, world: EnvoyWorld) -> None:
        brought_to(world.router, target(5_000))
        urls = {node: envoy.url for node, envoy in world.envoys.items()}
        wrong = world.with_options(domains=("a.test", "a.test"), admin=urls)

        wrong.apply(target(25_000, 2))
        with pytest.raises(RouterError, match=r"refuses epoch\.2.*envoy-1.*envoy-2.*update_rejected is [1-9]") as told:
            eventually(lambda: wrong.observe() is None, "a refusal")

        assert told.value.permanent
        brought_to(world.router, target(50_000, 3))

    def test_what_is_forged_about_another_node_makes_nothing_applied(self, world: EnvoyWorld) -> None:
        brought_to(world.router, target(0))
        world.envoys["envoy-2"].pause()
        required = world.with_options(nodes=("envoy-2",))
        required.apply(target(5_000, 2))
        version = world.control.shelf.version(NAME)

        for forged in ("envoy-3", "envoy-1"):
            world.control.shelf.note(NAME, forged, version, version)

        assert not agrees(required, target(5_000, 2))
        world.envoys["envoy-2"].resume()
        eventually(lambda: agrees(required, target(5_000, 2)), "the one that counts")

    def test_its_administration_address_shows_what_a_node_really_has(self, world: EnvoyWorld) -> None:
        """However well somebody lies about it at the endpoint."""
        brought_to(world.router, target(0))
        checked = world.with_options(admin={node: envoy.url for node, envoy in world.envoys.items()})
        assert agrees(checked, target(0))
        other = target(5_000, 2)

        with world.control.shut():
            checked.apply(other)
            version = world.control.shelf.version(NAME)
            for node in world.envoys:
                world.control.shelf.note(NAME, node, version, version)

            assert agrees(world.router, other)
            assert not agrees(checked, other)

        eventually(lambda: agrees(checked, other), "the table, really there")

    def test_an_administration_address_that_does_not_answer_is_a_temporary_error_that_names_the_node(
        self, world: EnvoyWorld
    ) -> None:
        brought_to(world.router, target(0))
        checked = world.with_options(admin={"envoy-1": "http://127.0.0.1:9"})

        with pytest.raises(RouterError, match="envoy-1") as told:
            checked.observe()

        assert not told.value.permanent


class TestEnvoyByWeights(RouterContract):
    @pytest.fixture
    def world(self, tmp_path: Path) -> Iterator[EnvoyWorld]:
        options = replace(OPTIONS, form="weights")
        with EnvoyWorld(tmp_path, options, example="weights.yaml", nodes=["envoy-1"]) as world:
            yield world


def _holds(world: EnvoyWorld, name: str, revision: str) -> bool:
    return any(node.id == name and node.held.startswith(revision) for node in world.shelf.nodes(NAME))
