"""The service is killed at every named point of the loop that drives rollouts, and goes on where it was."""

import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import httpx2
import pytest

from tests.support.service import Service
from tests.support.timing import eventually
from tests.system.killed_service import POINTS
from tests.system.losses import PRODUCTION, make_flag

pytestmark = pytest.mark.servers

CHANCE = random.SystemRandom()
ASKING = {"before questions are asked", "after questions were asked", "when an answer has come"}
"""Points that a way back without hooks may never come to: it asks nobody anything."""
MOST_CALLS = {"when an answer has come": 2}


class Deadly(Service):
    """A service that ends by itself when it is told where."""

    module = "tests.system.killed_service"

    def __init__(self) -> None:
        super().__init__({"OUTBOUND_NETWORKS": "127.0.0.0/8"})
        self.wish = self.folder / "kill-at"

    def _words(self) -> list[str]:
        return [sys.executable, "-m", self.module, self._command]


@contextmanager
def deadly() -> Iterator[Deadly]:
    service = Deadly()
    try:
        service.start()
        yield service
    finally:
        service.close()


def plan(service: Service, hold: str) -> dict[str, Any]:
    """Two targets, three steps, and a smoke test of the service itself."""
    checks = [{"url": f"{service.url}/health/live"}]
    gates = [{"name": "smoke", "kind": "smoke", "checks": checks}]
    steps = [
        {"name": f"{weight}", "weights": {"edge": weight, "flag": weight}, "hold": hold, "gates": gates}
        for weight in (5_000, 50_000, 100_000)
    ]
    return {
        "strategy": "canary",
        "targets": [
            {"name": "edge", "kind": "split", "key": "edge", "candidate": "canary", "baseline": "stable"},
            {"name": "flag", "kind": "flag", "key": "flag", "candidate": "on", "baseline": "off"},
        ],
        "steps": steps,
    }


def prepared(service: Service) -> dict[str, Any]:
    make_flag(service, "flag")
    body = {"key": "edge", "backends": ["stable", "canary"], "stable": "stable", "default": {"serve": "stable"}}
    service.call("POST", f"{PRODUCTION}/splits", body)
    return places(service)


def places(service: Service) -> dict[str, Any]:
    found = {name: service.call("GET", f"{PRODUCTION}/{name}") for name in ("splits/edge", "flags/flag")}
    return {name: document["default"] for name, document in found.items()}


def phase(service: Service) -> str:
    return str(service.call("GET", f"{PRODUCTION}/rollouts/edge-1")["status"]["phase"])


def dies(service: Deadly, point: str, most: int) -> None:
    """Let it die at some call of that point, and begin its next life."""
    count = CHANCE.randint(1, most)
    service.wish.write_text(f"{point}:{count}")
    eventually(lambda: not service.alive, f"the end at call {count}")
    service.wish.unlink()
    service.start()


def moves(service: Service) -> list[tuple[str, str]]:
    """Give what was moved, the oldest first."""
    changes = service.call("GET", f"{PRODUCTION}/changes?limit=200")["items"][::-1]
    moved = [change for change in changes if change["action"].endswith((".step", ".restore-place"))]
    return [(change["action"], change["edits"][0]["key"]) for change in moved]


@pytest.mark.parametrize("point", sorted(POINTS))
def test_killed_at_a_point_a_rollout_goes_on_and_no_step_is_doubled_or_left_out(point: str) -> None:
    with deadly() as service:
        prepared(service)
        service.call("POST", f"{PRODUCTION}/rollouts", {"plan": plan(service, "500ms")})

        dies(service, point, MOST_CALLS.get(point, 4))
        eventually(lambda: phase(service) == "succeeded", "the end of the rollout")

        assert moves(service) == [("split.step", "edge"), ("flag.step", "flag")] * 3


@pytest.mark.parametrize("point", sorted(set(POINTS) - ASKING))
def test_killed_on_the_way_back_everything_is_as_it_was(point: str) -> None:
    with deadly() as service:
        before = prepared(service)
        service.call("POST", f"{PRODUCTION}/rollouts", {"plan": plan(service, "1h")})
        eventually(lambda: phase(service) == "baking", "the first step")
        service.wish.write_text(f"{point}:1")
        with suppress(httpx2.HTTPError):  # its answer may be lost with it
            service.call("POST", f"{PRODUCTION}/rollouts/edge-1/abort", {"reason": "no good"})
        eventually(lambda: not service.alive, "the end")
        service.wish.unlink()
        service.start()
        service.call("POST", f"{PRODUCTION}/rollouts/edge-1/abort", {"reason": "no good"})
        eventually(lambda: phase(service) == "rolled-back", "everything back")

        assert places(service) == before
        restored = [("flag.restore-place", "flag"), ("split.restore-place", "edge")]
        assert moves(service) == [("split.step", "edge"), ("flag.step", "flag"), *restored]
