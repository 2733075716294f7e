"""Lambda: the weights of an alias."""

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

import pytest

from flagsdk.core.allocation import WHOLE
from flagsvc.domain.routing.errors import RouterError
from flagsvc.domain.routing.target import Target
from flagsvc.routers.aws_lambda import routed, weights_of
from tests.routers.aws.worlds import Cloud, built
from tests.routers.contract import SALT, RouterContract, brought_to, target
from tests.support.aws import Answer, Asked, client, fresh, refused
from tests.support.link import Fault, Way

ROLES = ("arn:aws:iam::123456789012:role/shop", "arn:aws:iam::123456789012:role/other")


def _archive(text: str) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("shop.py", text)
    return whole.getvalue()


class Function(Cloud):
    """A function with three versions, and an alias at the first of them."""

    def __init__(self, roles: tuple[str, str] = (ROLES[0], ROLES[0])) -> None:
        super().__init__()
        self.api = client("lambda")
        self.name = fresh("shop")
        self._roles()
        self.create(self.name, roles[0])
        for number in (2, 3):
            self.api.update_function_configuration(FunctionName=self.name, Role=roles[1])
            self.api.update_function_code(FunctionName=self.name, ZipFile=_archive(str(number)), Publish=True)
        self.api.create_alias(FunctionName=self.name, Name="live", FunctionVersion="1", Description="of the shop")
        self.router = self.routed({"stable": "1", "canary": "2"})

    def create(self, name: str, role: str = ROLES[0]) -> None:
        """Make a function with one published version."""
        self.api.create_function(
            FunctionName=name, Runtime="python3.12", Role=role, Handler="shop.work",
            Code={"ZipFile": _archive("1")}, Publish=True,
        )  # fmt: skip

    def _roles(self) -> None:
        iam = client("iam")
        there = {role["Arn"] for role in iam.list_roles()["Roles"]}
        policy = (
            '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", '
            '"Principal": {"Service": "lambda.amazonaws.com"}}]}'
        )
        for role in set(ROLES) - there:
            iam.create_role(RoleName=role.rpartition("/")[2], AssumeRolePolicyDocument=policy)

    def routed(self, backends: Mapping[str, str]) -> Any:
        """Make a router over some backends."""
        return built("aws-lambda", self.link.port, function=self.name, alias="live", backends=backends)

    def alias(self) -> Mapping[str, Any]:
        """Read the alias by hand."""
        found: Mapping[str, Any] = self.api.get_alias(FunctionName=self.name, Name="live")
        return found

    def by_hand(self, canary: int) -> None:
        wanted = {version: weight for version, weight in (("1", WHOLE - canary), ("2", canary)) if weight}
        self.api.update_alias(FunctionName=self.name, Name="live", **routed(wanted, "1"))


@pytest.fixture
def world() -> Iterator[Function]:
    function = Function()
    with function.link:
        yield function


class TestLambda(RouterContract):
    @pytest.fixture
    def world(self) -> Iterator[Function]:
        function = Function()
        with function.link:
            yield function


def test_nothing_for_the_canary_is_an_empty_map(world: Function) -> None:
    brought_to(world.router, target(5_000))

    world.router.apply(target(0))

    assert world.alias()["FunctionVersion"] == "1"
    assert not (world.alias().get("RoutingConfig") or {}).get("AdditionalVersionWeights")


def test_everything_for_the_canary_is_its_version_alone(world: Function) -> None:
    world.router.apply(target(100_000))

    assert world.alias()["FunctionVersion"] == "2"
    assert not (world.alias().get("RoutingConfig") or {}).get("AdditionalVersionWeights")


def test_the_description_stays(world: Function) -> None:
    world.router.apply(target(5_000))

    assert world.alias()["Description"] == "of the shop"


def test_every_weight_survives_the_way_through_a_float() -> None:
    for weight in range(WHOLE + 1):
        wanted = {version: part for version, part in (("1", WHOLE - weight), ("2", weight)) if part}

        assert weights_of(routed(wanted, "1")) == wanted


def test_the_weight_of_the_smallest_step_reaches_the_cloud(world: Function) -> None:
    brought_to(world.router, target(1))

    assert world.alias()["RoutingConfig"] == {"AdditionalVersionWeights": {"2": 0.00001}}


def test_a_plan_says_versions_and_weights(world: Function) -> None:
    (line,) = world.router.plan(target(5_000))

    assert line == f"{world.name}:live → version 1, version 2 with 0.05"


def test_a_write_in_between_is_a_conflict_and_is_not_overwritten(world: Function) -> None:
    world.gate.meanwhile("UpdateAlias", lambda: world.by_hand(50_000))

    with pytest.raises(RouterError, match="PreconditionFailed") as told:
        world.router.apply(target(5_000))

    assert told.value.conflict
    assert not told.value.permanent
    assert world.router.observe().weights == {"stable": 50_000, "canary": 50_000}
    brought_to(world.router, target(5_000))


def test_another_operation_in_progress_is_a_conflict(world: Function) -> None:
    busy = refused("ResourceConflictException", 409, "An update is in progress for resource")

    with world.gate.fault("UpdateAlias", busy), pytest.raises(RouterError, match="in progress") as told:
        world.router.apply(target(5_000))

    assert told.value.conflict


def test_the_token_is_the_revision_of_the_alias(world: Function) -> None:
    tokens = []
    for canary in (0, 5_000, 10_000):
        world.by_hand(canary)
        tokens.append(world.router.observe().token)

    assert all(before != after for before, after in pairwise(tokens))
    assert tokens[-1] == world.alias()["RevisionId"]


def test_a_version_that_is_not_there_is_refused_before_anything_is_changed(world: Function) -> None:
    router = world.routed({"stable": "1", "canary": "99"})
    before = world.writes()

    with pytest.raises(RouterError, match="ResourceNotFound") as told:
        router.apply(target(5_000))

    assert told.value.permanent
    assert world.writes() == before


@pytest.mark.parametrize(("state", "permanent"), [("Failed", True), ("Pending", False)])
def test_a_version_that_cannot_be_invoked_gets_no_more_than_it_has(
    world: Function,
    state: str,
    permanent: bool,  # noqa: FBT001  # a column
) -> None:
    def as_it_is(asked: Asked) -> Answer:
        answer = asked.forward()
        found = json.loads(answer.body)
        return answer._replace(body=json.dumps(found | ({"State": state} if found["Version"] == "2" else {})).encode())

    world.by_hand(50_000)
    with world.gate.fault("GetFunctionConfiguration", as_it_is):
        with pytest.raises(RouterError, match=f"version 2 is {state}") as told:
            world.router.apply(target(100_000))
        assert told.value.permanent == permanent

        for canary in (25_000, 0):
            brought_to(world.router, target(canary))


def test_versions_with_different_roles_are_refused_before_anything_is_changed() -> None:
    world = Function(ROLES)
    before = world.writes()

    with world.link, pytest.raises(RouterError, match="versions 1 and 2 differ in Role") as told:
        world.router.apply(target(5_000))

    assert told.value.permanent
    assert world.writes() == before


def test_three_versions_at_once_are_refused(world: Function) -> None:
    router = world.routed({"stable": "1", "canary": "2", "next": "3"})
    three = Target(
        split="p/s", revision="e.1", stable="stable", salt=SALT,
        weights={"stable": 50_000, "canary": 25_000, "next": 25_000},
        allocation=(("stable", 0, 50_000), ("canary", 50_000, 75_000), ("next", 75_000, WHOLE)),
    )  # fmt: skip
    before = world.writes()

    for call in (router.plan, router.apply):
        with pytest.raises(RouterError, match="2 versions at most, not 3") as told:
            call(three)
        assert told.value.permanent
    assert world.writes() == before


def test_a_version_that_nobody_configured_is_shown(world: Function) -> None:
    config = {"AdditionalVersionWeights": {"3": 0.25}}
    world.api.update_alias(FunctionName=world.name, Name="live", FunctionVersion="1", RoutingConfig=config)

    assert world.router.observe().weights == {"stable": 75_000, "canary": 0, "3": 25_000}


def test_an_alias_or_a_function_that_is_not_there_is_permanent(world: Function) -> None:
    for function, alias in ((world.name, "dead"), ("nobody", "live")):
        router = built(
            "aws-lambda", world.link.port, function=function, alias=alias, backends={"stable": "1", "canary": "2"}
        )

        with pytest.raises(RouterError, match="ResourceNotFound") as told:
            router.observe()
        assert told.value.permanent


def test_throttling_is_temporary_and_a_missing_right_is_permanent(world: Function) -> None:
    faults = {False: refused("TooManyRequestsException", 429), True: refused("AccessDeniedException", 403)}

    for permanent, fault in faults.items():
        with world.gate.fault("UpdateAlias", fault), pytest.raises(RouterError) as told:
            world.router.apply(target(5_000))
        assert told.value.permanent == permanent
        assert not told.value.conflict


def test_an_answer_that_is_lost_is_no_success_and_reading_back_finds_it_applied(world: Function) -> None:
    world.router.observe()

    def cut(asked: Asked) -> Answer:
        del world.gate.faults["UpdateAlias"]
        answer = asked.forward()
        world.link.set(Fault(down=Way(cut_after=0)))
        return answer

    world.gate.faults["UpdateAlias"] = cut
    with pytest.raises(RouterError) as told:
        world.router.apply(target(5_000))
    world.link.heal()

    assert not told.value.permanent
    assert world.router.observe().weights == {"stable": 95_000, "canary": 5_000}
    assert world.router.plan(target(5_000)) == ()


@pytest.mark.parametrize("kept", [b"0.0", b"0.01"])
def test_a_success_that_changed_nothing_or_half_is_an_error(world: Function, kept: bytes) -> None:
    def lie(asked: Asked) -> Answer:
        answer = asked.forward()
        return answer._replace(body=answer.body.replace(b"0.05", kept))

    with world.gate.fault("UpdateAlias", lie), pytest.raises(RouterError, match="answered success, but keeps"):
        world.router.apply(target(5_000))
