"""The Roles of the chart: for each kind of router of this cluster exactly the calls that it makes, and no others."""

import contextlib
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.routers.contract import brought_to, target
from tests.routers.test_istio import MeshWorld
from tests.routers.test_kubernetes_deployments import NAMES, ReplicasWorld
from tests.routers.test_kubernetes_httproute import RouteWorld
from tests.support.chart.engine import Engine
from tests.support.chart.release import Release
from tests.support.chart.values import read, values_of
from tests.support.kube import world as worlds
from tests.support.kube.fake import USER, VERBS, FakeKube
from tests.support.kube.pods import Pods
from tests.support.kube.world import KubeWorld, files_of
from tests.support.link import Link

SERVICE = "flagsvc"  # the name and the namespace of the account that the stand-in knows
GUIDES: dict[str, type[Any]] = {
    "gateway-api.md": RouteWorld,
    "istio.md": MeshWorld,
    "kubernetes-deployments.md": ReplicasWorld,
}
Right = tuple[str, str, str, str]


def release_for(engine: Engine, page: str) -> Release:
    """Give the release that has a guide's routers file."""
    routers = read(files_of(page)["routers.yaml"])["routers"]
    return engine.render({"files": {"routers": {"content": routers}}}, name=SERVICE, namespace=SERVICE)


def dumped(*objects: Any) -> str:
    text = io.StringIO()
    YAML().dump_all(json.loads(json.dumps(objects)), text)
    return text.getvalue()


def granted(role: Any) -> set[Right]:
    return {
        (verb, group, resource, name)
        for rule in role["rules"]
        for verb in rule["verbs"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for name in rule.get("resourceNames", [""])
    }


def used(kube: FakeKube) -> set[Right]:
    return {right_of(call.method, call.path) for call in kube.calls if call.user == USER}


def right_of(method: str, path: str) -> Right:
    """Read a right off a call: /apis/GROUP/VERSION/namespaces/NAMESPACE/PLURAL[/NAME[/SUBRESOURCE]]."""
    steps = path.strip("/").split("/")
    name, sub = ([*steps[6:], "", ""])[:2]
    return (VERBS.get(method) or ("get" if name else "list"), steps[1], "/".join(filter(None, (steps[5], sub))), name)


@pytest.fixture
def small() -> Iterator[FakeKube]:
    with FakeKube() as server:
        yield server


@contextlib.contextmanager
def world_of(page: str, role: str, kube: FakeKube, folder: Path, patch: pytest.MonkeyPatch) -> Iterator[KubeWorld]:
    """Make a guide's world, with the chart's rights in place of the guide's."""
    patch.setattr(worlds, "files_of", lambda name: {**files_of(name), "role.yaml": role})
    with Link(kube.port) as link, contextlib.ExitStack() as stack:
        world: KubeWorld = GUIDES[page](kube, link, folder)
        if page == "kubernetes-deployments.md":
            stack.enter_context(Pods(world.admin, NAMES))
            world.admin.merge(world.told(), {"spec": {"replicas": 20}})
        stack.callback(world.admin.close)
        yield world


@pytest.mark.parametrize("page", GUIDES)
def test_a_router_makes_exactly_the_calls_that_its_role_allows(
    engine: Engine, page: str, small: FakeKube, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = release_for(engine, page)
    role, binding = release.one("Role"), release.one("RoleBinding")

    with world_of(page, dumped(role, binding), small, tmp_path, monkeypatch) as world:
        for canary in (50_000, 0):
            world.router.plan(target(canary))
            brought_to(world.router, target(canary))

    assert {call.status for call in small.calls if call.user == USER} <= {200, 422}
    assert used(small) == granted(role)


@pytest.mark.parametrize("page", GUIDES)
def test_a_role_is_the_one_of_the_router_s_guide(engine: Engine, page: str) -> None:
    guided = next(YAML(typ="safe", pure=True).load_all(files_of(page)["role.yaml"]))

    assert granted(release_for(engine, page).one("Role")) == granted(guided)


@pytest.mark.parametrize("name", ["router-gateway-api", "router-istio", "router-deployments"])
def test_each_router_has_a_role_where_its_objects_are_bound_to_the_account_of_the_pods(
    engine: Engine, name: str
) -> None:
    release = engine.render(values_of(name))
    routers = values_of(name)["files"]["routers"]["content"]

    for role, binding in zip(release.all("Role"), release.all("RoleBinding"), strict=True):
        (subject,) = binding["subjects"]
        assert role["metadata"]["namespace"] == binding["metadata"]["namespace"] == "shop"
        assert binding["roleRef"]["name"] == role["metadata"]["name"]
        assert subject == {"kind": "ServiceAccount", "namespace": release.namespace,
                           "name": release.server.spec["serviceAccountName"]}  # fmt: skip
    assert [role["metadata"]["name"] for role in release.all("Role")] == [
        f"demo-flagsvc-router-{one}" for one in routers
    ]


@pytest.mark.parametrize("name", ["router-gateway-api", "router-istio", "router-deployments"])
def test_nothing_is_allowed_for_the_whole_cluster_or_for_any_name(engine: Engine, name: str) -> None:
    release = engine.render(values_of(name))
    rights = {right for role in release.all("Role") for right in granted(role)}

    assert {"ClusterRole", "ClusterRoleBinding"} & release.kinds == set()
    assert {right for right in rights if "*" in right} == set()
    assert {right for right in rights if not right[3]} <= {("list", "autoscaling", "horizontalpodautoscalers", "")}
    assert {verb for verb, *_ in rights} <= {"get", "list", "patch"}


def test_a_router_of_another_cluster_gets_neither_role_nor_token(engine: Engine) -> None:
    release = engine.render(values_of("routers-elsewhere"))

    assert release.all("Role") == []
    assert release.server.spec["automountServiceAccountToken"] is False


def test_roles_can_be_left_to_somebody_else(engine: Engine) -> None:
    values = values_of("router-istio")
    release = engine.render({**values, "rbac": {"create": False}})

    assert release.all("Role") == release.all("RoleBinding") == []
    assert release.server.spec["automountServiceAccountToken"] is True
