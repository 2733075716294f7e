"""Every set of values renders, is clean for Helm's linter, and gives objects that the API server would take."""

from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from tests.support.chart.engine import CHART, NAME, NAMESPACE, Engine
from tests.support.chart.strict import faults
from tests.support.chart.values import SETS, values_of

ABROAD = {"Role", "RoleBinding"}
INFO = 1


def place(one: dict[str, Any]) -> tuple[str, str, str]:
    return one["kind"], one["metadata"]["namespace"], one["metadata"]["name"]


def test_there_are_enough_sets() -> None:
    assert len(SETS) >= 20


@pytest.mark.parametrize("name", SETS)
def test_a_set_renders_to_what_kubernetes_knows(engine: Engine, name: str) -> None:
    release = engine.render(values_of(name))

    assert [fault for one in release.objects for fault in faults(one)] == []
    assert {"ConfigMap", "Deployment", "Service", "Pod"} <= release.kinds


@pytest.mark.parametrize("name", SETS)
def test_a_set_passes_the_linter(engine: Engine, name: str) -> None:
    report = engine.ask("lint", str(CHART), values_of(name), namespace=NAMESPACE, kube_version="v1.30.0")

    assert report["errors"] == []
    assert [message for message in report["messages"] if message["severity"] > INFO] == []


@pytest.mark.parametrize("name", SETS)
def test_no_object_is_there_twice_and_all_belong_to_the_release(engine: Engine, name: str) -> None:
    release = engine.render(values_of(name))

    places = sorted(map(place, release.objects))
    assert [one for one, same in groupby(places) if len(list(same)) > 1] == []
    assert {one["metadata"]["labels"]["app.kubernetes.io/instance"] for one in release.objects} == {NAME}
    assert {one["metadata"]["namespace"] for one in release.objects if one["kind"] not in ABROAD} == {NAMESPACE}


@pytest.mark.parametrize("name", SETS)
def test_rendering_again_changes_nothing(engine: Engine, name: str) -> None:
    """Else every upgrade restarts every pod, and Argo CD is never in sync."""
    first, again = engine.render(values_of(name)), engine.render(values_of(name), is_upgrade=True, revision=7)

    assert first.objects == again.objects


def test_a_packaged_chart_renders_the_same(engine: Engine, tmp_path: Path) -> None:
    archive = engine.ask("package", str(CHART), str(tmp_path))

    for name in ("defaults", "monitored", "migrations-hook", "gitops-password"):
        packed = engine.render(values_of(name), chart=archive)
        assert packed.objects == engine.render(values_of(name)).objects


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("defaults", {"PersistentVolumeClaim", "NetworkPolicy", "ServiceAccount"}),
        ("trial", {"Secret", "ServiceAccount"}),
        ("sqlite-existing-claim", {"NetworkPolicy", "ServiceAccount"}),
        ("postgresql-three", {"NetworkPolicy", "PodDisruptionBudget", "ServiceAccount"}),
        ("migrations-hook", {"Job", "NetworkPolicy", "PodDisruptionBudget", "Secret", "ServiceAccount"}),
        ("migrations-manual", {"NetworkPolicy", "PodDisruptionBudget", "ServiceAccount"}),
        ("autoscaled", {"HorizontalPodAutoscaler", "NetworkPolicy", "PodDisruptionBudget", "ServiceAccount"}),
        ("ingress-nginx", {"Ingress", "NetworkPolicy", "PersistentVolumeClaim", "ServiceAccount"}),
        ("gateway", {"HTTPRoute", "NetworkPolicy", "PersistentVolumeClaim", "ServiceAccount"}),
        ("router-istio", {"NetworkPolicy", "PersistentVolumeClaim", "Role", "RoleBinding", "ServiceAccount"}),
        ("names", {"NetworkPolicy", "PersistentVolumeClaim"}),
        ("gitops-public", {"NetworkPolicy", "PersistentVolumeClaim", "Secret", "ServiceAccount"}),
        ("gitops-password", {"NetworkPolicy", "PodDisruptionBudget", "PodMonitor", "ServiceAccount", "ServiceMonitor"}),
    ],
)
def test_a_set_makes_what_it_asks_for_and_nothing_else(engine: Engine, name: str, kinds: set[str]) -> None:
    assert engine.render(values_of(name)).kinds - {"ConfigMap", "Deployment", "Service", "Pod"} == kinds


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"apiVersion": "apps/v1", "kind": "Deployment", "spec": {"replica": 1}}, "replica"),
        ({"apiVersion": "v1", "kind": "Service", "spec": {"ports": [{"port": "eighty"}]}}, "ports/0/port"),
        ({"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "spec": {"rules": []}}, "parentRefs"),
        ({"apiVersion": "monitoring.coreos.com/v1", "kind": "ServiceMonitor", "spec": {"path": "/"}}, "path"),
        ({"apiVersion": "monitoring.coreos.com/v1", "kind": "PodMonitor", "spec": {"endpoints": []}}, "endpoints"),
    ],
)
def test_the_schemas_find_a_fault(document: dict[str, Any], said: str) -> None:
    found = list(faults({**document, "metadata": {"name": "x", "namespace": "y"}}))

    assert any(said in fault for fault in found), found
