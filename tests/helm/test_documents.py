"""The chart's documents: the reference is its values, every snippet renders, versions agree."""

import json
import re
from typing import Any

import pytest

from scripts.helm_values import page
from tests.support.chart.engine import CHART, Engine
from tests.support.chart.strict import faults
from tests.support.chart.values import read
from tests.support.guides import BLOCK, NAME
from tests.support.tree import ROOT, project

REFERENCE = (ROOT / "docs/reference/helm-values.md").read_text()
GUIDE = (ROOT / "docs/deploy/kubernetes.md").read_text()
SNIPPETS = {named[1]: text for _, text in BLOCK.findall(GUIDE) if (named := NAME.match(text))}
APPLICATION = read((ROOT / "examples/argocd/application.yaml").read_text())


def test_the_reference_is_generated() -> None:
    assert page() == REFERENCE, "run python -m scripts.reference"


def paths(values: dict[str, Any], prefix: str = "") -> list[str]:
    """Give every path to a value, the members of those on one line not among them."""
    found = []
    for name, value in values.items():
        found.append(f"{prefix}{name}")
        found += paths(value, f"{prefix}{name}.") if isinstance(value, dict) else []
    return found


def test_every_value_is_in_the_reference_with_its_meaning() -> None:
    rows = [line.split(" | ") for line in REFERENCE.splitlines() if line.startswith("| `")]
    listed = {row[0].removeprefix("| ").strip("`"): row[-1].removesuffix(" |") for row in rows}
    known = paths(read((CHART / "values.yaml").read_text()))

    assert [path for path, meaning in listed.items() if len(meaning) < 5] == []
    assert listed.keys() <= set(known)
    assert [path for path in known if not any(path == one or path.startswith(f"{one}.") or one.startswith(f"{path}.")
                                              for one in listed)] == []  # fmt: skip


@pytest.mark.parametrize("name", SNIPPETS)
def test_a_snippet_of_the_guide_renders_to_what_kubernetes_knows(engine: Engine, name: str) -> None:
    release = engine.render(read(SNIPPETS[name]))

    assert [fault for one in release.objects for fault in faults(one)] == []


def test_snippets_name_their_file_and_are_found() -> None:
    assert len(SNIPPETS) == len(re.findall("^```yaml$", GUIDE, re.MULTILINE)) >= 8
    assert all(name.startswith("values-") for name in SNIPPETS)


@pytest.mark.parametrize("platform", ["production", "eks", "aks", "gke"])
def test_whoever_ends_tls_in_a_snippet_is_believed_and_no_token_goes_in_the_clear(platform: str) -> None:
    values = read(SNIPPETS[f"values-{platform}.yaml"])
    ingress = values.get("ingress", {"className": ""})
    annotations = ingress.get("annotations", {})

    assert values["settings"]["trustedProxies"]
    assert ingress["className"] != "alb" or annotations["alb.ingress.kubernetes.io/listen-ports"] == '[{"HTTPS": 443}]'


def test_google_s_balancers_are_believed_with_the_address_that_they_append() -> None:
    """X-Forwarded-For ends with the balancer's own address: unless it is believed, every user has that one."""
    proxies = read(SNIPPETS["values-gke.yaml"])["settings"]["trustedProxies"].split(",")
    peers = read(SNIPPETS["values-gke.yaml"])["networkPolicy"]["ingress"]["from"]

    assert [peer["ipBlock"]["cidr"] for peer in peers if "ipBlock" in peer] == proxies[:2]
    assert proxies[2].endswith("/32")


def test_the_snippet_for_production_and_its_secrets_fit(engine: Engine) -> None:
    """What the guide creates with kubectl is what its values ask for."""
    created = dict(re.findall(r"create secret generic (\S+) (.*)", GUIDE))
    keys = {name: set(re.findall(r"--from-literal=([\w-]+)=", words)) for name, words in created.items()}

    asked = read(SNIPPETS["values-production.yaml"])["secrets"].values()
    assert all(one["secretKey"] in keys[one["secretName"]] for one in asked)


@pytest.mark.parametrize("name", ["values-gitops.yaml", "values-gitops-ssh.yaml"])
def test_the_secrets_of_git_in_the_guide_have_what_its_pod_takes(engine: Engine, name: str) -> None:
    created = dict(re.findall(r"create secret generic (\S+) (.*)", GUIDE))
    keys = {secret: set(re.findall(r"--from-(?:literal|file)=([\w-]+)=", words)) for secret, words in created.items()}
    spec = engine.render(read(SNIPPETS[name])).one("Deployment", "demo-flagsvc-gitops")["spec"]["template"]["spec"]
    mounted = [volume["secret"] for volume in spec["volumes"] if "secret" in volume]
    named = [one["valueFrom"]["secretKeyRef"] for one in spec["containers"][0]["env"] if "valueFrom" in one]

    assert {(one["secretName"], item["key"]) for one in mounted for item in one["items"]} | {
        (one["name"], one["key"]) for one in named
    } == {(secret, key) for secret in {one["secretName"] for one in mounted} for key in keys[secret]}


def test_the_application_of_argo_cd_renders(engine: Engine) -> None:
    source = APPLICATION["spec"]["source"]
    namespace = APPLICATION["spec"]["destination"]["namespace"]

    release = engine.render(source["helm"]["valuesObject"], name=source["helm"]["releaseName"], namespace=namespace)

    assert (ROOT / source["path"]).resolve() == CHART
    assert source["targetRevision"] == f"v{chart()['version']}"
    assert [fault for one in release.objects for fault in faults(one)] == []
    assert release.one("Job")["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"


def chart() -> dict[str, Any]:
    return read((CHART / "Chart.yaml").read_text())


def test_chart_and_service_have_one_version(engine: Engine) -> None:
    version = project()["project"]["version"]

    assert (chart()["version"], chart()["appVersion"]) == (version, version)
    assert f"flagsvc:{version}" in GUIDE
    assert engine.render({}).server.spec["containers"][0]["image"] == f"flagsvc:{version}"


def test_the_guide_quotes_refusals_as_they_are_said() -> None:
    schema = (CHART / "values.schema.json").read_text()

    assert json.dumps("because SQLite serves one process: set database.type to postgresql for more") in schema
    assert "'because SQLite …'" in GUIDE
