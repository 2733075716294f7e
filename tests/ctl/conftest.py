"""One service for all tests of this folder; each test has flags of its own and a program with a home of its own."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.ctl.program import Flagctl
from tests.support.service import ADMIN_TOKEN, Service

ENVIRONMENT = "staging"
_numbers = count()


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    routers = tmp_path_factory.mktemp("routers") / "routers.yaml"
    routers.write_text("routers:\n" + "".join(f"  edge-{number}: {{kind: none}}\n" for number in range(20)))
    running = Service({"ROUTERS": str(routers)})
    try:
        running.start()
        yield running
    finally:
        running.close()


@pytest.fixture
def ctl(service: Service, tmp_path: Path) -> Flagctl:
    variables = {"FLAGSVC_URL": service.url, "FLAGSVC_TOKEN": ADMIN_TOKEN, "FLAGSVC_ENVIRONMENT": ENVIRONMENT}
    return Flagctl(tmp_path, variables)


@pytest.fixture
def new_flag(service: Service) -> Callable[..., str]:
    """Make a flag of which `on` percent get "on", with a rule for Germany that serves it to all; gives its key."""

    def make(on: int = 10) -> str:
        key = f"flag-{next(_numbers)}"
        weights = {"on": on * 1000, "off": 100_000 - on * 1000}
        rule = {"id": "germany", "when": {"attribute": "country", "op": "in", "values": ["DE"]}, "serve": "on"}
        configuration = {"enabled": True, "rules": [rule], "default": {"split": {"weights": weights}}}
        body = {"key": key, "type": "boolean", "owner": "payments", "environments": {ENVIRONMENT: configuration}}
        service.call("POST", "flags", body, **{"X-Change-Reason": "a test"})
        return key

    return make


@pytest.fixture
def new_split(service: Service) -> Callable[..., str]:
    """Make a traffic split of which `canary` percent go to the canary; gives its key."""

    def make(canary: int = 10) -> str:
        key = f"split-{next(_numbers)}"
        weights = {"canary": canary * 1000, "stable": 100_000 - canary * 1000}
        body = {"key": key, "backends": ["stable", "canary"], "stable": "stable"}
        service.call("POST", f"environments/{ENVIRONMENT}/splits", body | {"default": {"split": {"weights": weights}}})
        return key

    return make


@pytest.fixture
def weights(service: Service) -> Callable[[str], dict[str, int]]:
    """Read the weights of a flag's default."""

    def read(key: str) -> dict[str, int]:
        document = service.call("GET", f"environments/{ENVIRONMENT}/flags/{key}")
        return dict(document["default"]["split"]["weights"])

    return read
