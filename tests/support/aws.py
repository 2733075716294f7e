"""Amazon Web Services on one port of loopback: moto's server, behind a gate that is stricter and can fail.

Where moto is laxer than AWS, the gate refuses as AWS does: a stale RevisionId of a Lambda alias, weights out of range,
target groups that are not there. It notes every operation and the program that asked for it, and a test can have one
of them answered otherwise.
"""

import functools
import itertools
import json
import math
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote
from uuid import uuid4

import boto3
import pytest
from botocore.config import Config

from flagsvc.routers.registry import Tools

REGION = "eu-central-1"
ACCOUNT = "123456789012"
READING = ("Describe", "Get", "List", "AssumeRole")
NUMBERS = itertools.count(1)

Environ = Mapping[str, Any]


class Answer(NamedTuple):
    """What a server sends back."""

    status: int
    body: bytes
    media_type: str = "text/xml"


class Asked(NamedTuple):
    """One request: its operation, the query string's or the body's members, and how to let it pass."""

    operation: str
    body: bytes
    path: str
    forward: Callable[[], Answer]

    @property
    def members(self) -> dict[str, Any]:
        """The parameters: of the query protocol as texts, of the others as JSON."""
        if self.body.startswith(b"{"):
            found: dict[str, Any] = json.loads(self.body)
            return found
        return {name: values[0] for name, values in parse_qs(self.body.decode()).items()}


Fault = Callable[[Asked], Answer]


class Gate:
    """A WSGI program in front of another one."""

    def __init__(self, behind: Any) -> None:
        self._behind = behind
        self.log: list[tuple[str, str]] = []
        self.faults: dict[str, Fault] = {}

    @property
    def operations(self) -> list[str]:
        """Everything that was asked for so far."""
        return [operation for operation, _ in self.log]

    def writes(self) -> int:
        """Count the operations so far that change something."""
        return sum(not operation.startswith(READING) for operation in self.operations)

    @contextmanager
    def fault(self, operation: str, fault: Fault) -> Iterator[None]:
        """Have an operation answered by a fault, for the duration."""
        self.faults[operation] = fault
        try:
            yield
        finally:
            del self.faults[operation]

    def meanwhile(self, operation: str, change: Callable[[], object]) -> None:
        """Do something just before an operation passes, once: somebody else is quicker."""

        def answer(asked: Asked) -> Answer:
            del self.faults[operation]
            change()
            return _strictly(asked)

        self.faults[operation] = answer

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        operation = _operation(environ, body)
        self.log.append((operation, str(environ.get("HTTP_USER_AGENT", ""))))
        asked = Asked(operation, body, environ["PATH_INFO"], lambda: self._forward(environ, body))
        answer = self.faults.get(operation, _strictly)(asked)
        start_response(f"{answer.status} as it is", [("Content-Type", answer.media_type)])
        return [answer.body]

    def _forward(self, environ: dict[str, Any], body: bytes) -> Answer:
        heads: list[tuple[str, list[tuple[str, str]]]] = []
        inner = {**environ, "wsgi.input": BytesIO(body)}
        parts = self._behind(inner, lambda status, headers, *_: heads.append((status, headers)))
        said = b"".join(parts)
        status, headers = heads[0]
        return Answer(int(status.split()[0]), said, dict(headers).get("Content-Type", "text/xml"))


def refused(code: str, status: int = 400, message: str = "as the test wants it") -> Fault:
    """Answer with an error, in the protocol of the request."""

    def answer(asked: Asked) -> Answer:
        if asked.path.startswith("/2015-03-31/") or asked.body.startswith(b"{"):
            return Answer(status, json.dumps({"__type": code, "message": message}).encode(), "application/json")
        text = f"<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
        return Answer(status, text.encode())

    return answer


def _operation(environ: Environ, body: bytes) -> str:
    target = str(environ.get("HTTP_X_AMZ_TARGET", ""))
    if target:
        return target.rpartition(".")[2]
    if environ["PATH_INFO"].startswith("/2015-03-31/"):
        kind = "Alias" if "/aliases/" in environ["PATH_INFO"] else "FunctionConfiguration"
        return ("Get" if environ["REQUEST_METHOD"] == "GET" else "Update") + kind
    return str(parse_qs(body.decode(errors="replace")).get("Action", ["Get"])[0])


def _strictly(asked: Asked) -> Answer:
    checks: dict[str, Fault] = {"ModifyRule": _balanced, "ModifyListener": _balanced, "UpdateAlias": _alias}
    check = checks.get(asked.operation)
    return check(asked) if check else asked.forward()


def _balanced(asked: Asked) -> Answer:
    """Elastic Load Balancing takes weights of 0 to 999, not all 0, of groups that are there, named in one place only.

    API reference, TargetGroupTuple and Action: beside a group of its own an action's configuration may only repeat it.
    """
    from moto.elbv2.models import elbv2_backends  # noqa: PLC0415  # only this process's server has it

    members = asked.members
    weights = [int(value) for name, value in members.items() if name.endswith(".Weight")]
    groups = [value for name, value in members.items() if name.endswith(".TargetGroupArn")]
    if any(not 0 <= weight <= 999 for weight in weights) or (weights and not any(weights)):
        return refused("ValidationError", 400, "weights")(asked)
    if any(name.count(".member.") == 1 for name in members if name.endswith(".TargetGroupArn")) and len(groups) > 1:
        return refused("InvalidLoadBalancerAction", 400, "TargetGroupArn beside ForwardConfig")(asked)
    if any(group not in elbv2_backends[ACCOUNT][REGION].target_groups for group in groups):
        return refused("TargetGroupNotFound", 400, "One or more target groups not found")(asked)
    return asked.forward()


def _alias(asked: Asked) -> Answer:
    """Lambda renews an alias's RevisionId with each update, and refuses one that is not the present one."""
    from moto.awslambda.models import lambda_backends  # noqa: PLC0415  # only this process's server has it

    *_, function, _, name = map(unquote, asked.path.split("/"))
    alias = lambda_backends[ACCOUNT][REGION].get_alias(name, function)
    added = (asked.members.get("RoutingConfig") or {}).get("AdditionalVersionWeights", {})
    if asked.members.get("RevisionId", alias.revision_id) != alias.revision_id:
        return refused("PreconditionFailedException", 412, "The RevisionId provided does not match")(asked)
    if any(not 0 <= weight <= 1 for weight in added.values()):
        return refused("InvalidParameterValueException", 400, "weights")(asked)
    alias.revision_id = str(uuid4())
    return asked.forward()


@functools.cache
def cloud() -> tuple[Gate, int]:
    """Start moto's server in a thread, once per test process; gives its gate and its port."""
    from moto.ecs.models import TaskSet, ecs_backends  # noqa: PLC0415  # takes seconds, and only these tests need it
    from moto.moto_server.werkzeug_app import (  # noqa: PLC0415
        DomainDispatcherApplication,
        create_backend_app,
    )
    from werkzeug.serving import WSGIRequestHandler, make_server  # noqa: PLC0415

    class Quiet(WSGIRequestHandler):
        def log(self, *_: object) -> None:
            """Print nothing."""

    def count(task_set: Any) -> int:
        """ECS rounds the number of a task set's tasks up (API reference, TaskSet.computedDesiredCount)."""
        cluster, service = (str(name).rsplit("/", 1)[-1] for name in (task_set.cluster, task_set.service))
        whole = ecs_backends[ACCOUNT][task_set.region_name].services[f"{cluster}:{service}"].desired_count
        return math.ceil(whole * float(task_set.scale["value"]) / 100)

    for name in ("computed_desired_count", "running_count"):  # moto has no counts of task sets
        setattr(TaskSet, name, property(count))
    served: Any = create_backend_app
    gate = Gate(DomainDispatcherApplication(served))
    server = make_server("127.0.0.1", 0, gate, threaded=True, request_handler=Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return gate, int(server.server_port)


class Network(NamedTuple):
    """A network of one's own, with subnets in two zones."""

    vpc: str
    subnets: list[str]
    group: str

    @property
    def of_tasks(self) -> dict[str, Any]:
        """The network of ECS tasks."""
        return {"awsvpcConfiguration": {"subnets": self.subnets, "securityGroups": [self.group]}}


@functools.cache
def network() -> Network:
    """Make a network, once per test process."""
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    zones = {"10.0.1.0/24": f"{REGION}a", "10.0.2.0/24": f"{REGION}b"}
    made = [ec2.create_subnet(VpcId=vpc, CidrBlock=net, AvailabilityZone=zone) for net, zone in zones.items()]
    group = ec2.create_security_group(GroupName="tasks", Description="of tests", VpcId=vpc)["GroupId"]
    return Network(vpc, [one["Subnet"]["SubnetId"] for one in made], group)


@functools.cache
def client(service: str) -> Any:
    """Make a client of one's own, with which a test does things by hand."""
    return boto3.client(
        service,
        region_name=REGION,
        endpoint_url=f"http://127.0.0.1:{cloud()[1]}",
        aws_access_key_id="of",
        aws_secret_access_key="nobody",  # noqa: S106  # of nobody indeed
        config=Config(retries={"total_max_attempts": 1}, proxies={}, user_agent_extra="by-hand"),
    )


def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give this process credentials of nobody, and no other configuration of AWS."""
    for name in ("AWS_CA_BUNDLE", "AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "of")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nobody")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")


class NoShelf:
    """AWS is told; nothing lies ready for anybody."""


TOOLS = Tools(shelf=NoShelf())  # type: ignore[arg-type]


def fresh(word: str) -> str:
    """Give a name that no other test has."""
    return f"{word}-{next(NUMBERS)}"
