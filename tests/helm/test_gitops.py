"""What follows Git: one pod of its own that fetches and writes, with its own secrets, network and metrics."""

from typing import Any

import pytest

from flagsvc.ctl.values import VARIABLES
from tests.support.chart.engine import Engine
from tests.support.chart.release import PodOf, Release
from tests.support.chart.values import SETS, values_of

NAME = "demo-flagsvc-gitops"
FOLLOWING = [name for name in SETS if name.startswith("gitops-")]
KEYS = {"none": set(), "password": {"password"}, "ssh": {"ssh-privatekey", "known_hosts"}}
PLAIN: dict[str, Any] = values_of("gitops-public")


def changed(**of_gitops: Any) -> dict[str, Any]:
    return {**PLAIN, "gitops": {**PLAIN["gitops"], **of_gitops}}


def follower(release: Release) -> PodOf:
    return next(pod for pod in release.pods if pod.owner == f"Deployment/{NAME}")


def containers(release: Release) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in follower(release).spec["containers"]}


def mounted(container: dict[str, Any]) -> set[str]:
    return {mount["name"] for mount in container["volumeMounts"]}


def variables(container: dict[str, Any]) -> dict[str, Any]:
    return {one["name"]: one.get("value") for one in container["env"]}


@pytest.mark.parametrize("name", SETS)
def test_nothing_follows_git_unasked(engine: Engine, name: str) -> None:
    release = engine.render(values_of(name))
    labels = [one["metadata"]["labels"]["app.kubernetes.io/component"] for one in release.objects]

    assert ("gitops" in labels) is (name in FOLLOWING)
    assert len(release.all("Deployment")) == (2 if name in FOLLOWING else 1)


@pytest.mark.parametrize("number", [{"replicas": 3}, {"autoscaling": {"enabled": True}}])
def test_there_is_one_writer_however_many_pods_serve(engine: Engine, number: dict[str, Any]) -> None:
    """Two would see a commit at different times, and one would put back what the other has brought."""
    spec = engine.render({**values_of("gitops-password"), **number}).one("Deployment", NAME)["spec"]

    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})


@pytest.mark.parametrize("name", FOLLOWING)
def test_whoever_selects_the_follower_finds_it_and_nobody_else(engine: Engine, name: str) -> None:
    release = engine.render(values_of(name))
    selectors = [
        release.one("Deployment", NAME)["spec"]["selector"]["matchLabels"],
        release.one("NetworkPolicy", NAME)["spec"]["podSelector"]["matchLabels"],
        *(one["spec"]["selector"]["matchLabels"] for one in release.all("PodMonitor")),
    ]

    for selector in selectors:
        found = [pod.owner for pod in release.pods if selector.items() <= pod.metadata["labels"].items()]
        assert found == [f"Deployment/{NAME}"]


def test_its_selector_has_nothing_that_a_version_or_labels_of_yours_change(engine: Engine) -> None:
    release = engine.render({**PLAIN, "commonLabels": {"team": "x"}, "podLabels": {"shift": "night"}})

    assert release.one("Deployment", NAME)["spec"]["selector"] == {"matchLabels": {
        "app.kubernetes.io/name": "flagsvc",
        "app.kubernetes.io/instance": "demo",
        "app.kubernetes.io/component": "gitops",
    }}  # fmt: skip
    assert {"team": "x", "shift": "night"}.items() <= follower(release).metadata["labels"].items()


def test_git_sync_is_told_in_the_words_of_its_fourth_version(engine: Engine) -> None:
    told = containers(engine.render(values_of("gitops-password")))["git-sync"]

    assert told["image"] == "registry.k8s.io/git-sync/git-sync:v4.4.2"
    assert told["args"] == [
        "--repo=https://git.example.com/team/flags.git", "--ref=release/2026", "--root=/git", "--link=current",
        "--period=5m", "--depth=1", "--max-failures=5", "--stale-worktree-timeout=2m",
    ]  # fmt: skip


def test_an_image_of_ones_own_registry_is_pinned_by_its_digest(engine: Engine) -> None:
    release = engine.render(values_of("gitops-ssh"))
    git_sync = containers(release)["git-sync"]

    assert git_sync["image"].startswith("registry.example.com/git-sync@sha256:0123")
    assert git_sync["imagePullPolicy"] == "Always"
    assert release.server.spec["containers"][0]["image"] == "flagsvc:0.2.0"


@pytest.mark.parametrize("name", FOLLOWING)
def test_the_command_reads_what_was_fetched_and_writes_to_the_service(engine: Engine, name: str) -> None:
    release = engine.render(values_of(name))
    given = values_of(name)["gitops"]
    reconcile = containers(release)["reconcile"]
    told = variables(reconcile)

    assert reconcile["image"] == release.server.spec["containers"][0]["image"]
    assert reconcile["command"] == ["flagctl", "reconcile"]
    assert reconcile["args"][0] == f"--dir=/git/current/{given.get('path', '')}".rstrip("/")
    assert reconcile["args"][1:3] == [
        f"--interval={given.get('interval', '30s')}",
        f"--mode={given.get('mode', 'enforce')}",
    ]
    assert told["FLAGSVC_URL"] == f"http://demo-flagsvc:{release.one('Service')['spec']['ports'][0]['port']}"
    assert told["FLAGSVC_TOKEN_FILE"] == "/run/secrets/gitops/token"  # noqa: S105  # a path
    assert told.keys() - {"HOME"} <= VARIABLES.keys()


@pytest.mark.parametrize("name", FOLLOWING)
def test_each_container_has_its_own_secret_and_not_the_other_s(engine: Engine, name: str) -> None:
    both = containers(engine.render(values_of(name)))

    assert mounted(both["git-sync"]) & {"token", "tmp"} == set()
    assert mounted(both["reconcile"]) == {"git", "tmp", "token"}
    (mount,) = (mount for mount in both["reconcile"]["volumeMounts"] if mount["name"] == "git")
    assert mount["readOnly"] is True


@pytest.mark.parametrize("name", FOLLOWING)
def test_credentials_are_files_of_the_secret_that_was_named(engine: Engine, name: str) -> None:
    given = values_of(name)["gitops"].get("credentials", {"kind": "none"})
    release = engine.render(values_of(name))
    volumes = {one["name"]: one for one in follower(release).spec["volumes"]}
    secret = volumes.get("git-credentials", {"secret": {"items": []}})["secret"]

    assert {item["key"] for item in secret["items"]} == KEYS[given["kind"]]
    assert secret.get("secretName") == given.get("secretName")


def test_a_password_is_named_by_its_file_and_a_key_with_the_hosts_that_are_known(engine: Engine) -> None:
    password = containers(engine.render(values_of("gitops-password")))["git-sync"]
    ssh = containers(engine.render(values_of("gitops-ssh")))["git-sync"]
    user = next(one for one in password["env"] if one["name"] == "GITSYNC_USERNAME")

    assert user["valueFrom"]["secretKeyRef"] == {"name": "flags-git-reader", "key": "username"}
    assert variables(password)["GITSYNC_PASSWORD_FILE"] == "/run/secrets/git/password"  # noqa: S105  # a path
    assert ssh["args"][-2:] == [
        "--ssh-key-file=/run/secrets/git/ssh-privatekey", "--ssh-known-hosts-file=/run/secrets/git/known_hosts"
    ]  # fmt: skip


def test_git_sync_runs_as_the_user_of_its_image_unless_the_platform_gives_one(engine: Engine) -> None:
    """SSH looks for the name of the user; the image has one for 65533 alone."""
    own = containers(engine.render(PLAIN))["git-sync"]["securityContext"]
    given = containers(engine.render({**PLAIN, **values_of("openshift")}))["git-sync"]["securityContext"]

    assert own["runAsUser"] == 65533
    assert "runAsUser" not in given


def test_a_new_token_makes_this_pod_anew_and_no_other(engine: Engine) -> None:
    before, after = (
        engine.render(changed(token={"value": value})) for value in ("a-first-admin-token", "a-second-one-of-it")
    )

    assert follower(before).metadata["annotations"] != follower(after).metadata["annotations"]
    assert before.server == after.server
    assert before.server == engine.render({}).server


def test_it_is_where_the_other_pods_are_and_called_what_they_are_called(engine: Engine) -> None:
    release = engine.render(values_of("gitops-password"))
    pod, server = follower(release), release.server

    for name in ("securityContext", "priorityClassName", "nodeSelector", "imagePullSecrets", "enableServiceLinks"):
        assert pod.spec[name] == server.spec[name], name
    assert pod.metadata["labels"]["team"] == "platform"
    assert pod.metadata["annotations"]["example.com/restarted-at"] == "2026-01-01"
    assert release.one("Deployment", NAME)["metadata"]["annotations"] == {"example.com/owner": "platform"}
    assert pod.spec["automountServiceAccountToken"] is False


@pytest.mark.parametrize("name", FOLLOWING)
def test_probes_ask_for_the_metrics_that_the_command_serves(engine: Engine, name: str) -> None:
    reconcile = containers(engine.render(values_of(name)))["reconcile"]
    (port,) = reconcile["ports"]

    assert {reconcile[probe]["httpGet"]["path"] for probe in ("startupProbe", "livenessProbe")} == {"/metrics"}
    assert {reconcile[probe]["httpGet"]["port"] for probe in ("startupProbe", "livenessProbe")} == {port["name"]}
    assert reconcile["args"][-1] == f"--metrics-port={port['containerPort']}"


def test_prometheus_finds_it_by_the_switch_of_the_service(engine: Engine) -> None:
    release = engine.render(values_of("gitops-password"))
    monitor = release.one("PodMonitor")
    (endpoint,) = monitor["spec"]["podMetricsEndpoints"]

    assert monitor["metadata"]["labels"]["release"] == "monitoring"
    assert monitor["spec"]["namespaceSelector"] == {"matchNames": [release.namespace]}
    assert endpoint["port"] in {port["name"] for port in containers(release)["reconcile"]["ports"]}
    assert endpoint == {**release.one("ServiceMonitor")["spec"]["endpoints"][0], "port": "metrics"}
    assert engine.render(PLAIN).all("PodMonitor") == []


@pytest.mark.parametrize(
    ("kind", "repository"),
    [
        ("none", "https://git.example.com/flags"),
        ("none", "https://git.example.com:8443/a/b/flags.git"),
        ("ssh", "ssh://git@git.example.com:2222/~team/flags.git"),
        ("ssh", "ssh://git.example.com/flags.git"),
        ("ssh", "ssh://git@[2001:db8::1]:22/flags.git"),
        ("ssh", "git@git.example.com:flags.git"),
    ],
)
def test_every_form_of_a_repository_is_taken(engine: Engine, kind: str, repository: str) -> None:
    credentials = {"kind": kind, "secretName": "" if kind == "none" else "x"}

    release = engine.render(changed(repository=repository, credentials=credentials))

    assert f"--repo={repository}" in containers(release)["git-sync"]["args"]


def test_notes_say_where_it_tells_how_it_goes(engine: Engine) -> None:
    assert f"logs deployment/{NAME} -c reconcile" in engine.render(PLAIN).notes
    assert "gitops" not in engine.render({}).notes
