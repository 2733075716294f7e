"""ECS: counts of tasks, as services or as task sets."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flagsdk.core.allocation import WHOLE
from flagsvc.domain.routing.errors import RouterError
from flagsvc.routers.aws_ecs_plan import scale_of
from tests.routers.aws.worlds import Cloud, built
from tests.routers.contract import RouterContract, brought_to, target
from tests.support.aws import ACCOUNT, REGION, Answer, Asked, client, fresh, network, refused
from tests.support.link import Fault, Way

TASKS = 20
CLUSTER = "shop"


class Fleet(Cloud):
    """A cluster with a task definition."""

    def __init__(self) -> None:
        super().__init__()
        self.api = client("ecs")
        self.api.create_cluster(clusterName=CLUSTER)
        self.api.register_task_definition(
            family="shop", containerDefinitions=[{"name": "shop", "image": "shop:1", "memory": 128}]
        )

    def service(self, count: int, name: str = "", **settings: Any) -> str:
        """Make a service, all of whose tasks run."""
        name = name or fresh("shop")
        self.api.create_service(
            cluster=CLUSTER, serviceName=name, desiredCount=count, launchType="FARGATE",
            networkConfiguration=network().of_tasks, **settings,
        )  # fmt: skip
        self.api.update_service(cluster=CLUSTER, service=name, desiredCount=count)
        return name

    def kept(self, name: str) -> Any:
        """Find the service in the stand-in's own memory."""
        from moto.ecs.models import ecs_backends  # noqa: PLC0415  # takes seconds

        return ecs_backends[ACCOUNT][REGION].services[f"{CLUSTER}:{name}"]


class TwoServices(Fleet):
    """A service per backend."""

    def __init__(self) -> None:
        super().__init__()
        names = {"stable": TASKS, "canary": 0}
        self.names = {name: self.service(count, taskDefinition="shop") for name, count in names.items()}
        self.router = built("aws-ecs", self.link.port, cluster=CLUSTER, tasks=TASKS, backends=self.names)

    def counts(self) -> dict[str, int]:
        """Give what ECS was told."""
        found = self.api.describe_services(cluster=CLUSTER, services=list(self.names.values()))["services"]
        told = {service["serviceName"]: service["desiredCount"] for service in found}
        return {name: told[service] for name, service in self.names.items()}

    def by_hand(self, canary: int) -> None:
        count = round(canary * TASKS / WHOLE)
        for name, wanted in (("stable", TASKS - count), ("canary", count)):
            self.api.update_service(cluster=CLUSTER, service=self.names[name], desiredCount=wanted)


class TwoSets(Fleet):
    """A service whose deployments are external, with two task sets."""

    def __init__(self, tasks: int = TASKS) -> None:
        super().__init__()
        self.name = self.service(tasks, deploymentController={"type": "EXTERNAL"})
        self.sets = {name: self.task_set(name, scale) for name, scale in (("stable", 100.0), ("canary", 0.0))}
        self.promote("stable")
        self.backends = {"stable": "stable-1", "canary": "canary-1"}
        self.router = built(
            "aws-ecs", self.link.port, cluster=CLUSTER, tasks=tasks, service=self.name, backends=self.backends
        )

    def task_set(self, name: str, scale: float) -> str:
        made = self.api.create_task_set(
            cluster=CLUSTER, service=self.name, taskDefinition="shop", externalId=f"{name}-1", launchType="FARGATE",
            networkConfiguration=network().of_tasks, scale={"value": scale, "unit": "PERCENT"},
        )  # fmt: skip
        return str(made["taskSet"]["taskSetArn"])

    def promote(self, name: str) -> None:
        self.api.update_service_primary_task_set(cluster=CLUSTER, service=self.name, primaryTaskSet=self.sets[name])

    def described(self) -> dict[str, Mapping[str, Any]]:
        """Describe the task sets by backend."""
        found = self.api.describe_task_sets(cluster=CLUSTER, service=self.name)["taskSets"]
        return {name: one for name, arn in self.sets.items() for one in found if one["taskSetArn"] == arn}

    def by_hand(self, canary: int) -> None:
        for name, share in (("stable", WHOLE - canary), ("canary", canary)):
            scale = {"value": share / 1000, "unit": "PERCENT"}
            self.api.update_task_set(cluster=CLUSTER, service=self.name, taskSet=self.sets[name], scale=scale)


@pytest.fixture
def services() -> Iterator[TwoServices]:
    world = TwoServices()
    with world.link:
        yield world


@pytest.fixture
def sets() -> Iterator[TwoSets]:
    world = TwoSets()
    with world.link:
        yield world


class TestServices(RouterContract):
    @pytest.fixture
    def world(self, services: TwoServices) -> TwoServices:
        return services


class TestTaskSets(RouterContract):
    @pytest.fixture
    def world(self, sets: TwoSets) -> TwoSets:
        return sets


@given(st.integers(1, 5_000).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total))))
def test_a_scale_is_that_of_which_ecs_makes_exactly_the_count(wanted: tuple[int, int]) -> None:
    count, total = wanted

    scale = scale_of(count, total)

    assert math.ceil(total * scale / 100) == count  # "the result is always rounded up" (API reference, TaskSet)
    assert 0 <= scale <= 100


def test_what_is_lowered_waits_until_the_raised_tasks_run(services: TwoServices) -> None:
    canary = services.kept(services.names["canary"])

    def slowly(asked: Asked) -> Answer:
        answer = asked.forward()
        canary.running_count = 2
        return answer

    with services.gate.fault("UpdateService", slowly), pytest.raises(RouterError, match="canary runs 2 of 5") as told:
        services.router.apply(target(25_000))

    assert not told.value.permanent
    assert services.counts() == {"stable": TASKS, "canary": 5}
    assert services.router.observe().weights == {"stable": TASKS, "canary": 2}
    assert services.router.observe().detail == "canary: 2 of 5 tasks run"

    canary.running_count = 5
    services.router.apply(target(25_000))
    assert services.counts() == {"stable": 15, "canary": 5}


def test_tasks_that_a_rolling_deployment_runs_on_top_are_no_drift(services: TwoServices) -> None:
    stable = services.kept(services.names["stable"])
    stable.running_count = TASKS + 10

    assert services.router.observe().weights == {"stable": TASKS + 10, "canary": 0}

    stable.deployments.append(dict(stable.deployments[0], status="ACTIVE"))
    assert services.router.observe().weights == {"stable": TASKS, "canary": 0}


def test_tasks_that_still_run_after_the_retreat_are_counted_even_in_a_deployment(services: TwoServices) -> None:
    canary = services.kept(services.names["canary"])
    canary.deployments.append(dict(canary.deployments[0], status="ACTIVE"))
    canary.running_count = 3

    assert services.router.observe().weights == {"stable": TASKS, "canary": 3}
    assert services.router.observe().detail == "canary: 3 of 0 tasks run"


def test_a_plan_names_what_is_raised_before_what_is_lowered(services: TwoServices) -> None:
    raised, lowered = services.router.plan(target(25_000))

    assert raised == f"service {services.names['canary']}: desiredCount 0 → 5"
    assert lowered == f"service {services.names['stable']}: desiredCount 20 → 15"


def test_only_the_count_of_a_service_is_sent(services: TwoServices) -> None:
    sent: list[dict[str, Any]] = []

    def note(asked: Asked) -> Answer:
        sent.append(asked.members)
        return asked.forward()

    with services.gate.fault("UpdateService", note):
        services.router.apply(target(25_000))

    assert [set(members) for members in sent] == [{"cluster", "service", "desiredCount"}] * 2


def test_the_set_that_gets_everything_becomes_the_primary_one_before_the_other_is_lowered(sets: TwoSets) -> None:
    plan = sets.router.plan(target(100_000))
    sets.router.apply(target(100_000))

    assert [line.split(":")[0].split()[0] for line in plan] == ["task", "service", "task"]
    assert {name: one["status"] for name, one in sets.described().items()} == {"stable": "ACTIVE", "canary": "PRIMARY"}
    assert sets.described()["stable"]["scale"]["value"] == 0.0

    sets.router.apply(target(5_000))
    assert sets.described()["canary"]["status"] == "PRIMARY"  # while both have a share it stays as it is

    sets.router.apply(target(0))
    assert sets.described()["stable"]["status"] == "PRIMARY"


def test_task_sets_are_counted_exactly_where_a_share_is_no_whole_per_cent() -> None:
    world = TwoSets(tasks=7)

    with world.link:
        world.router.apply(target(42_857))

        assert {name: one["computedDesiredCount"] for name, one in world.described().items()} == {
            "stable": 4,
            "canary": 3,
        }
        assert world.router.observe().weights == {"stable": 4, "canary": 3}


def test_a_service_of_another_size_than_the_router_was_told_is_refused(sets: TwoSets) -> None:
    sets.api.update_service(cluster=CLUSTER, service=sets.name, desiredCount=TASKS + 4)
    before = sets.writes()

    with pytest.raises(RouterError, match=r"desiredCount 24, this router tasks: 20") as told:
        sets.router.apply(target(25_000))

    assert told.value.permanent
    assert sets.writes() == before


def test_a_task_set_that_is_not_there_is_named_with_those_that_are(sets: TwoSets) -> None:
    router = built(
        "aws-ecs", sets.link.port, cluster=CLUSTER, tasks=TASKS, service=sets.name,
        backends={"stable": "stable-1", "canary": "canary-2"},
    )  # fmt: skip

    with pytest.raises(RouterError, match="no task set canary-2; there are: stable-1, canary-1") as told:
        router.apply(target(25_000))

    assert told.value.permanent


def test_a_service_or_cluster_that_is_not_there_is_permanent(services: TwoServices) -> None:
    for cluster, canary in ((CLUSTER, "nobody"), ("nowhere", services.names["canary"])):
        backends = {"stable": services.names["stable"], "canary": canary}
        router = built("aws-ecs", services.link.port, cluster=cluster, tasks=TASKS, backends=backends)

        with pytest.raises(RouterError, match=r"no service nobody|ClusterNotFound") as told:
            router.observe()
        assert told.value.permanent


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"deployment_controller": {"type": "CODE_DEPLOY"}}, "CodeDeploy deploys it"),
        ({"deployment_controller": {"type": "EXTERNAL"}}, "name the service in `service`"),
        ({"scheduling_strategy": "DAEMON"}, "it has no count"),
    ],
)
def test_a_service_that_has_another_writer_or_no_count_is_refused(
    services: TwoServices, change: Mapping[str, Any], words: str
) -> None:
    for name, value in change.items():
        setattr(services.kept(services.names["canary"]), name, value)
    before = services.writes()

    for call in (services.router.plan, services.router.apply):
        with pytest.raises(RouterError, match=words) as told:
            call(target(25_000))
        assert told.value.permanent
    assert services.writes() == before


@pytest.mark.parametrize("strategy", ["BLUE_GREEN", "LINEAR", "CANARY"])
def test_a_service_whose_own_deployments_shift_traffic_is_refused(services: TwoServices, strategy: str) -> None:
    def described(asked: Asked) -> Answer:
        answer = asked.forward()
        own = b'"deploymentConfiguration":{"strategy":"%s"},"serviceName"' % strategy.encode()
        return answer._replace(body=answer.body.replace(b'"serviceName"', own))

    before = services.writes()

    with (
        services.gate.fault("DescribeServices", described),
        pytest.raises(RouterError, match=f"strategy {strategy}.*two would move") as told,
    ):
        services.router.apply(target(25_000))

    assert told.value.permanent
    assert services.writes() == before


def test_throttling_is_temporary_and_a_missing_right_is_permanent(services: TwoServices) -> None:
    for permanent, fault in {False: refused("ThrottlingException"), True: refused("AccessDeniedException")}.items():
        with services.gate.fault("UpdateService", fault), pytest.raises(RouterError) as told:
            services.router.apply(target(25_000))
        assert told.value.permanent == permanent


def test_an_answer_that_is_lost_is_temporary_and_the_next_call_goes_on(services: TwoServices) -> None:
    services.router.observe()

    def cut(asked: Asked) -> Answer:
        answer = asked.forward()
        services.link.set(Fault(down=Way(cut_after=0)))
        return answer

    with services.gate.fault("UpdateService", cut), pytest.raises(RouterError, match="may have been applied") as told:
        services.router.apply(target(25_000))
    services.link.heal()

    assert not told.value.permanent
    assert services.counts() == {"stable": 20, "canary": 5}
    brought_to(services.router, target(25_000))


def test_a_success_that_changed_nothing_is_an_error(services: TwoServices, sets: TwoSets) -> None:
    def lie(asked: Asked) -> Answer:
        body = asked.forward().body
        for told, kept in ((b'"desiredCount": 5', b'"desiredCount": 0'), (b'"value": 25.0', b'"value": 0.0')):
            body = body.replace(told, kept).replace(told.replace(b" ", b""), kept)
        return Answer(200, body, "application/json")

    with services.gate.fault("UpdateService", lie), pytest.raises(RouterError, match="keeps desiredCount 0"):
        services.router.apply(target(25_000))
    with sets.gate.fault("UpdateTaskSet", lie), pytest.raises(RouterError, match="canary-1 keeps scale 0"):
        sets.router.apply(target(25_000))
