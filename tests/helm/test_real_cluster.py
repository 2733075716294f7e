"""The chart on a real kube-apiserver: installed, upgraded, rolled back, uninstalled. `make test-kubernetes` runs it.

The server is Kubernetes 1.20, the newest that can be built from Debian's sources: what is younger is switched off
(OLD), and the demand for a version in Chart.yaml is taken out of a copy. No controllers run: no pod ever starts.
"""

import itertools
import shutil
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import urllib3

from tests.support.chart.engine import CHART, Engine, Refusal
from tests.support.chart.values import values_of
from tests.support.kube.admin import Admin
from tests.support.kube.fake import ADMIN_TOKEN
from tests.support.kube.real import RealKube
from tests.support.kube.world import KUBECONFIG

pytestmark = pytest.mark.kube

_numbers = itertools.count(1)
OLD = {
    "shutdown": {"preStopSeconds": 0},  # `sleep` came with 1.30
    "topologySpread": {"host": "", "zone": ""},  # matchLabelKeys came with 1.27
    "podDisruptionBudget": {"enabled": False},  # policy/v1 came with 1.21
}
GATEWAY = "/apis/gateway.networking.k8s.io/v1"
PATHS = {
    "ConfigMap": "/api/v1/namespaces/{}/configmaps",
    "Secret": "/api/v1/namespaces/{}/secrets",
    "Service": "/api/v1/namespaces/{}/services",
    "ServiceAccount": "/api/v1/namespaces/{}/serviceaccounts",
    "PersistentVolumeClaim": "/api/v1/namespaces/{}/persistentvolumeclaims",
    "Deployment": "/apis/apps/v1/namespaces/{}/deployments",
    "Job": "/apis/batch/v1/namespaces/{}/jobs",
    "Ingress": "/apis/networking.k8s.io/v1/namespaces/{}/ingresses",
    "NetworkPolicy": "/apis/networking.k8s.io/v1/namespaces/{}/networkpolicies",
    "HTTPRoute": GATEWAY + "/namespaces/{}/httproutes",
    "Role": "/apis/rbac.authorization.k8s.io/v1/namespaces/{}/roles",
    "RoleBinding": "/apis/rbac.authorization.k8s.io/v1/namespaces/{}/rolebindings",
}


class Cluster:
    """A namespace of the server, and Helm in it."""

    def __init__(self, engine: Engine, kube: RealKube, folder: Path) -> None:
        self.engine, self.kube = engine, kube
        self.namespace = f"flags-{next(_numbers)}"
        self.admin = Admin(kube.url, ADMIN_TOKEN, self.namespace, kube.certificate)
        self.admin.send("POST", "/api/v1/namespaces", {"metadata": {"name": self.namespace}})
        kubeconfig = folder / "kubeconfig"
        authority = f", certificate-authority: {kube.certificate}"
        kubeconfig.write_text(KUBECONFIG.format(server=kube.url, authority=authority, token=ADMIN_TOKEN))
        self.access = {"namespace": self.namespace, "kubeconfig": str(kubeconfig)}

    def helm(self, action: str, *words: Any) -> Any:
        return self.engine.ask(action, *words, self.access)

    def get(self, kind: str, name: str) -> Any:
        return self.admin.send("GET", f"{PATHS[kind].format(self.namespace)}/{name}")

    def names(self, kind: str) -> set[str]:
        found = self.admin.send("GET", PATHS[kind].format(self.namespace))["items"]
        return {
            one["metadata"]["name"] for one in found if one["metadata"]["name"] not in {"default", "kube-root-ca.crt"}
        }

    def may(self, account: str, **attributes: str) -> bool:
        """Ask the server itself, as its authoriser would be asked."""
        user = f"system:serviceaccount:{self.namespace}:{account}"
        review = {"spec": {"user": user, "resourceAttributes": attributes}}
        answer = self.admin.send("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", review)
        return bool(answer["status"]["allowed"])


@pytest.fixture
def cluster(engine: Engine, real_kube: RealKube, tmp_path: Path) -> Iterator[Cluster]:
    cluster = Cluster(engine, real_kube, tmp_path)
    yield cluster
    cluster.admin.close()


def chart(folder: Path, version: str = "0.2.0") -> str:
    """Copy the chart, as a release of that version, without its demand for a younger server."""
    copy = folder / version / "flagsvc"
    shutil.copytree(CHART, copy)
    lines = (CHART / "Chart.yaml").read_text().splitlines()
    kept = [line for line in lines if not line.startswith(("kubeVersion", "version", "appVersion"))]
    (copy / "Chart.yaml").write_text("\n".join([*kept, f"version: {version}", f"appVersion: {version}", ""]))
    return str(copy)


def values(cluster: Cluster, *sets: str, **more: Any) -> dict[str, Any]:
    merged: dict[str, Any] = {**OLD}
    for name in sets:
        merged |= deepcopy(values_of(name))
    merged |= more
    for router in merged.get("files", {}).get("routers", {}).get("content", {}).values():
        router["namespace"] = cluster.namespace
    return merged


def test_a_release_is_installed_upgraded_rolled_back_and_uninstalled(cluster: Cluster, tmp_path: Path) -> None:
    first = values(cluster, "postgresql-values", "ingress-nginx", "gateway", "router-gateway-api", replicas=2)
    path = chart(tmp_path)
    cluster.helm("install", path, "flags", first)
    installed = cluster.get("Deployment", "flags-flagsvc")
    kinds = {kind: cluster.names(kind) for kind in PATHS}

    second = {**first, "replicas": 3, "settings": {"logLevel": "debug"}}
    cluster.helm("upgrade", path, "flags", second)
    upgraded = cluster.get("Deployment", "flags-flagsvc")
    level = cluster.get("ConfigMap", "flags-flagsvc")["data"]["FLAGSVC_LOG_LEVEL"]

    history = cluster.helm("rollback", "flags", 1)
    returned = cluster.get("Deployment", "flags-flagsvc")
    cluster.helm("uninstall", "flags")

    assert {kind for kind, names in kinds.items() if names} == {
        "ConfigMap", "Secret", "Service", "ServiceAccount", "Deployment", "Ingress", "NetworkPolicy", "HTTPRoute",
        "Role", "RoleBinding",
    }  # fmt: skip
    assert (installed["spec"]["replicas"], upgraded["spec"]["replicas"], level) == (2, 3, "debug")
    assert installed["spec"]["template"] != upgraded["spec"]["template"]
    assert returned["spec"] == installed["spec"]
    assert len(history) == 3
    assert {kind: cluster.names(kind) for kind in PATHS if cluster.names(kind)} == {}


def test_the_next_version_takes_over_and_the_one_before_comes_back(cluster: Cluster, tmp_path: Path) -> None:
    """What is immutable (the selector, the claim) is the same in every version."""
    cluster.helm("install", chart(tmp_path), "flags", values(cluster))
    before = cluster.get("Deployment", "flags-flagsvc")["spec"]

    cluster.helm("upgrade", chart(tmp_path, "0.3.0"), "flags", values(cluster))
    after = cluster.get("Deployment", "flags-flagsvc")["spec"]
    cluster.helm("rollback", "flags", 1)

    assert after["template"]["spec"]["containers"][0]["image"] == "flagsvc:0.3.0"
    assert after["selector"] == before["selector"]
    assert cluster.get("Deployment", "flags-flagsvc")["spec"] == before


def test_bad_values_leave_the_release_as_it_was(cluster: Cluster, tmp_path: Path) -> None:
    path = chart(tmp_path)
    cluster.helm("install", path, "flags", values(cluster))
    before = cluster.get("Deployment", "flags-flagsvc")

    with pytest.raises(Refusal, match="SQLite serves one process"):
        cluster.helm("upgrade", path, "flags", values(cluster, replicas=3))

    assert cluster.get("Deployment", "flags-flagsvc") == before


def test_the_data_outlive_the_release(cluster: Cluster, tmp_path: Path) -> None:
    path = chart(tmp_path)
    cluster.helm("install", path, "flags", values(cluster))
    cluster.helm("uninstall", "flags")

    assert cluster.names("PersistentVolumeClaim") == {"flags-flagsvc-data"}
    assert cluster.names("Deployment") == set()

    cluster.helm("install", path, "flags", values(cluster, persistence={"existingClaim": "flags-flagsvc-data"}))
    assert cluster.names("Deployment") == {"flags-flagsvc"}


def test_the_account_may_do_what_its_router_does_and_nothing_else(cluster: Cluster, tmp_path: Path) -> None:
    cluster.helm("install", chart(tmp_path), "flags", values(cluster, "router-gateway-api"))
    routes = {"namespace": cluster.namespace, "group": "gateway.networking.k8s.io", "resource": "httproutes"}
    asked = [("get", "shop"), ("patch", "shop"), ("delete", "shop"), ("update", "shop"), ("get", "other"), ("list", "")]

    allowed = {(verb, name) for verb, name in asked if cluster.may("flags-flagsvc", verb=verb, name=name, **routes)}

    assert allowed == {("get", "shop"), ("patch", "shop")}
    assert not cluster.may("flags-flagsvc", verb="get", resource="secrets", namespace=cluster.namespace)


@contextmanager
def jobs_that_succeed(cluster: Cluster) -> Iterator[list[set[str]]]:
    """In place of the controller: says of each Job that it is done. Gives the Deployments that were there meanwhile."""
    ended = threading.Event()
    seen: list[set[str]] = []
    admin = Admin(cluster.kube.url, ADMIN_TOKEN, cluster.namespace, cluster.kube.certificate)
    jobs = PATHS["Job"].format(cluster.namespace)
    done = {"status": {"succeeded": 1, "conditions": [{"type": "Complete", "status": "True"}]}}

    def turn() -> None:
        for job in admin.send("GET", jobs)["items"]:
            if not job.get("status", {}).get("succeeded"):
                seen.append(cluster.names("Deployment"))
                admin.send("PATCH", f"{jobs}/{job['metadata']['name']}/status", done, "application/merge-patch+json")

    def run() -> None:
        while not ended.wait(0.1):
            try:
                turn()
            except (AssertionError, urllib3.exceptions.HTTPError):  # it was deleted meanwhile
                continue

    thread = threading.Thread(target=run, name="jobs", daemon=True)
    thread.start()
    yield seen
    ended.set()
    thread.join()
    admin.close()


def test_the_hook_migrates_before_there_is_a_pod_and_again_before_each_upgrade(
    cluster: Cluster, tmp_path: Path
) -> None:
    path = chart(tmp_path)
    hooked = values(cluster, "migrations-hook", priorityClassName="")

    with jobs_that_succeed(cluster) as seen:
        cluster.helm("install", path, "flags", hooked)
        cluster.helm("upgrade", path, "flags", {**hooked, "replicas": 3})

    assert seen == [set(), {"flags-flagsvc"}]
    assert cluster.names("Job") == set()
    assert cluster.names("Secret") >= {"flags-flagsvc"}
    assert "flags-flagsvc-migrations" not in cluster.names("Secret") | cluster.names("NetworkPolicy")


def test_a_second_release_beside_the_first_shares_nothing(cluster: Cluster, tmp_path: Path) -> None:
    path = chart(tmp_path)
    cluster.helm("install", path, "blue", values(cluster))
    cluster.helm("install", path, "green", values(cluster))
    selectors: list[Mapping[str, str]] = [
        cluster.get("Service", f"{name}-flagsvc")["spec"]["selector"] for name in ("blue", "green")
    ]

    assert cluster.names("Deployment") == {"blue-flagsvc", "green-flagsvc"}
    assert selectors[0] != selectors[1]


def test_what_follows_git_comes_and_goes_with_its_switch(cluster: Cluster, tmp_path: Path) -> None:
    path = chart(tmp_path)
    ours = {("Deployment", "flags-flagsvc-gitops"), ("NetworkPolicy", "flags-flagsvc-gitops"),
            ("Secret", "flags-flagsvc-gitops")}  # fmt: skip

    def there() -> set[tuple[str, str]]:
        return {(kind, name) for kind in PATHS for name in cluster.names(kind) if name.endswith("-gitops")}

    cluster.helm("install", path, "flags", values(cluster, "gitops-public"))
    installed, template = there(), cluster.get("Deployment", "flags-flagsvc-gitops")["spec"]["template"]["spec"]
    cluster.helm("upgrade", path, "flags", values(cluster))

    assert installed == ours
    assert next(one for one in template["volumes"] if one["name"] == "token")["secret"]["defaultMode"] == 0o440
    assert there() == set()
