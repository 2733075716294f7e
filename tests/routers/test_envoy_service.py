"""The whole way: the service with a binding, two replicas over one database, and an Envoy; any of them killed."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.edges.asked import backend
from tests.edges.told import UNITS
from tests.support.edge import Backend
from tests.support.envoy import EnvoyServer
from tests.support.pipeline import ask_all, request
from tests.support.process import free_port
from tests.support.service import Service
from tests.support.timing import eventually

pytestmark = pytest.mark.servers

ROOT = "environments/production"
ROUTERS = """
routers:
  edge-1:
    kind: envoy
    backends: {stable: stable, canary: canary}
    nodes: [envoy-1]
"""


class World:
    """A service over SQLite, an Envoy that fetches from it, two echoing back ends."""

    def __init__(self, stack: ExitStack, folder: Path) -> None:
        routers = folder / "routers.yaml"
        routers.write_text(ROUTERS)
        self.service = Service({"SAMPLE_DATA": "true", "ROUTERS": str(routers)})
        stack.callback(self.service.close)
        self.service.start()
        ports = {name: stack.enter_context(Backend(name)).port for name in ("stable", "canary")}
        self.envoy = EnvoyServer("told.yaml", {"flagsvc": self.service.port, **ports}, port=free_port())
        stack.callback(self.envoy.close)
        self.envoy.start()
        self.service.call("POST", f"{ROOT}/bindings", {"key": "edge", "split": "checkout", "routers": ["edge-1"]})

    def weigh(self, canary: int) -> str:
        """Move the split, wait until it is applied, and give the version that Envoy holds."""
        weights = {"canary": canary, "stable": 100_000 - canary}
        self.service.call("POST", f"{ROOT}/splits/checkout/weights", {"weights": weights})
        eventually(lambda: self._applied(canary), f"{canary} applied")
        eventually(lambda: self.envoy.listens, "the port, open")
        self.envoy.settle()
        return self.held()

    def held(self) -> str:
        """Read from Envoy itself which version of the routes it has."""
        dump = self.envoy.dump("dynamic_route_configs")
        return next((str(found.get("version_info", "")) for found in dump), "")

    def canaries(self) -> list[str]:
        """List the users in the canary, of the first three hundred."""
        units = UNITS[:300]
        answers = ask_all(self.envoy.port, [request("/", {"X-User-Id": unit}) for unit in units])
        assert {answer.status for answer in answers} == {200}
        return [unit for unit, answer in zip(units, answers, strict=True) if backend(answer) == "canary"]

    def _applied(self, canary: int) -> bool:
        status: dict[str, Any] | None = self.service.call("GET", f"{ROOT}/bindings/edge")["status"]
        if status is None or status["phase"] != "applied":
            return False
        return bool(status["desired"]["weights"].get("canary") == canary)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with ExitStack() as stack:
        yield World(stack, tmp_path_factory.mktemp("service"))


def test_a_dead_service_changes_nothing_and_versions_do_not_come_again_after_its_restart(world: World) -> None:
    versions = [world.weigh(25_000)]
    before = world.canaries()

    world.service.kill()
    try:
        failed = r"rds\.edge-1\.update_failure"
        eventually(lambda: sum(world.envoy.stats(failed).values()) > 1, "requests that reached nobody")
        assert world.canaries() == before
    finally:
        world.service.start()
    assert world.held() == versions[0]
    versions += [world.weigh(canary) for canary in (5_000, 25_000)]

    assert len(set(versions)) == 3
    assert set(world.canaries()) == set(before)


def test_an_envoy_that_is_restarted_has_its_routes_again(world: World) -> None:
    version = world.weigh(25_000)
    before = world.canaries()

    world.envoy.kill()
    world.envoy.start()
    eventually(lambda: world.envoy.listens, "the port, open again")

    assert (world.held(), world.canaries()) == (version, before)


def test_a_service_that_leaves_lets_go_of_what_it_holds(world: World) -> None:
    """Or it would be killed for the requests that it holds for ten seconds."""
    world.weigh(5_000)

    code = world.service.stop()

    try:
        assert code == 0
        assert "leaving" in world.service.output()
    finally:
        world.service.start()
