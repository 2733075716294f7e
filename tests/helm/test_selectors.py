"""Who selects whom: selectors find the service's pods and no others, and stay the same for ever."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.support.chart.engine import Engine
from tests.support.chart.release import Release
from tests.support.chart.strict import faults
from tests.support.chart.values import POSTGRESQL, SETS, values_of

SELECTOR = {
    "app.kubernetes.io/name": "flagsvc",
    "app.kubernetes.io/instance": "demo",
    "app.kubernetes.io/component": "server",
}


def selectors(release: Release) -> dict[str, Any]:
    found = {"Deployment": release.deployment["spec"]["selector"]["matchLabels"]}
    found["Service"] = release.one("Service")["spec"]["selector"]
    for budget in release.all("PodDisruptionBudget"):
        found["PodDisruptionBudget"] = budget["spec"]["selector"]["matchLabels"]
    for spread in release.server.spec.get("topologySpreadConstraints", ()):
        found[spread["topologyKey"]] = spread["labelSelector"]["matchLabels"]
    return found


def fits(selector: dict[str, str], labels: Mapping[str, str]) -> bool:
    return selector.items() <= labels.items()


@pytest.mark.parametrize("name", SETS)
def test_selectors_find_the_pods_of_the_service_and_no_others(engine: Engine, name: str) -> None:
    release = engine.render(values_of(name))

    for owner, selector in selectors(release).items():
        found = [pod.owner for pod in release.pods if fits(selector, pod.metadata["labels"])]
        assert found == [release.server.owner], owner


@pytest.mark.parametrize("name", [name for name in SETS if name != "names"])
def test_the_selector_of_the_deployment_never_changes(engine: Engine, name: str) -> None:
    """It is immutable: an upgrade that changed it would be refused, whatever values or version it brings."""
    assert engine.render(values_of(name)).deployment["spec"]["selector"] == {"matchLabels": SELECTOR}


def test_selectors_have_nothing_that_a_version_or_labels_of_yours_change(engine: Engine) -> None:
    release = engine.render({"commonLabels": {"team": "x"}, "podLabels": {"shift": "night"}})

    assert all(selector == SELECTOR for selector in selectors(release).values())
    assert {"team": "x", "shift": "night"}.items() <= release.server.metadata["labels"].items()


def test_what_is_named_is_named_everywhere(engine: Engine) -> None:
    release = engine.render(values_of("names"))
    name = "a-name-that-is-as-long-as-fifty-characters-may-be"

    assert all(one["metadata"]["name"].startswith(name) for one in release.objects)
    assert max(len(one["metadata"]["name"]) for one in release.objects) <= 63
    assert release.server.metadata["labels"]["app.kubernetes.io/name"] == "flags"
    assert release.server.metadata["labels"]["team"] == "others"
    assert release.server.spec["containers"][0]["image"].startswith("flagsvc@sha256:0123")


@pytest.mark.parametrize(
    ("name", "called"), [("flagsvc", "flagsvc"), ("blue", "blue-flagsvc"), ("a-flagsvc-b", "a-flagsvc-b")]
)
def test_objects_are_called_after_the_release(engine: Engine, name: str, called: str) -> None:
    assert engine.render({}, name=name).deployment["metadata"]["name"] == called


@pytest.mark.parametrize("name", SETS)
def test_whoever_sends_requests_sends_them_to_the_service(engine: Engine, name: str) -> None:
    release = engine.render(values_of(name))
    service = release.one("Service")
    ports = {port["name"]: port["port"] for port in service["spec"]["ports"]}
    container = release.server.spec["containers"][0]
    backends = [
        *((path["backend"]["service"]["name"], ports[path["backend"]["service"]["port"]["name"]])
          for one in release.all("Ingress") for rule in one["spec"]["rules"] for path in rule["http"]["paths"]),
        *((ref["name"], ref["port"])
          for one in release.all("HTTPRoute") for rule in one["spec"]["rules"] for ref in rule["backendRefs"]),
    ]  # fmt: skip

    assert {port["targetPort"] for port in service["spec"]["ports"]} <= {port["name"] for port in container["ports"]}
    assert {port["containerPort"] for port in container["ports"] if port["name"] == "http"} == {8080}
    assert set(backends) <= {(service["metadata"]["name"], ports["http"])}


def test_the_name_of_a_budget_or_scaler_leads_to_the_deployment(engine: Engine) -> None:
    release = engine.render(values_of("autoscaled"))
    target = release.one("HorizontalPodAutoscaler")["spec"]["scaleTargetRef"]

    assert (target["kind"], target["name"]) == ("Deployment", release.deployment["metadata"]["name"])


def test_a_drain_can_always_take_a_pod(engine: Engine) -> None:
    """One pod that may not be missing would hold up the drain of its node for ever."""
    budget = engine.render({**POSTGRESQL, "replicas": 1}).one("PodDisruptionBudget")["spec"]

    assert budget["maxUnavailable"] == 1
    assert engine.render({}).all("PodDisruptionBudget") == []


def test_names_that_yaml_takes_for_something_else_stay_names(engine: Engine) -> None:
    """A namespace called `no` is a truth value in YAML, one called 2026 is a number: the API server refuses both."""
    monitor = {"metrics": {"serviceMonitor": {"enabled": True}}}
    ingress = {"ingress": {"enabled": True, "className": "3", "hosts": ["x"]}}
    named = {"nameOverride": "1e3", "persistence": {"storageClass": "1"}, "priorityClassName": "2"}
    hook = {"migrations": {"mode": "hook", "databaseUrl": {"secretName": "4", "secretKey": "5"}}}
    account = {"fullnameOverride": "6", "serviceAccount": {"create": False, "name": "7"}}
    reader = {"kind": "password", "secretName": "9"}
    git = {"enabled": True, "repository": "https://x/1", "ref": "1e3", "path": "0", "credentials": reader,
           "token": {"secretName": "10", "secretKey": "11"}}  # fmt: skip

    for values in ({**named, **ingress, **monitor}, {**POSTGRESQL, **hook, **account, **monitor, "gitops": git}):
        release = engine.render(values, name="8", namespace="2026")
        assert [fault for one in release.objects for fault in faults(one)] == []
