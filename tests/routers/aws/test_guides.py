"""The guides of the AWS routers, run as they stand: only addresses, ARNs and the token are others."""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from botocore.exceptions import UnknownServiceError

from tests.routers.aws.test_alb import Balancer
from tests.routers.aws.test_ecs import CLUSTER, Fleet
from tests.routers.aws.test_lambda import Function
from tests.support.aws import Gate, client, cloud, network
from tests.support.aws_cli import GLOBAL, described, parsed
from tests.support.beanstalk import Environment, FakeBeanstalk
from tests.support.service import ADMIN_TOKEN, Service
from tests.support.snippets import snippets
from tests.support.timing import eventually
from tests.support.tree import ROOT

PAGES = ("aws-alb", "aws-beanstalk", "aws-ecs", "aws-lambda")
INLINE = re.compile(r"`(aws [^`]+)`")
pytestmark = pytest.mark.servers


def page(name: str) -> str:
    return f"docs/routers/{name}.md"


class Reader:
    """Somebody who follows a guide in a folder of their own, with a cloud on a port."""

    def __init__(self, stack: ExitStack, name: str, folder: Path, port: int) -> None:
        self._stack, self._name, self._folder, self._cloud = stack, name, folder, port
        self.find, self.permit, self.bind, self.see = snippets(page(name), "sh")
        (self.policy,) = snippets(page(name), "json")
        self.routers = snippets(page(name), "yaml")
        self.places: dict[str, str] = {}
        self.words: dict[str, str] = {}
        self._program(folder / "bin")
        (folder / f"flagsvc-{name.removeprefix('aws-')}.json").write_text(self.policy)
        self._endpoint = {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", "no_proxy": "*"}

    def _program(self, folder: Path) -> None:
        folder.mkdir()
        (folder / "aws").write_text(
            f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m tests.support.aws_cli "$@"\n'
        )
        (folder / "aws").chmod(0o755)

    def follow(self, block: str) -> str:
        """Run a block with sh; gives what it printed."""
        path = f"{self._folder / 'bin'}:{os.environ['PATH']}"
        environment = {**os.environ, **self._endpoint, "PATH": path, "TOKEN": ADMIN_TOKEN, **self.words}
        done = subprocess.run(
            ["sh", "-euc", self.mine(block)],
            cwd=self._folder, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def serve(self, routers: str) -> None:
        """Start flagsvc with a routers file."""
        file = self._folder / "routers.yaml"
        file.write_text(self.mine(routers))
        for name, value in self._endpoint.items():
            os.environ[name] = value  # the service inherits it; the fixture takes it away again
        service = Service({"SAMPLE_DATA": "true", "ROUTERS": str(file)})
        self._stack.callback(service.close)
        service.start()
        self.places["127.0.0.1:8080"] = f"127.0.0.1:{service.port}"

    def mine(self, text: str) -> str:
        for old, new in self.places.items():
            assert old in self.routers[0] + self.bind, f"{old} is not in the guide"
            text = text.replace(old, new)
        return text

    def applied(self) -> bool:
        """Whether the binding says that the router was read back as desired."""
        asked = next(line for line in self.see.splitlines() if line.startswith("curl"))
        status = json.loads(self.follow(asked))["status"]
        return bool(status and status["phase"] == "applied")

    def weigh(self, stable: int, canary: int) -> None:
        """Move weights as the guide does, to others."""
        line = self.bind.splitlines()
        moved = re.sub(r'"stable": \d+, "canary": \d+', f'"stable": {stable}, "canary": {canary}', line[-1])
        self.follow(f"{line[0]}\n{moved}")


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Reader]]:
    for name in ("AWS_ENDPOINT_URL", "no_proxy"):
        monkeypatch.setenv(name, "")
    with ExitStack() as stack:
        yield lambda name, port: Reader(stack, name, tmp_path, port)


def granted(policy: str) -> set[str]:
    """Give the operations that a policy allows."""
    statements = json.loads(policy)["Statement"]
    return {action.partition(":")[2] for statement in statements for action in statement["Action"]}


def from_flagsvc(gate: Gate, since: int) -> set[str]:
    """Give the operations that were asked for by the service."""
    return {operation for operation, agent in gate.log[since:] if "flagsvc" in agent}


def role() -> None:
    roles = {one["RoleName"] for one in client("iam").list_roles()["Roles"]}
    if "flagsvc" not in roles:
        client("iam").create_role(RoleName="flagsvc", AssumeRolePolicyDocument="{}")


def test_a_load_balancer(reader: Callable[..., Reader]) -> None:
    gate, port = cloud()
    role()
    world = Balancer()
    for name in ("stable", "canary"):
        world.groups[name] = world.group(Name=f"shop-{name}")
    world.weigh({world.groups["stable"]: 1})
    me = reader("aws-alb", port)
    me.words = {"LISTENER": world.listener}
    found = me.follow(me.find)
    me.follow(me.permit)
    me.places = dict(zip(re.findall(r"arn:aws:\S+", me.routers[0]), [world.rule, *world.groups.values()], strict=True))
    before = len(gate.log)

    with world.link:
        me.serve(me.routers[0])
        me.follow(me.bind)
        eventually(me.applied, "the binding, applied")

    assert all(arn in found for arn in [world.rule, *world.groups.values()])
    assert "949\t50" in me.follow(me.see) or "50\t949" in me.follow(me.see)
    assert from_flagsvc(gate, before) <= granted(me.policy)
    assert granted(me.policy) - from_flagsvc(gate, before) == {"DescribeListeners", "ModifyListener"}


def test_an_alias(reader: Callable[..., Reader]) -> None:
    gate, port = cloud()
    role()
    world = Function()
    world.create("shop")
    an_empty_archive = b"PK\x05\x06" + bytes(18)
    world.api.update_function_code(FunctionName="shop", ZipFile=an_empty_archive)  # not published yet
    me = reader("aws-lambda", port)
    me.follow(me.find)
    me.follow(me.permit)
    before = len(gate.log)

    with world.link:
        me.serve(me.routers[0])
        me.follow(me.bind)
        eventually(me.applied, "the binding, applied")

    assert '{"2": 0.05}' in me.follow(me.see)
    assert from_flagsvc(gate, before) == granted(me.policy)


@pytest.mark.parametrize("routers", [0, 1], ids=["services", "task sets"])
def test_counts_of_tasks(reader: Callable[..., Reader], routers: int) -> None:
    gate, port = cloud()
    role()
    world = Fleet()
    me = reader("aws-ecs", port)
    me.words = {"NETWORK": json.dumps(network().of_tasks)}
    sets = {"DescribeTaskSets", "UpdateTaskSet", "UpdateServicePrimaryTaskSet"}
    used = {"DescribeServices", *(sets if routers else {"UpdateService"})}
    _prepare(world, me, routers)
    me.follow(me.permit)
    before = len(gate.log)

    with world.link:
        me.serve(me.routers[routers])
        me.follow(me.bind)
        eventually(me.applied, "the binding, applied")
        me.weigh(0, 100_000)
        eventually(lambda: from_flagsvc(gate, before) == used, "everything for the canary")

    assert granted(me.policy) == sets | {"DescribeServices", "UpdateService"}


def _prepare(world: Fleet, me: Reader, routers: int) -> None:
    world.api.register_task_definition(
        family="checkout", containerDefinitions=[{"name": "shop", "image": "shop:1", "memory": 128}]
    )
    if not routers:
        world.service(20, name="checkout-stable", taskDefinition="checkout")
        me.follow(me.find)
        return
    world.service(20, name="checkout", deploymentController={"type": "EXTERNAL"})
    for name, scale in (("v1", 100.0), ("v2", 0.0)):
        world.api.create_task_set(
            cluster=CLUSTER, service="checkout", taskDefinition="checkout", externalId=name, launchType="FARGATE",
            networkConfiguration=network().of_tasks, scale={"value": scale, "unit": "PERCENT"},
        )  # fmt: skip


def test_a_name(reader: Callable[..., Reader]) -> None:
    role()
    names = {name: f"{name}.eu-central-1.elasticbeanstalk.com" for name in ("shop", "shop-next")}
    blue, green = Environment("shop-blue", "e-1", names["shop"]), Environment("shop-green", "e-2", names["shop-next"])

    with FakeBeanstalk(blue, green) as fake:
        me = reader("aws-beanstalk", fake.port)
        assert "shop-blue\tshop.eu-central-1" in me.follow(me.find)
        me.serve(me.routers[0])
        me.weigh(100_000, 0)
        me.follow(me.bind)
        eventually(lambda: green.cname == names["shop"] and me.applied(), "the binding, applied")
        me.weigh(100_000, 0)
        eventually(lambda: blue.cname == names["shop"], "the way back")

    assert fake.swaps == [("shop-blue", "shop-green"), ("shop-green", "shop-blue")]
    assert fake.operations == granted(me.policy)


@pytest.mark.parametrize("name", PAGES)
def test_every_command_has_the_words_of_the_api(name: str) -> None:
    text = (ROOT / page(name)).read_text()
    blocks = [line for block in snippets(page(name), "sh") for line in block.splitlines() if line.startswith("aws ")]
    commands = blocks + INLINE.findall(text)

    for command in commands:
        service, operation, *rest = shlex.split(command)[1:]
        options = {word.removeprefix("--") for word in rest if word.startswith("--")}
        assert options <= described(service, operation)[1].keys() | GLOBAL, command

    assert len(commands) > 1


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("elbv2 describe-rules --rule-arn x", KeyError),
        ("elbv2 describe-rule --rule-arns x", ValueError),
        ("elbv3 describe-rules", UnknownServiceError),
    ],
)
def test_a_word_that_the_api_does_not_have_is_found(words: str, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        parsed(words.split())
