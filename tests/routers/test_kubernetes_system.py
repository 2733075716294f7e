"""The guides of the Kubernetes routers from end to end: the service, bound as they say, drives an API server."""

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest

from tests.routers.test_istio import MeshWorld
from tests.routers.test_kubernetes_deployments import ReplicasWorld
from tests.routers.test_kubernetes_httproute import RouteWorld
from tests.support.guides import BLOCK
from tests.support.kube.fake import FakeKube
from tests.support.kube.world import KubeWorld
from tests.support.link import Link
from tests.support.service import ADMIN_TOKEN, Service
from tests.support.timing import eventually
from tests.support.tree import ROOT

WORLDS: dict[str, Callable[[FakeKube, Link, Path], KubeWorld]] = {
    "gateway-api.md": RouteWorld,
    "istio.md": MeshWorld,
    "kubernetes-deployments.md": ReplicasWorld,
}


@pytest.fixture
def link(small_kube: FakeKube) -> Iterator[Link]:
    with Link(small_kube.port) as link:
        yield link


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    service = Service({"SAMPLE_DATA": "true", "ROUTERS": str(tmp_path / "routers.yaml")})
    yield service
    service.close()


def told(world: KubeWorld) -> Any:
    """Give what is in force at the API server, in the router's own steps."""
    return dict(world.router.observe().weights)


def commands(page: str) -> str:
    """Give the guide's commands; kubectl, which only shows the object, is left to people."""
    (text,) = [text for language, text in BLOCK.findall((ROOT / "docs/routers" / page).read_text()) if language == "sh"]
    return "\n".join(line for line in text.splitlines() if not line.startswith("kubectl "))


def phase_of(service: Service, name: str) -> str | None:
    status = service.call("GET", f"environments/production/bindings/{name}")["status"]
    return status["phase"] if status else None


@contextmanager
def pods_of(world: KubeWorld) -> Iterator[None]:
    with world.pods if isinstance(world, ReplicasWorld) else nullcontext():
        yield


@pytest.mark.parametrize("page", WORLDS)
def test_a_guide_s_commands_move_the_cluster(
    page: str, small_kube: FakeKube, link: Link, service: Service, tmp_path: Path
) -> None:
    world = WORLDS[page](small_kube, link, tmp_path)
    service.start()
    steps = world.router.capabilities.granularity
    environment = os.environ | {"FLAGSVC": service.url, "TOKEN": ADMIN_TOKEN}

    with pods_of(world):
        done = subprocess.run(
            ["sh", "-ec", commands(page)], env=environment, capture_output=True, text=True, check=False
        )

        assert done.returncode == 0, done.stderr
        eventually(lambda: told(world) == {"stable": steps * 95 // 100, "canary": steps * 5 // 100}, done.stdout)
        eventually(lambda: phase_of(service, world.name) == "applied", "the binding says so")
    world.admin.close()


def test_a_weight_that_gitops_reverts_is_put_back(
    small_kube: FakeKube, link: Link, service: Service, tmp_path: Path
) -> None:
    world = RouteWorld(small_kube, link, tmp_path)
    service.start()
    environment = os.environ | {"FLAGSVC": service.url, "TOKEN": ADMIN_TOKEN}
    subprocess.run(["sh", "-ec", commands("gateway-api.md")], env=environment, capture_output=True, check=True)
    eventually(lambda: told(world) == {"stable": 95_000, "canary": 5_000}, "as told")
    eventually(lambda: phase_of(service, "gateway") == "applied", "applied")

    world.by_hand(0)

    eventually(lambda: told(world) == {"stable": 95_000, "canary": 5_000}, "told again")
    world.admin.close()
