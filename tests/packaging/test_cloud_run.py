"""The files for Cloud Run: containers by Kubernetes' own schema, strictly; what is Cloud Run's by a closed list."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]  # it ships no types
import pytest
from ruamel.yaml import YAML

from flagsvc.settings.environment import variable_names
from tests.packaging.dockerfile import only, stages
from tests.support.servers import PostgresServer
from tests.support.tree import ROOT, project

FOLDER = ROOT / "examples" / "cloud-run"
ANNOTATIONS = {
    "autoscaling.knative.dev/minScale",
    "autoscaling.knative.dev/maxScale",
    "run.googleapis.com/cloudsql-instances",
    "run.googleapis.com/cpu-throttling",
    "run.googleapis.com/execution-environment",
    "run.googleapis.com/ingress",
    "run.googleapis.com/network-interfaces",
    "run.googleapis.com/vpc-access-egress",
}
OWN = {"containerConcurrency", "timeoutSeconds", "maxRetries"}
"""Members of a revision's or a task's spec that a Pod does not have."""
VERSION = "1.33"


def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = YAML(typ="safe", pure=True).load((FOLDER / f"{name}.yaml").read_text())
    return json.loads(json.dumps(found))  # type: ignore[no-any-return]  # the same, as JSON has it


def _pod(spec: Mapping[str, Any]) -> dict[str, Any]:
    inner = {name: value for name, value in spec.items() if name not in OWN}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": _named(inner)}


def _named(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Give the containers a name, which Cloud Run does by itself."""
    return {**spec, "containers": [{"name": "flagsvc", **container} for container in spec["containers"]]}


SERVICE, JOB = _read("service"), _read("migrate")
REVISION = SERVICE["spec"]["template"]
TASK = JOB["spec"]["template"]["spec"]["template"]["spec"]
SPECS = {"service": REVISION["spec"], "migrate": TASK}


@pytest.mark.parametrize("name", SPECS)
def test_the_containers_are_valid_strictly(name: str) -> None:
    kubernetes_validate.validate(_pod(SPECS[name]), VERSION, strict=True)


def test_a_member_that_does_not_exist_is_found() -> None:
    (container,) = REVISION["spec"]["containers"]
    spec = {**REVISION["spec"], "containers": [{**container, "livenesProbe": {}}]}

    with pytest.raises(kubernetes_validate.utils.ValidationError):
        kubernetes_validate.validate(_pod(spec), VERSION, strict=True)


def test_around_the_containers_is_nothing_that_cloud_run_does_not_know() -> None:
    assert SERVICE.keys() == JOB.keys() == {"apiVersion", "kind", "metadata", "spec"}
    assert (SERVICE["apiVersion"], SERVICE["kind"]) == ("serving.knative.dev/v1", "Service")
    assert (JOB["apiVersion"], JOB["kind"]) == ("run.googleapis.com/v1", "Job")
    assert SERVICE["spec"].keys() == {"template", "traffic"}
    assert JOB["spec"]["template"]["spec"].keys() == {"taskCount", "template"}
    given = [SERVICE["metadata"], REVISION["metadata"], JOB["spec"]["template"]["metadata"]]
    assert {name for metadata in given for name in metadata["annotations"]} <= ANNOTATIONS
    assert all(isinstance(value, str) for metadata in given for value in metadata["annotations"].values())


def test_the_service_goes_on_between_requests_and_is_never_alone() -> None:
    annotations = REVISION["metadata"]["annotations"]
    least, most = (int(annotations[f"autoscaling.knative.dev/{which}Scale"]) for which in ("min", "max"))

    assert annotations["run.googleapis.com/cpu-throttling"] == "false"
    assert 2 <= least <= most
    assert json.loads(annotations["run.googleapis.com/network-interfaces"])[0].keys() == {"network", "subnetwork"}


def test_limits_are_those_of_cloud_run_and_leave_room_for_streams() -> None:
    spec = REVISION["spec"]

    assert spec["timeoutSeconds"] == 3600
    assert 100 <= spec["containerConcurrency"] <= 1000
    assert spec["containers"][0]["ports"][0]["containerPort"] == int(only(stages()[1], "EXPOSE").text)


@pytest.mark.parametrize("name", SPECS)
def test_every_variable_is_a_setting_and_every_secret_a_file_that_is_mounted(name: str) -> None:
    (container,) = SPECS[name]["containers"]
    given = {each["name"]: each["value"] for each in container["env"]}
    folders = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
    volumes = {volume["name"]: volume["secret"] for volume in SPECS[name]["volumes"]}

    assert given.keys() <= variable_names().keys()
    files = [value for variable, value in given.items() if variable.endswith("_FILE")]
    assert len(files) == len(folders) == len(volumes)
    for file in files:
        folder, _, leaf = file.rpartition("/")
        (item,) = volumes[folders[folder]]["items"]
        assert (item["path"], item["key"]) == (leaf, "latest")


@pytest.mark.parametrize("name", SPECS)
def test_the_image_is_of_this_version_and_runs_its_own_program(name: str) -> None:
    (container,) = SPECS[name]["containers"]

    assert container["image"].endswith(f"/flagsvc:{project()['project']['version']}")
    assert "command" not in container
    assert container.get("args", ["serve"]) == (["serve"] if name == "service" else ["db", "upgrade"])


def test_it_is_gone_before_cloud_run_kills_it() -> None:
    given = {each["name"]: each["value"] for each in REVISION["spec"]["containers"][0]["env"]}

    assert float(given["FLAGSVC_DRAIN_SECONDS"]) + float(given["FLAGSVC_SHUTDOWN_SECONDS"]) < 10


def test_the_guide_s_form_of_an_address_with_a_socket_reaches_a_database(
    shared_postgres: PostgresServer, tmp_path: Path
) -> None:
    page = (ROOT / "docs/deploy/cloud-run.md").read_text()
    form = next(word for word in page.split("'") if word.startswith("postgresql://"))
    place = {":…@": "@", "flagsvc@": "app@", "/flagsvc?": "/postgres?"}
    address = form.partition("host=")[0] + f"host={shared_postgres.folder}&port={shared_postgres.port}"
    for old, new in place.items():
        assert old in address
        address = address.replace(old, new)
    (tmp_path / "url").write_text(address)

    given = os.environ | {"FLAGSVC_DATABASE_URL_FILE": str(tmp_path / "url")}
    words = [str(Path(sys.executable).parent / "flagsvc"), "db", "current"]
    done = subprocess.run(words, env=given, capture_output=True, text=True, check=False, timeout=60)

    assert (done.returncode, done.stdout) == (0, "empty\n"), done.stderr
