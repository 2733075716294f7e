"""The guides of the Kubernetes routers: what they show is whole, loads, and is enough; other rights are not given."""

import re
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from flagsvc.routers.registry import options_of
from flagsvc.settings.environment import SettingsError
from flagsvc.settings.routers import load_routers
from tests.support.kube.kinds import documents
from tests.support.kube.world import files_of
from tests.support.tree import ROOT

PAGES = {
    "gateway-api.md": "kubernetes-httproute",
    "istio.md": "istio",
    "kubernetes-deployments.md": "kubernetes-deployments",
}
BLOCK = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#]+)(#[^)]*)?\)")
RIGHTS = {
    "gateway-api.md": {("gateway.networking.k8s.io", "httproutes", "shop"): {"get", "patch"}},
    "istio.md": {
        ("networking.istio.io", "virtualservices", "checkout"): {"get", "patch"},
        ("networking.istio.io", "destinationrules", "checkout"): {"get"},
    },
    "kubernetes-deployments.md": {
        ("apps", "deployments", "checkout-stable"): {"get"},
        ("apps", "deployments", "checkout-canary"): {"get"},
        ("apps", "deployments/scale", "checkout-stable"): {"get", "patch"},
        ("apps", "deployments/scale", "checkout-canary"): {"get", "patch"},
        ("autoscaling", "horizontalpodautoscalers", "*"): {"list"},
    },
}


def page(name: str) -> str:
    return (ROOT / "docs" / "routers" / name).read_text()


@pytest.mark.parametrize("name", PAGES)
def test_all_yaml_of_a_guide_can_be_read_and_names_its_file(name: str) -> None:
    blocks = BLOCK.findall(page(name))

    assert len(blocks) == len([file for file in files_of(name) if file.endswith(".yaml")])
    assert all(documents(block) for block in blocks)


@pytest.mark.parametrize("name", PAGES)
def test_a_guide_gives_exactly_the_rights_that_are_used(name: str) -> None:
    role, binding = documents(files_of(name)["role.yaml"])
    given = {
        (group, resource, object_name): set(rule["verbs"])
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for object_name in rule.get("resourceNames", ["*"])
    }

    assert (role["kind"], binding["kind"]) == ("Role", "RoleBinding")
    assert binding["roleRef"]["name"] == role["metadata"]["name"]
    assert given == RIGHTS[name]


@pytest.mark.parametrize("name", PAGES)
def test_a_guide_s_table_of_options_is_complete(name: str) -> None:
    table = page(name).partition("## Options")[2].partition("\n## ")[0]
    first = "".join(line.split("|")[1] for line in table.splitlines() if line.startswith("| `"))
    documented = set(re.findall(r"`(\w+)`", first)) | ({"match"} & set(re.findall(r"`(\w+)`", table)))

    assert documented == {field.name for field in fields(options_of(PAGES[name]))}


@pytest.mark.parametrize("name", PAGES)
def test_what_a_guide_tells_argo_cd_to_ignore_is_what_the_router_writes(name: str) -> None:
    (application,) = documents(files_of(name)["application.yaml"])
    ignored = application["spec"]["ignoreDifferences"]
    role, _ = documents(files_of(name)["role.yaml"])
    patched = {
        (rule["apiGroups"][0], object_name)
        for rule in role["rules"]
        if "patch" in rule["verbs"]
        for object_name in rule["resourceNames"]
    }

    assert {(one["group"], one["name"]) for one in ignored} == patched
    assert all(
        _paths(one) <= {"spec", "replicas", "rules", "backendRefs", "weight", "http", "route"} for one in ignored
    )


def _paths(ignored: Mapping[str, Any]) -> set[str]:
    (path,) = ignored.get("jqPathExpressions") or ignored["jsonPointers"]
    return set(re.findall(r"\w+", path))


@pytest.mark.parametrize(("name", "more"), [("gateway-api.md", "cohort-rule.yaml"), ("istio.md", "cohort-route.yaml")])
def test_a_rule_by_cohort_sends_to_the_canary_that_the_router_knows(name: str, more: str) -> None:
    rules: Any = documents(files_of(name)[more])
    ((rule,),) = rules
    (routers,) = documents(files_of(name)["routers.yaml"])
    (router,) = routers["routers"].values()
    (sent,) = rule.get("backendRefs") or [rule["route"][0]["destination"]]

    assert sent == router["backends"]["canary"]


@pytest.mark.parametrize("name", PAGES)
def test_the_pages_that_a_guide_links_to_are_there(name: str) -> None:
    for target, anchor in LINK.findall(page(name)):
        linked = ROOT / "docs" / "routers" / target
        heads = {
            "#" + head.lower().replace(" ", "-") for head in re.findall(r"^## (.+)$", linked.read_text(), re.MULTILINE)
        }
        assert not anchor or anchor in heads


@pytest.mark.parametrize("name", PAGES)
def test_a_guide_s_routers_file_loads_and_a_misspelt_option_stops_the_start(name: str, tmp_path: Path) -> None:
    file = tmp_path / "routers.yaml"
    text = files_of(name)["routers.yaml"]
    file.write_text(text)
    (spec,) = load_routers(file)

    file.write_text(text.replace("namespace: shop", "namespace: shop\n    contxt: x"))
    with pytest.raises(SettingsError, match="contxt"):
        load_routers(file)

    assert spec.kind == PAGES[name]
    assert spec.options.kubeconfig is None
