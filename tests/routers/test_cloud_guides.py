"""The guides of the cloud's routers: their files drive the stand-ins, and their roles have the rights that are used."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from flagsvc.routers import Tools, build
from flagsvc.settings import load_routers
from tests.routers.contract import brought_to, target
from tests.support.fake_arm import IDENTITY_SECRET, ROOT, FakeArm
from tests.support.fake_cloud_run import CANARY_TAGGED, FakeCloudRun, account
from tests.support.fake_docker import FakeDocker
from tests.support.tree import ROOT as TREE

TOOLS = Tools(shelf=None)  # type: ignore[arg-type]  # nothing of it is used
BLOCK = re.compile(r"^( *)```(\w+)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"(?<=services/)[\w-]+")
pytestmark = pytest.mark.usefixtures("short")

RIGHTS: dict[str, str] = {
    "GET /config/web": "Microsoft.Web/sites/config/read",
    "GET /config/slotConfigNames": "Microsoft.Web/sites/config/read",
    "PATCH /config/web": "Microsoft.Web/sites/config/write",
    "GET /slots/staging": "Microsoft.Web/sites/slots/read",
    "POST /config/appsettings/list": "Microsoft.Web/sites/config/list/action",
    "POST /slots/staging/config/appsettings/list": "Microsoft.Web/sites/slots/config/list/action",
    "POST /slots/staging/slotsswap": "Microsoft.Web/sites/slots/slotsswap/action",
    "GET operation": "Microsoft.Web/sites/slots/operationresults/read",
}


def blocks(page: str, language: str) -> list[str]:
    """Give the blocks of a language, without the indentation of the list that they stand in."""
    text = (TREE / "docs" / "routers" / page).read_text()
    found = [(indent, block) for indent, name, block in BLOCK.findall(text) if name == language]
    return [re.sub(f"^{indent}", "", block, flags=re.MULTILINE) for indent, block in found]


def router_of(folder: Path, block: str, *more: str) -> Any:
    """Make the only router of a guide's file; `more` are lines that a test needs, addresses of stand-ins."""
    file = folder / "routers.yaml"
    file.write_text(block + "".join(f"    {line}\n" for line in more))
    (spec,) = load_routers(file)
    return build(spec.name, spec.kind, spec.options, TOOLS)


@pytest.fixture
def arm(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeArm]:
    with FakeArm() as fake:
        monkeypatch.setenv("IDENTITY_ENDPOINT", f"{fake.url}/msi/token")
        monkeypatch.setenv("IDENTITY_HEADER", IDENTITY_SECRET)
        yield fake


@pytest.mark.parametrize(("form", "steps"), [(0, (5_000, 25_000, 0)), (1, (100_000, 0))])
def test_azure(arm: FakeArm, tmp_path: Path, form: int, steps: tuple[int, ...]) -> None:
    router = router_of(tmp_path, blocks("azure-app-service.md", "yaml")[form], f"arm: {arm.url}")

    for canary in steps:
        brought_to(router, target(canary))

    role = json.loads(blocks("azure-app-service.md", "json")[form])
    calls = {f"{asked.method} {_short(asked.path)}" for asked in arm.asked if asked.path != "/msi/token"}
    assert sorted({RIGHTS[call] for call in calls}) == role["Actions"]


def _short(path: str) -> str:
    return "operation" if path.startswith("/operations/") else path.removeprefix(ROOT)


def test_cloud_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key, public = account()
    with FakeCloudRun(public) as run:
        run.put(*CANARY_TAGGED)
        (tmp_path / "account.json").write_text(json.dumps({**key, "token_uri": f"{run.url}/token"}))
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "account.json"))
        role, file = blocks("cloud-run.md", "yaml")
        router = router_of(tmp_path, file, f"endpoint: {run.url}")

        for canary in (5_000, 0):
            brought_to(router, target(canary))

        rights: dict[str, Callable[[str, str], bool]] = {
            "run.operations.get": lambda method, path: "/operations/" in path,
            "run.services.get": lambda method, path: method == "GET" and path.endswith("/services/shop"),
            "run.services.update": lambda method, path: method == "PATCH",
        }
        calls = [(asked.method, asked.path) for asked in run.asked if asked.path != "/token"]
        used = {name for name, is_call in rights.items() for call in calls if is_call(*call)}
        assert sorted(used) == YAML(typ="safe").load(role)["includedPermissions"]
        assert all(any(is_call(*call) for is_call in rights.values()) for call in calls)


def test_docker_swarm(tmp_path: Path) -> None:
    with FakeDocker(tmp_path / "docker.sock") as manager:
        stack, file = blocks("docker-swarm.md", "yaml")
        router = router_of(tmp_path, file.replace("/var/run/docker.sock", str(manager.path)))

        for canary in (25_000, 0):
            brought_to(router, target(canary))

        services = YAML(typ="safe").load(stack)["services"]
        assert sum(service["deploy"]["replicas"] for service in services.values()) == router.capabilities.granularity
        assert {service["deploy"]["endpoint_mode"] for service in services.values()} == {"dnsrr"}
        paths = [(asked.method, NAMED.sub("X", asked.path)) for asked in manager.asked]
        assert set(paths) == {("GET", "/services/X"), ("GET", "/tasks"), ("POST", "/services/X/update")}


def test_none(tmp_path: Path) -> None:
    (file,) = blocks("none.md", "yaml")

    brought_to(router_of(tmp_path, file), target(5_000))
