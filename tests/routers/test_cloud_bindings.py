"""The running service drives a cloud's routers and somebody's own at once, and takes all back when one refuses."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.support.fake_arm import GROUP, IDENTITY_SECRET, SITE, SUBSCRIPTION, FakeArm
from tests.support.fake_cloud_run import FakeCloudRun, account
from tests.support.fake_docker import FakeDocker
from tests.support.service import Service
from tests.support.timing import eventually

PRODUCTION = "environments/production"
ROUTERS = """
routers:
  slots:
    kind: azure-slots
    subscription: {subscription}
    resource_group: {group}
    site: {site}
    arm: {arm}
    backends: {{stable: production, canary: staging}}
  run:
    kind: cloud-run
    project: shop-project
    location: europe-west1
    service: shop
    endpoint: {run}
    backends: {{stable: shop-00012, canary: shop-00013}}
  swarm: {{kind: docker-swarm, socket: {socket}, replicas: 20, backends: {{stable: shop_stable, canary: shop_canary}}}}
"""


class Clouds:
    """The stand-ins, and a service that drives them by one binding."""

    def __init__(self, arm: FakeArm, run: FakeCloudRun, swarm: FakeDocker, service: Service) -> None:
        self.arm, self.run, self.swarm, self.service = arm, run, swarm, service

    def move(self, canary: int) -> None:
        """Move the split's weights."""
        weights = {"stable": 100_000 - canary, "canary": canary}
        self.service.call("POST", f"{PRODUCTION}/splits/checkout/weights", {"weights": weights})

    def status(self) -> Any:
        """Read how far the binding is; {} before the first turn."""
        return self.service.call("GET", f"{PRODUCTION}/bindings/edge")["status"] or {}

    def shares(self) -> tuple[list[float], list[int], int]:
        """Read what each stand-in has for the canary."""
        percents = [rule["reroutePercentage"] for rule in self.arm.rules]
        rows = [row.get("percent", 0) for row in self.run.service["trafficStatuses"] if row["revision"] == "shop-00013"]
        return percents, rows, self.swarm.service("shop_canary")["Spec"]["Mode"]["Replicated"]["Replicas"]


@pytest.fixture
def clouds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clouds]:
    key, public = account()
    with ExitStack() as stack:
        arm = stack.enter_context(FakeArm())
        run = stack.enter_context(FakeCloudRun(public))
        swarm = stack.enter_context(FakeDocker(tmp_path / "docker.sock"))
        monkeypatch.setenv("IDENTITY_ENDPOINT", f"{arm.url}/msi/token")
        monkeypatch.setenv("IDENTITY_HEADER", IDENTITY_SECRET)
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "account.json"))
        (tmp_path / "account.json").write_text(json.dumps({**key, "token_uri": f"{run.url}/token"}))
        names = {"subscription": SUBSCRIPTION, "group": GROUP, "site": SITE}
        file = tmp_path / "routers.yaml"
        file.write_text(ROUTERS.format(arm=arm.url, run=run.url, socket=swarm.path, **names))
        service = Service({"ROUTERS": str(file)})
        stack.callback(service.close)
        service.start()
        weights = {"stable": 100_000, "canary": 0}
        split = {
            "key": "checkout",
            "backends": ["stable", "canary"],
            "stable": "stable",
            "default": {"split": {"weights": weights}},
        }
        service.call("POST", f"{PRODUCTION}/splits", split)
        binding = {"key": "edge", "split": "checkout", "routers": ["slots", "run", "swarm"]}
        service.call("POST", f"{PRODUCTION}/bindings", binding)
        yield Clouds(arm, run, swarm, service)


def test_all_are_told_and_read_back_and_all_go_back_when_one_refuses(clouds: Clouds) -> None:
    clouds.move(25_000)
    eventually(lambda: clouds.status().get("phase") == "applied" and clouds.shares()[2] == 5, "25 % in force")
    assert clouds.shares() == ([25.0], [25], 5)

    with clouds.run.bent("forbid"):
        clouds.move(50_000)
        eventually(lambda: clouds.status().get("cause"), "the refusal")  # the phases may be over within a look
    eventually(lambda: clouds.shares() == ([25.0], [25], 5), "all back at what was in force")
    eventually(lambda: clouds.status().get("phase") in {"applied", "failed"}, "the way back, done")
