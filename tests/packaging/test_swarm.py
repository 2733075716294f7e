"""The stack for Docker Swarm: valid, nothing in it that Swarm passes over in silence, and time for every step."""

import subprocess
import sys
from pathlib import Path

import pytest

from flagsvc.settings.environment import variable_names
from tests.packaging.composition import OURS, SECRETS, Part, read, seconds
from tests.packaging.dockerfile import only, stages
from tests.support.tree import ROOT, project

STACK = read("swarm/stack.yaml")
PARTS = STACK.parts
PASSED_OVER = {
    "build", "cgroup_parent", "container_name", "depends_on", "devices", "external_links", "links", "mem_limit",
    "network_mode", "pids_limit", "restart", "security_opt", "userns_mode",
}  # fmt: skip
"""What `docker stack deploy` leaves out, or says it does."""


def test_it_is_valid_by_the_specification() -> None:
    words = [str(Path(sys.executable).parent / "check-jsonschema"), "--builtin-schema", "vendor.compose-spec"]

    done = subprocess.run([*words, "stack.yaml"], cwd=STACK.folder, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("part", PARTS.values(), ids=list(PARTS))
def test_swarm_passes_over_nothing_of_it(part: Part) -> None:
    assert PASSED_OVER.isdisjoint(part.document)
    assert isinstance(STACK.document["networks"][next(iter(part.networks))], dict)


@pytest.mark.parametrize("part", PARTS.values(), ids=list(PARTS))
def test_every_container_has_no_rights_and_is_of_this_version(part: Part) -> None:
    version = OURS.fullmatch(part.document["image"])

    assert version is not None
    assert version[1] == project()["project"]["version"]
    assert (part.document["read_only"], part.document["cap_drop"]) == (True, ["ALL"])


@pytest.mark.parametrize("part", PARTS.values(), ids=list(PARTS))
def test_every_variable_is_a_setting_and_secrets_are_files_of_the_image_s_user_alone(part: Part) -> None:
    user, group = only(stages()[1], "USER").text.split(":")

    assert part.environment.keys() <= variable_names().keys()
    for secret in part.document["secrets"]:
        assert STACK.document["secrets"][secret["source"]] == {"external": True}
        assert (secret["uid"], secret["gid"], secret["mode"]) == (user, group, 0o400)
    targets = {f"{SECRETS}{secret['target']}" for secret in part.document["secrets"]}
    assert targets == {value for value in part.environment.values() if value.startswith(SECRETS)}


def test_an_update_waits_for_health_before_it_goes_on_and_goes_back_by_itself() -> None:
    deploy = PARTS["flagsvc"].document["deploy"]
    update = deploy["update_config"]

    assert deploy["replicas"] >= 2
    assert (update["parallelism"], update["order"], update["failure_action"]) == (1, "start-first", "rollback")
    assert seconds(update["monitor"]) > 30 + 3 * 10 - 20  # the check's start period and what its retries take, about
    assert PARTS["flagsvc"].check[0] == "CMD"


def test_an_update_that_starts_first_finds_a_node_where_there_are_two() -> None:
    """A replica that goes counts where it is until it is gone: with a limit of one, the new one waits for ever."""
    deploy = PARTS["flagsvc"].document["deploy"]

    assert deploy["update_config"]["order"] == "start-first"
    assert "max_replicas_per_node" not in deploy.get("placement", {})


def test_the_guide_names_the_docker_that_understands_it() -> None:
    """A file without `version`, and jobs in a stack, came with 23.0. Source: docker/cli 3257 and 2907."""
    page = (ROOT / "docs/deploy/swarm.md").read_text()

    assert "version" not in STACK.document
    assert "Docker 23.0 or newer" in page


def test_stopping_gives_the_service_the_time_that_it_takes() -> None:
    assert seconds(PARTS["flagsvc"].document["stop_grace_period"]) > 5 + 20 + 5


def test_the_migration_is_a_job_and_replicas_wait_for_it() -> None:
    migrate = PARTS["migrate"]

    assert migrate.command == ["flagsvc", "db", "upgrade"]
    assert migrate.document["deploy"]["mode"] == "replicated-job"
    assert PARTS["flagsvc"].environment["FLAGSVC_DATABASE_UPGRADE"] == "false"
    assert (ROOT / "examples/swarm/stack.yaml").is_file()
