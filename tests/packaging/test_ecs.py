"""The files for ECS: taken by AWS' own rules of form (botocore) and by moto; they say what the image needs."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ParamValidationError
from botocore.validate import validate_parameters
from moto import mock_aws

from flagsvc.settings.environment import variable_names
from tests.packaging.dockerfile import only, stages
from tests.support.aws import network
from tests.support.tree import ROOT, project

FOLDER = ROOT / "examples" / "ecs"
REGION = "eu-central-1"
FARGATE_MEMORY = {"256": (512, 2048), "512": (1024, 4096), "1024": (2048, 8192), "2048": (4096, 16384)}
"""Of a task, in MiB: AWS refuses other pairs, moto does not."""


def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text())
    return found


TASK = _read("task-definition")
(CONTAINER,) = TASK["containerDefinitions"]


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "of-a-test")
    network.cache_clear()  # an account that begins or ends wipes what the server of this process has
    with mock_aws():
        yield {name: boto3.client(name, region_name=REGION) for name in ("ecs", "ec2", "elbv2")}


def _network(account: dict[str, Any]) -> dict[str, Any]:
    """Make what the files name by example: a network, two subnets, a group; and give it in their form."""
    vpc = account["ec2"].create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        account["ec2"].create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24")["Subnet"]["SubnetId"] for n in (1, 2)
    ]
    group = account["ec2"].create_security_group(GroupName="flags", Description="flags", VpcId=vpc)["GroupId"]
    return {"vpc": vpc, "subnets": subnets, "securityGroups": [group]}


def test_the_task_definition_is_registered_and_kept_as_it_is_written(account: dict[str, Any]) -> None:
    answer = account["ecs"].register_task_definition(**TASK)["taskDefinition"]

    (kept,) = answer["containerDefinitions"]
    for name in ("image", "user", "readonlyRootFilesystem", "healthCheck", "secrets", "stopTimeout", "linuxParameters"):
        assert kept[name] == CONTAINER[name]


def test_the_form_is_checked_strictly(account: dict[str, Any]) -> None:
    with pytest.raises(ParamValidationError, match="readOnlyRootFilesystem"):
        account["ecs"].register_task_definition(
            **{**TASK, "containerDefinitions": [{**CONTAINER, "readOnlyRootFilesystem": True}]}
        )


def test_the_service_is_made_in_a_cluster(account: dict[str, Any]) -> None:
    made = _network(account)
    network = {"awsvpcConfiguration": {"subnets": made["subnets"], "securityGroups": made["securityGroups"]}}
    group = account["elbv2"].create_target_group(**{**_read("target-group"), "VpcId": made["vpc"]})
    account["ecs"].create_cluster(clusterName="shop")
    account["ecs"].register_task_definition(**TASK)
    service = _read("service")
    balancer = {**service["loadBalancers"][0], "targetGroupArn": group["TargetGroups"][0]["TargetGroupArn"]}

    answer = account["ecs"].create_service(**{**service, "networkConfiguration": network, "loadBalancers": [balancer]})

    assert (answer["service"]["desiredCount"], answer["service"]["status"]) == (2, "ACTIVE")


def test_the_request_for_the_migration_has_the_form_that_aws_takes(account: dict[str, Any]) -> None:
    """By botocore alone: moto cannot run a task of Fargate."""
    shape = account["ecs"].meta.service_model.operation_model("RunTask").input_shape

    validate_parameters(_read("migrate"), shape)

    with pytest.raises(ParamValidationError, match="overides"):
        validate_parameters({**_read("migrate"), "overides": {}}, shape)


def test_the_container_has_no_rights_and_is_of_this_version() -> None:
    assert CONTAINER["readonlyRootFilesystem"] is True
    assert CONTAINER["linuxParameters"]["capabilities"] == {"drop": ["ALL"]}
    assert CONTAINER["user"] == only(stages()[1], "USER").text
    assert CONTAINER["image"].endswith(f"/flagsvc:{project()['project']['version']}")
    least, most = FARGATE_MEMORY[TASK["cpu"]]
    assert least <= int(TASK["memory"]) <= most


def test_the_check_of_health_is_the_image_s_because_ecs_passes_over_that_one() -> None:
    assert CONTAINER["healthCheck"]["command"] == ["CMD", *only(stages()[1], "HEALTHCHECK").words]


def test_every_variable_is_a_setting_and_nothing_secret_is_written_down() -> None:
    plain = {each["name"] for each in CONTAINER["environment"]}
    secret = {each["name"] for each in CONTAINER["secrets"]}

    assert plain | secret <= variable_names().keys()
    assert plain.isdisjoint(secret)
    assert {"FLAGSVC_DATABASE_URL", "FLAGSVC_REDIS_URL", "FLAGSVC_ADMIN_TOKEN"} == secret


def test_there_is_time_to_drain_and_the_balancer_asks_for_readiness() -> None:
    drain = next(int(each["value"]) for each in CONTAINER["environment"] if each["name"] == "FLAGSVC_DRAIN_SECONDS")
    group = _read("target-group")

    assert drain > group["HealthCheckIntervalSeconds"] * group["UnhealthyThresholdCount"]
    assert CONTAINER["stopTimeout"] > drain + 20  # FLAGSVC_SHUTDOWN_SECONDS
    assert CONTAINER["stopTimeout"] <= 120  # Fargate allows no more
    assert group["HealthCheckPath"] == "/health/ready"


def test_the_guide_makes_the_group_that_logs_go_to() -> None:
    """Neither the driver nor the usual execution role makes it: without it no task starts, the migration's neither."""
    group = CONTAINER["logConfiguration"]["options"]["awslogs-group"]
    page = (ROOT / "docs/deploy/ecs.md").read_text()

    made = page.find(f"aws logs create-log-group --log-group-name {group}\n")
    assert 0 < made < page.find("aws ecs run-task")


def test_the_files_name_one_another() -> None:
    service, migrate = _read("service"), _read("migrate")

    assert {service["taskDefinition"], migrate["taskDefinition"]} == {TASK["family"]}
    assert migrate["networkConfiguration"] == service["networkConfiguration"]
    assert migrate["overrides"]["containerOverrides"][0]["name"] == CONTAINER["name"]
    (balancer,) = service["loadBalancers"]
    assert (balancer["containerName"], balancer["containerPort"]) == (CONTAINER["name"], _read("target-group")["Port"])
