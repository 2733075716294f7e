"""The pods: "restricted" by the Pod Security Standards, asked on routes that exist, with no more than they need."""

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.routing import Route

from flagsvc.http.health import Health, Lifecycle
from tests.support.chart.engine import Engine
from tests.support.chart.release import PodOf, Release
from tests.support.chart.values import POSTGRESQL, SETS, values_of

VOLUMES = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}
WITH_TOKEN = {"router-gateway-api", "router-istio", "router-deployments", "files-from-elsewhere"}


def unrestricted(pod: PodOf) -> Iterator[str]:
    """Say what the level "restricted" refuses. Source: Pod Security Standards, Baseline and Restricted."""
    spec = pod.spec
    context = spec["securityContext"]
    yield from (f"{name} is set" for name in ("hostNetwork", "hostPID", "hostIPC") if spec.get(name))
    if context.get("seccompProfile", {}).get("type") not in {"RuntimeDefault", "Localhost"}:
        yield "no seccomp profile"
    if context.get("runAsNonRoot") is not True or context.get("runAsUser") == 0:
        yield "may run as root"
    for volume in spec.get("volumes", ()):
        yield from (f"volume {volume['name']}: {kind}" for kind in set(volume) - {"name"} - VOLUMES)
    for container in pod.containers:
        yield from (f"{container['name']}: {fault}" for fault in _of_container(container))


def _of_container(container: dict[str, Any]) -> Iterator[str]:
    context = container.get("securityContext", {})
    if context.get("allowPrivilegeEscalation") is not False:
        yield "may gain rights"
    if context.get("capabilities", {}).get("drop") != ["ALL"] or context["capabilities"].get("add"):
        yield "keeps capabilities"
    if context.get("privileged") or context.get("runAsUser") == 0 or context.get("runAsNonRoot") is False:
        yield "privileged"
    if any("hostPort" in port for port in container.get("ports", ())):
        yield "takes a port of the node"
    if context.get("readOnlyRootFilesystem") is not True:
        yield "writes its root"  # more than the level asks for


@pytest.mark.parametrize("name", SETS)
def test_every_pod_is_restricted(engine: Engine, name: str) -> None:
    release = engine.render(values_of(name))

    assert [f"{pod.owner}: {fault}" for pod in release.pods for fault in unrestricted(pod)] == []


def test_large_ids_arrive_as_whole_numbers(engine: Engine) -> None:
    """Those that OpenShift gives begin at a thousand million; the API server takes no exponent for an id."""
    release = engine.render({"security": {"userId": 1000680000, "groupId": 1000690000}})

    for pod in release.pods:
        given = [pod.spec["securityContext"][name] for name in ("runAsUser", "runAsGroup", "fsGroup")]
        assert [(type(one), one) for one in given] == [(int, 1000680000), (int, 1000690000), (int, 1000690000)]


def test_the_check_of_restricted_finds_what_is_not() -> None:
    pod = PodOf("x", {}, {"securityContext": {}, "hostPID": True, "containers": [{"name": "c"}],
                          "volumes": [{"name": "v", "hostPath": {"path": "/"}}]})  # fmt: skip

    assert len(list(unrestricted(pod))) == 7


@pytest.mark.parametrize("name", SETS)
def test_a_pod_has_a_token_only_where_a_router_needs_one(engine: Engine, name: str) -> None:
    release = engine.render(values_of(name))
    mounted = {pod.owner for pod in release.pods if pod.spec["automountServiceAccountToken"]}

    assert mounted == ({release.server.owner} if name in WITH_TOKEN else set())
    assert all(account["automountServiceAccountToken"] is False for account in release.all("ServiceAccount"))


@pytest.mark.parametrize("name", SETS)
def test_what_a_container_mounts_is_a_volume_of_its_pod(engine: Engine, name: str) -> None:
    for pod in engine.render(values_of(name)).pods:
        volumes = [volume["name"] for volume in pod.spec.get("volumes", ())]
        mounts = {mount["name"] for one in pod.containers for mount in one.get("volumeMounts", ())}

        assert len(volumes) == len(set(volumes)), pod.owner
        assert mounts == set(volumes), pod.owner


@pytest.mark.parametrize("name", SETS)
def test_what_a_pod_takes_from_our_own_objects_is_in_them(engine: Engine, name: str) -> None:
    release = engine.render(values_of(name))
    ours = {
        (one["kind"], one["metadata"]["name"], key)
        for one in (*release.all("ConfigMap"), *release.all("Secret"))
        for key in one["data"]
        if not key.startswith("FLAGSVC_") and key != "flagsvc.json"
    }
    wanted = {one for pod in release.pods for one in _wanted(pod)}

    assert {one for one in wanted if one[1].startswith(release.deployment["metadata"]["name"])} == ours


def _wanted(pod: PodOf) -> Iterator[tuple[str, str, str]]:
    """Give kind, name and key of everything that is mounted key by key."""
    for volume in pod.spec.get("volumes", ()):
        for source in volume.get("projected", {}).get("sources", [volume]):
            for kind in ("ConfigMap", "Secret"):
                found = source.get(kind[0].lower() + kind[1:], {})
                name = found.get("name") or found.get("secretName")
                yield from ((kind, name, item["key"]) for item in found.get("items", ()))


def routes() -> set[str]:
    health = Health(dict, Lifecycle(), lambda: True)
    return {route.path for route in health.routes() if isinstance(route, Route)}


def test_probes_ask_routes_that_the_service_has(engine: Engine) -> None:
    (container,) = engine.render({}).server.spec["containers"]
    asked = {
        probe: container[probe]["httpGet"]["path"] for probe in ("startupProbe", "livenessProbe", "readinessProbe")
    }
    ports = {container[probe]["httpGet"]["port"] for probe in asked}

    assert asked == {"startupProbe": "/health/live", "livenessProbe": "/health/live", "readinessProbe": "/health/ready"}
    assert set(asked.values()) <= routes()
    assert ports <= {port["name"] for port in container["ports"]}


@pytest.mark.parametrize("name", SETS)
def test_a_pod_is_given_the_time_that_it_takes_to_go(engine: Engine, name: str) -> None:
    release = engine.render(values_of(name))
    container = release.server.spec["containers"][0]
    settings = release.one("ConfigMap", release.deployment["metadata"]["name"])["data"]
    slept = container["lifecycle"]["preStop"]["sleep"]["seconds"] if "lifecycle" in container else 0

    needed = slept + float(settings["FLAGSVC_DRAIN_SECONDS"]) + float(settings["FLAGSVC_SHUTDOWN_SECONDS"])
    assert release.server.spec["terminationGracePeriodSeconds"] >= needed


def test_the_usual_way_to_go_takes_forty_seconds_at_most(engine: Engine) -> None:
    server = engine.render({}).server

    assert server.spec["terminationGracePeriodSeconds"] == 40
    assert server.spec["containers"][0]["lifecycle"]["preStop"] == {"sleep": {"seconds": 5}}


@pytest.mark.parametrize(
    "change",
    [
        {"settings": {"logLevel": "debug"}},
        {"shutdown": {"drainSeconds": 6}},
        {"secrets": {"adminToken": {"value": "another-admin-token"}}},
        {"files": {"outboundCa": {"content": "-----BEGIN CERTIFICATE-----\n"}}},
        {"files": {"notifiers": {"content": {"chat": {"kind": "slack", "url_file": "/url"}}}}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_pods_are_made_anew_when_what_they_read_at_the_start_changes(engine: Engine, change: dict[str, Any]) -> None:
    before, after = (engine.render(values).server.metadata["annotations"] for values in ({}, change))

    assert before != after
    assert before.keys() == after.keys()


def test_pods_stay_when_only_their_number_changes(engine: Engine) -> None:
    two, three = (engine.render({**POSTGRESQL, "replicas": number}) for number in (2, 3))

    assert two.server == three.server


def test_an_autoscaler_owns_the_number_of_pods(engine: Engine) -> None:
    release = engine.render(values_of("autoscaled"))

    assert "replicas" not in release.deployment["spec"]
    assert release.one("HorizontalPodAutoscaler")["spec"]["scaleTargetRef"]["name"] == "demo-flagsvc"


@pytest.mark.parametrize(("values", "strategy"), [({}, "Recreate"), (POSTGRESQL, "RollingUpdate")])
def test_two_processes_never_have_one_sqlite_file(engine: Engine, values: dict[str, Any], strategy: str) -> None:
    assert engine.render(values).deployment["spec"]["strategy"]["type"] == strategy


def test_a_rolling_update_takes_no_pod_before_there_is_another(engine: Engine) -> None:
    update = engine.render({**POSTGRESQL, "replicas": 3}).deployment["spec"]["strategy"]["rollingUpdate"]

    assert update == {"maxSurge": 1, "maxUnavailable": 0}


def test_pods_are_told_of_no_service_by_variables(engine: Engine) -> None:
    """Kubernetes would say FLAGSVC_PORT=tcp://… for a Service named flagsvc."""
    release: Release = engine.render(values_of("migrations-hook"))

    assert {pod.spec["enableServiceLinks"] for pod in release.pods} == {False}


def test_the_claim_outlives_the_release_unless_said_otherwise(engine: Engine) -> None:
    kept = engine.render({}).one("PersistentVolumeClaim")["metadata"]["annotations"]
    free = engine.render(values_of("sqlite-fast-disk")).one("PersistentVolumeClaim")["metadata"]["annotations"]

    assert kept == {"helm.sh/resource-policy": "keep"}
    assert free == {"backup.example.com/daily": "yes"}
