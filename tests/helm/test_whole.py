"""The service itself, started as the pods of a release start it: migrated, probed, tested by `helm test`, ended."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.support.chart.engine import Engine
from tests.support.chart.release import PodOf, Release
from tests.support.chart.running import environment
from tests.support.chart.values import values_of
from tests.support.plain import PLAIN
from tests.support.process import Child, free_port, listens, mortal
from tests.support.servers import on_free_port
from tests.support.timing import eventually

BIN = Path(sys.executable).parent
FAST = {"shutdown": {"preStopSeconds": 0, "drainSeconds": 0, "requestSeconds": 1}}
TOKEN = {"adminToken": {"value": "an-admin-token-of-a-test"}}


def variables(release: Release, pod: PodOf, container: Mapping[str, Any], folder: Path) -> dict[str, str]:
    bare = {name: value for name, value in os.environ.items() if not name.startswith("FLAGSVC_")}
    return bare | environment(release, pod, container, folder)


class Pod(Child):
    """The service's container of a release, on loopback and a port of its own; everything else is as rendered."""

    def __init__(self, release: Release) -> None:
        super().__init__("pod")
        self.release = release
        self.port = 0
        (self.container,) = release.server.spec["containers"]

    def start(self) -> None:
        self.port = on_free_port(self._start)

    def _start(self, port: int) -> None:
        given = variables(self.release, self.release.server, self.container, self.folder)
        given |= {"FLAGSVC_HOST": "127.0.0.1", "FLAGSVC_PORT": str(port)}
        command = [*mortal("KILL"), str(BIN / "flagsvc"), *self.container["args"]]
        self.spawn(command, lambda: listens(self.pid, port), given)

    def asked(self, probe: str) -> int:
        path = self.container[probe]["httpGet"]["path"]
        return httpx2.get(f"http://127.0.0.1:{self.port}{path}", trust_env=False, verify=PLAIN, timeout=10).status_code


def migrated(release: Release, pod: PodOf, folder: Path) -> str:
    """Run the container of a pod that brings the schema up to date."""
    container = next(one for one in pod.containers if one["name"] == "migrations")
    program, *words = container["command"]
    given = variables(release, pod, container, folder)
    command = [str(BIN / program), *words]
    done = subprocess.run(command, env=given, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def told_by_the_test(release: Release, port: int, seconds: float) -> subprocess.CompletedProcess[str]:
    (container,) = release.one("Pod", "demo-flagsvc-test")["spec"]["containers"]
    assert container["command"] == ["python", "-c"]
    url = f"http://127.0.0.1:{port}"
    words = [container["args"][0], url, f"{url}/metrics", str(seconds)]
    assert len(words) == len(container["args"])
    return subprocess.run([str(BIN / "python"), "-c", *words], capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture
def pods() -> Iterator[list[Pod]]:
    started: list[Pod] = []
    yield started
    for pod in started:
        pod.close()


def test_a_release_on_sqlite_migrates_serves_and_passes_its_own_test(engine: Engine, pods: list[Pod]) -> None:
    pod = Pod(engine.render({**FAST, "secrets": TOKEN}))
    pods.append(pod)

    assert migrated(pod.release, pod.release.server, pod.folder) == "current\n"
    pod.start()
    eventually(lambda: pod.asked("readinessProbe") == 200, "ready")
    result = told_by_the_test(pod.release, pod.port, 30)

    assert (pod.asked("startupProbe"), pod.asked("livenessProbe")) == (200, 200)
    assert (result.returncode, result.stdout) == (0, "ready\n"), result.stdout + result.stderr
    assert (pod.folder / "data" / "flagsvc.db").exists()
    assert pod.stop() == 0


def test_a_pod_on_postgresql_waits_for_the_job_that_migrates(
    engine: Engine, pods: list[Pod], postgres_database_url: str, tmp_path: Path
) -> None:
    values = {**values_of("migrations-hook"), **FAST}
    values["secrets"] = {**TOKEN, "databaseUrl": {"value": postgres_database_url}}
    pod = Pod(engine.render(values))
    pods.append(pod)
    job = next(one for one in pod.release.pods if one.owner == "Job/demo-flagsvc-migrations")

    pod.start()
    before = pod.asked("startupProbe"), pod.asked("readinessProbe")
    said = migrated(pod.release, job, tmp_path)
    eventually(lambda: pod.asked("readinessProbe") == 200, "ready")

    assert (before, said) == ((200, 503), "current\n")
    assert told_by_the_test(pod.release, pod.port, 30).returncode == 0


def smoked(release: Release, port: int, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the smoke test of a release against a port of this machine."""
    pod = next(pod for pod in release.pods if pod.owner.endswith("-smoke"))
    (container,) = pod.containers
    program, *words = container["command"]
    told = [f"http://127.0.0.1:{port}", *container["args"][1:]]
    given = variables(release, pod, container, folder)
    command = [str(BIN / program), *words, *told]
    return subprocess.run(command, env=given, capture_output=True, text=True, check=False, timeout=120)


def test_the_smoke_test_of_a_release_writes_and_takes_back(engine: Engine, pods: list[Pod], tmp_path: Path) -> None:
    smoke = {"enabled": True, "environment": "staging", "args": ["--allow-degraded", "--output=name"]}
    pod = Pod(engine.render({**FAST, "secrets": TOKEN, "settings": {"sampleData": True}, "smoke": smoke}))
    pods.append(pod)
    migrated(pod.release, pod.release.server, pod.folder)
    pod.start()
    eventually(lambda: pod.asked("readinessProbe") == 200, "ready")

    result = smoked(pod.release, pod.port, tmp_path)

    assert result.returncode == 0, result.stdout + result.stderr


def test_helm_test_fails_where_nobody_answers(engine: Engine) -> None:
    result = told_by_the_test(engine.render({}), free_port(), 0)

    assert result.returncode == 1
    assert "/health/ready: 0" in result.stdout
    assert "expected 401" in result.stdout


def test_the_image_runs_what_the_pods_ask_for(engine: Engine) -> None:
    """The containers give arguments to its entry point, commands that are in its path, and its user."""
    dockerfile = (Path(__file__).parents[2] / "Dockerfile").read_text()
    release = engine.render({})

    assert 'ENTRYPOINT ["flagsvc"]' in dockerfile
    assert "USER 65532:65532" in dockerfile
    assert release.server.spec["securityContext"]["runAsUser"] == 65532
    assert release.server.spec["containers"][0]["args"] == ["serve"]
    assert {"command"} & release.server.spec["containers"][0].keys() == set()


FLAG = """apiVersion: flagsvc/v1
kind: Flag
metadata: { key: of-git, owner: web, expires: 2031-03-01 }
spec:
  type: boolean
  variants: { "on": true, "off": false }
  environments:
    staging: { enabled: true, offVariant: "off", default: { serve: "on" } }
"""


class Follower(Child):
    """The container of a release that follows Git, beside a checkout as git-sync leaves it."""

    def __init__(self, release: Release, port: int) -> None:
        super().__init__("follower")
        self._release, self._port = release, port
        self._pod = next(pod for pod in release.pods if pod.owner.endswith("-gitops"))
        self._container = next(one for one in self._pod.containers if one["name"] == "reconcile")
        checkout = self.folder / "git" / ".worktrees" / "4f2c1d0a" / "flags"
        checkout.mkdir(parents=True)
        (checkout / "of-git.yaml").write_text(FLAG)

    def start(self) -> None:
        given = variables(self._release, self._pod, self._container, self.folder)
        given |= {"FLAGSVC_URL": f"http://127.0.0.1:{self._port}"}
        (self.folder / "git" / "current").symlink_to(".worktrees/4f2c1d0a")
        program, *words = self._container["command"]
        told = [word.replace("=/git/", f"={self.folder}/git/") for word in self._container["args"]]
        self.spawn([*mortal("KILL"), str(BIN / program), *words, *told], lambda: "ops_in_sync" in self.metrics(), given)

    def metrics(self) -> str:
        path = self._container["startupProbe"]["httpGet"]["path"]
        (port,) = self._container["ports"]
        url = f"http://127.0.0.1:{port['containerPort']}{path}"
        try:
            return httpx2.get(url, trust_env=False, verify=PLAIN, timeout=10).text
        except httpx2.TransportError:
            return ""


@pytest.fixture
def followers() -> Iterator[list[Follower]]:
    started: list[Follower] = []
    yield started
    for follower in started:
        follower.close()


def test_a_release_brings_into_force_what_a_repository_holds(
    engine: Engine, pods: list[Pod], followers: list[Follower]
) -> None:
    git = {"enabled": True, "repository": "https://git.example.com/flags", "path": "flags", "interval": "1s",
           "token": TOKEN["adminToken"], "metricsPort": free_port()}  # fmt: skip
    pod = Pod(engine.render({**FAST, "secrets": TOKEN, "settings": {"sampleData": True}, "gitops": git}))
    pods.append(pod)
    migrated(pod.release, pod.release.server, pod.folder)
    pod.start()
    eventually(lambda: pod.asked("readinessProbe") == 200, "ready")
    follower = Follower(pod.release, pod.port)
    followers.append(follower)

    follower.start()
    eventually(lambda: "flagsvc_gitops_in_sync 1.0" in follower.metrics(), "in step")
    url = f"http://127.0.0.1:{pod.port}/api/v1/environments/staging/flags/of-git"
    token = {"Authorization": f"Bearer {TOKEN['adminToken']['value']}"}
    found = httpx2.get(url, headers=token, trust_env=False, verify=PLAIN, timeout=10)

    assert (found.status_code, found.json()["enabled"]) == (200, True), follower.output()
    assert follower.stop() == 0
