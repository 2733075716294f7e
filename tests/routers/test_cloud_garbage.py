"""Whatever is answered, a cloud's router has no other way out than a RouterError."""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from flagsvc.domain.routing.errors import RouterError
from flagsvc.routers import Tools, build, options_of
from tests.routers.contract import target
from tests.support.fake_arm import GROUP, IDENTITY_SECRET, SITE, SUBSCRIPTION, FakeArm
from tests.support.fake_cloud_run import FakeCloudRun, account
from tests.support.fake_docker import FakeDocker
from tests.support.fake_http import Answer, Asked, Fake

TOOLS = Tools(shelf=None)  # type: ignore[arg-type]  # nothing of it is used
SLOTS, RELEASES = {"stable": "production", "canary": "staging"}, {"stable": "blue", "canary": "green"}
GOOGLE: dict[str, Any] = {"project": "shop-project", "location": "europe-west1", "service": "shop"}
GOOGLE |= {"backends": {"stable": "shop-00012", "canary": "shop-00013"}}
SWARM: dict[str, Any] = {"replicas": 20, "backends": {"stable": "shop_stable", "canary": "shop_canary"}}
AZURE: dict[str, Any] = {"subscription": SUBSCRIPTION, "resource_group": GROUP, "site": SITE}
GARBAGE: list[Any] = [b"<html>", b"", [], [1], "text", 5, {}, {"properties": 5}, {"properties": {"experiments": [7]}}]
GARBAGE += [{"properties": {"experiments": {"rampUpRules": "many"}}}, {"properties": {"defaultHostName": {}}}]
GARBAGE += [
    {"traffic": 5, "trafficStatuses": {}},
    {"traffic": ["a"], "trafficStatuses": [5]},
    {"name": 5, "done": "no"},
]
GARBAGE += [{"traffic": [{"percent": "all", "type": 7}], "trafficStatuses": [{"percent": "all"}]}, {"error": "words"}]
GARBAGE += [{"Spec": 5}, {"Spec": {"Mode": {"Replicated": {"Replicas": "many"}}}}, [{"Status": "up"}], {"status": 5}]
GARBAGE += [{"properties": {"experiments": {"rampUpRules": [{"name": "staging", "reroutePercentage": "x"}]}}}]
pytestmark = pytest.mark.usefixtures("short")


@pytest.fixture(params=["percentage", "swap", "run", "swarm"])
def pair(request: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Fake, Any]]:
    key, public = account()
    makers: dict[str, Callable[[], Fake]] = {
        "run": lambda: FakeCloudRun(public),
        "swarm": lambda: FakeDocker(tmp_path / "docker.sock"),
    }
    fake = makers.get(request.param, FakeArm)()
    with fake:
        monkeypatch.setenv("IDENTITY_ENDPOINT", f"{fake.url}/msi/token")
        monkeypatch.setenv("IDENTITY_HEADER", IDENTITY_SECRET)
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "account.json"))
        (tmp_path / "account.json").write_text(json.dumps({**key, "token_uri": f"{fake.url}/token"}))
        yield fake, _router(request.param, fake)


def _router(form: str, fake: Fake) -> Any:
    kind, given = {
        "percentage": ("azure-slots", AZURE | {"arm": fake.url, "backends": SLOTS}),
        "swap": ("azure-slots", AZURE | {"arm": fake.url, "mode": "swap", "backends": RELEASES}),
        "run": ("cloud-run", GOOGLE | {"endpoint": fake.url}),
        "swarm": ("docker-swarm", SWARM | {"socket": fake.path}),
    }[form]
    return build("edge", kind, options_of(kind)(**given), TOOLS)


@pytest.mark.parametrize("writes", [False, True])
def test_garbage_is_a_router_error_or_nothing(
    pair: tuple[Fake, Any],
    monkeypatch: pytest.MonkeyPatch,
    writes: bool,  # noqa: FBT001  # a row
) -> None:
    fake, router = pair
    answer, kept = fake.answer, fake.state

    for garbage in GARBAGE:

        def bent(asked: Asked, garbage: Any = garbage) -> Answer:
            good = "token" in asked.path or fake.is_write(asked) != writes
            return answer(asked) if good else Answer(200, garbage)

        monkeypatch.setattr(fake, "answer", bent)
        for call in (router.observe, lambda: router.plan(target(100_000)), lambda: router.apply(target(100_000))):
            with suppress(RouterError):
                call()
        fake.state = kept
