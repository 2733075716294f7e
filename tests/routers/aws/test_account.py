"""Where and as whom routers talk to AWS, and what they say of its failures."""

import importlib.abc
import json
import socket
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from flagsvc.domain.routing.errors import RouterError
from flagsvc.outbound.aws import Account, Aws, nothing_begun, region_of
from flagsvc.routers.registry import options_of
from flagsvc.settings.environment import SettingsError
from flagsvc.settings.routers import load_routers
from tests.support.aws import REGION, Answer, Asked, cloud, refused
from tests.support.link import HOLE, Fault, Link, Way
from tests.support.modules import forget
from tests.support.timing import within

ROLE = "arn:aws:iam::123456789012:role/flagsvc"
GROUP = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/shop/0123456789abcdef"
RULE = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:listener-rule/app/shop/1/2/3"


def here(**changes: Any) -> Account:
    return Account(**{"region": REGION, "endpoint_url": f"http://127.0.0.1:{cloud()[1]}"} | changes)


@pytest.fixture
def link() -> Iterator[Link]:
    with Link(cloud()[1]) as link:
        yield link


def test_a_role_is_assumed_with_the_credentials_of_the_chain() -> None:
    gate, _ = cloud()
    keys: list[str] = []

    def note(asked: Asked) -> Answer:
        keys.append(asked.operation)
        return asked.forward()

    aws = Aws("ecs", here(role_arn=ROLE))
    with gate.fault("AssumeRole", note), gate.fault("ListClusters", note):
        aws.call("list_clusters")
        aws.call("list_clusters")

    assert keys == ["AssumeRole", "ListClusters", "ListClusters"]
    assert aws.client._request_signer._credentials.method == "assume-role"


def test_a_role_that_may_not_be_assumed_is_permanent() -> None:
    gate, _ = cloud()

    with (
        gate.fault("AssumeRole", refused("AccessDenied", 403)),
        pytest.raises(RouterError, match="AccessDenied") as told,
    ):
        Aws("ecs", here(role_arn=ROLE)).call("list_clusters")

    assert told.value.permanent


def test_no_credentials_are_permanent_with_the_fix_and_found_when_they_come(monkeypatch: pytest.MonkeyPatch) -> None:
    aws = Aws("ecs", here())
    with monkeypatch.context() as without:
        without.delenv("AWS_ACCESS_KEY_ID")
        without.delenv("AWS_SECRET_ACCESS_KEY")

        with pytest.raises(RouterError, match="give the service a role") as told:
            aws.call("list_clusters")

    assert told.value.permanent
    assert aws.call("list_clusters")["clusterArns"] is not None


def test_a_profile_that_is_not_there_is_permanent() -> None:
    with pytest.raises(RouterError, match="nobody") as told:
        Aws("ecs", here(profile="nobody")).call("list_clusters")

    assert told.value.permanent


def test_a_profile_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "shared").write_text("[shop]\naws_access_key_id = KEYOFSHOP\naws_secret_access_key = s\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "shared"))
    aws = Aws("ecs", here(profile="shop"))

    aws.call("list_clusters")

    assert aws.client._request_signer._credentials.access_key == "KEYOFSHOP"


def test_credentials_that_were_renewed_after_a_refusal_are_read_anew(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shared, text = tmp_path / "shared", "[shop]\naws_access_key_id = {}\naws_secret_access_key = s\n"
    shared.write_text(text.format("OLDKEY"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(shared))
    aws = Aws("ecs", here(profile="shop"))
    gate, _ = cloud()
    with gate.fault("ListClusters", refused("ExpiredTokenException", 400)), pytest.raises(RouterError):
        aws.call("list_clusters")

    shared.write_text(text.format("NEWKEY"))
    aws.call("list_clusters")

    assert aws.client._request_signer._credentials.access_key == "NEWKEY"


def test_a_program_for_credentials_that_is_silent_is_bounded_and_temporary(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("flagsvc.outbound.aws_programs.PROGRAM_SECONDS", 0.2)
    (tmp_path / "config").write_text("[profile slow]\ncredential_process = sh -c 'sleep 60 & wait'\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")

    with within(5), pytest.raises(RouterError, match="cannot be fetched now") as told:
        Aws("ecs", here(profile="slow")).call("list_clusters")

    assert not told.value.permanent


def test_a_program_for_credentials_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    printed = '{"Version": 1, "AccessKeyId": "OFPROGRAM", "SecretAccessKey": "s"}'
    (tmp_path / "printed").write_text(printed)
    (tmp_path / "config").write_text(f"[profile quick]\ncredential_process = cat {tmp_path / 'printed'}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    aws = Aws("ecs", here(profile="quick"))

    aws.call("list_clusters")

    assert aws.client._request_signer._credentials.access_key == "OFPROGRAM"


@pytest.mark.parametrize("kind", ["web identity", "role of a profile"])
def test_an_sts_that_never_answers_the_chain_is_bounded(
    kind: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("flagsvc.outbound.aws.READ_SECONDS", 0.4)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    (tmp_path / "token").write_text("of-the-pod")
    source = (
        f"web_identity_token_file = {tmp_path / 'token'}\n"
        if kind == "web identity"
        else "source_profile = base\n[profile base]\naws_access_key_id = a\naws_secret_access_key = b\n"
    )
    (tmp_path / "config").write_text(f"[profile pod]\nrole_arn = {ROLE}\n{source}")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    with socket.socket() as hole:
        hole.bind(("127.0.0.1", 0))
        hole.listen()
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", f"http://127.0.0.1:{hole.getsockname()[1]}")

        with within(5), pytest.raises(RouterError, match="no answer in time") as told:
            Aws("ecs", here(profile="pod")).call("list_clusters")

    assert not told.value.permanent


def test_no_region_is_permanent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")

    with pytest.raises(RouterError, match="region") as told:
        Aws("ecs", Account()).call("list_clusters")

    assert told.value.permanent


@pytest.mark.parametrize(
    "code", ["SignatureDoesNotMatch", "ExpiredToken", "InvalidClientTokenId", "UnrecognizedClientException"]
)
def test_what_aws_says_of_credentials_is_never_repeated(code: str) -> None:
    gate, _ = cloud()
    leaking = refused(code, 403, "The canonical string is x-amz-security-token:SECRET of KEY SECRET")

    with gate.fault("ListClusters", leaking), pytest.raises(RouterError, match=f"{code}.*renew them") as told:
        Aws("ecs", here()).call("list_clusters")

    assert told.value.permanent
    assert "SECRET" not in str(told.value)


@pytest.mark.parametrize(
    ("code", "status", "permanent", "conflict"),
    [
        ("ValidationError", 400, True, False),
        ("RuleNotFound", 400, True, False),
        ("AccessDeniedException", 400, True, False),
        ("Throttling", 400, False, False),
        ("RequestLimitExceeded", 503, False, False),
        ("TooManyRequestsException", 429, False, False),
        ("SomethingNew", 429, False, False),
        ("InternalFailure", 500, False, False),
        ("SomethingNew", 502, False, False),
        ("PreconditionFailedException", 412, False, True),
        ("ResourceConflictException", 409, False, True),
    ],
)
def test_a_code_says_whether_trying_again_can_help(code: str, status: int, *, permanent: bool, conflict: bool) -> None:
    aws = Aws("elbv2", here())
    with Stubber(aws.client) as stub:
        stub.add_client_error("describe_rules", code, "words", status)
        with pytest.raises(RouterError, match=f"elbv2 describe_rules: {code}") as told:
            aws.call("describe_rules", RuleArns=[RULE])

    assert (told.value.permanent, told.value.conflict) == (permanent, conflict)
    assert isinstance(told.value.__cause__, ClientError)
    assert nothing_begun(told.value) == (status < 500)


def test_parameters_that_the_service_does_not_have_are_permanent() -> None:
    with pytest.raises(RouterError, match="Nobody") as told:
        Aws("elbv2", here()).call("describe_rules", Nobody=1)

    assert told.value.permanent


@pytest.mark.parametrize("fault", [Fault(door="closed"), Fault(down=Way(cut_after=0)), Fault(down=Way(flip_at=0))])
def test_a_broken_wire_is_temporary(link: Link, fault: Fault) -> None:
    aws = Aws("ecs", here(endpoint_url=f"http://127.0.0.1:{link.port}"))
    link.set(fault)

    with pytest.raises(RouterError) as told:
        aws.call("list_clusters")

    assert not told.value.permanent
    assert nothing_begun(told.value) == (fault.door == "closed")


def test_a_hole_costs_no_more_than_the_limits_say(link: Link, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flagsvc.outbound.aws.READ_SECONDS", 0.2)
    aws = Aws("ecs", here(endpoint_url=f"http://127.0.0.1:{link.port}"))
    _ = aws.client
    link.set(HOLE)

    with within(10.0), pytest.raises(RouterError, match="no answer in time; it may have been applied") as told:
        aws.call("list_clusters")

    assert not told.value.permanent
    assert not nothing_begun(told.value)


@pytest.mark.parametrize(("service", "operation"), [("ecs", "ListClusters"), ("elbv2", "DescribeLoadBalancers")])
def test_garbage_is_temporary(service: str, operation: str) -> None:
    gate, _ = cloud()
    calls = {"ListClusters": ("list_clusters", "clusterArns"), "DescribeLoadBalancers": ("describe_load_balancers", "")}
    name, member = calls[operation]

    with gate.fault(operation, lambda _: Answer(200, b"<html>", "text/html")), pytest.raises(RouterError) as told:
        _ = Aws(service, here()).call(name)[member]  # the library takes garbage in JSON's place for an empty answer

    assert not told.value.permanent


def test_the_limits_are_those_of_the_library_and_of_one_attempt_where_that_is_asked() -> None:
    for attempts in (2, 1):
        config = Aws("ecs", here(), attempts=attempts).client.meta.config
        assert (config.connect_timeout, config.read_timeout) == (2.0, 7.0 / attempts)
        assert config.retries["total_max_attempts"] == attempts


@pytest.mark.parametrize("arn", ["", "shop", "arn:aws:iam::1:role/x", "aws:arn:a:b:c:d"])
def test_only_an_arn_has_a_region(arn: str) -> None:
    with pytest.raises(ValueError, match="no ARN with a region"):
        region_of(arn)
    assert region_of(RULE) == REGION


GOOD: Mapping[str, Mapping[str, Any]] = {
    "aws-alb": {"arn": RULE, "backends": {"stable": GROUP, "canary": GROUP + "0"}},
    "aws-lambda": {"function": "shop", "alias": "live", "backends": {"stable": "1", "canary": "2"}},
    "aws-ecs": {"cluster": "shop", "tasks": 10, "backends": {"stable": "a", "canary": "b"}},
    "aws-beanstalk": {"application": "shop", "cname": "shop.example", "backends": {"stable": "a", "canary": "b"}},
}
BAD: Sequence[tuple[str, Mapping[str, Any], str]] = [
    ("aws-alb", {"region": "us-east-1"}, "the ARN is of region eu-central-1, not us-east-1"),
    ("aws-alb", {"arn": "shop"}, "no ARN with a region"),
    ("aws-alb", {"arn": GROUP}, "no rule or listener"),
    ("aws-alb", {"arn": RULE.replace("/app/", "/gwy/")}, "no rule or listener"),
    ("aws-alb", {"backends": {"stable": GROUP, "canary": GROUP}}, "a target group of its own"),
    ("aws-alb", {"backends": {}}, "a target group of its own"),
    ("aws-alb", {"backends": {"stable": GROUP.replace("eu-central-1", "us-east-1")}}, "of that region and account"),
    ("aws-alb", {"backends": {"stable": "shop"}}, "no target group"),
    ("aws-alb", {"stickiness_seconds": 0}, "between 1 and 604800"),
    ("aws-alb", {"stickiness_seconds": 604_801}, "between 1 and 604800"),
    ("aws-alb", {"arn": RULE.replace("/app/", "/net/"), "stickiness_seconds": 60}, "network load balancer"),
    ("aws-alb", {"ecs_services": ["shop"]}, "CLUSTER/SERVICE"),
    ("aws-alb", {"secret": "x"}, "secret"),
    ("aws-lambda", {"backends": {"stable": "1", "canary": "$LATEST"}}, "no published version"),
    ("aws-lambda", {"backends": {"stable": "1", "canary": "1"}}, "a version of its own"),
    ("aws-ecs", {"tasks": 0}, "between 1 and 5000"),
    ("aws-ecs", {"tasks": 5_001}, "between 1 and 5000"),
    ("aws-ecs", {"backends": {"stable": "a", "canary": "a"}}, "of its own"),
    ("aws-beanstalk", {"backends": {"stable": "a"}}, "name two backends"),
    ("aws-beanstalk", {"backends": {"stable": "a", "canary": "a"}}, "name two backends"),
]


def written(folder: Path, kind: str, options: Mapping[str, Any]) -> Path:
    path = folder / "routers.yaml"
    path.write_text(json.dumps({"routers": {"edge": {"kind": kind, **options}}}))  # JSON is YAML
    return path


@pytest.mark.parametrize("kind", GOOD)
def test_good_options_are_taken(kind: str, tmp_path: Path) -> None:
    (spec,) = load_routers(written(tmp_path, kind, {**GOOD[kind], "profile": "shop", "role_arn": ROLE}))

    assert (spec.kind, spec.options.profile, spec.options.role_arn) == (kind, "shop", ROLE)


@pytest.mark.parametrize(("kind", "change", "words"), BAD)
def test_bad_options_stop_the_start_with_a_sentence(
    kind: str, change: Mapping[str, Any], words: str, tmp_path: Path
) -> None:
    with pytest.raises(SettingsError, match=r"routers\.edge") as told:
        load_routers(written(tmp_path, kind, {**GOOD[kind], **change}))

    assert words in str(told.value)


class Without(importlib.abc.MetaPathFinder):
    """A Python in which a package is not installed."""

    def __init__(self, package: str) -> None:
        self._package = package

    def find_spec(self, name: str, *_: object) -> None:
        if name.partition(".")[0] == self._package:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


@pytest.mark.parametrize("kind", GOOD)
def test_a_missing_library_is_a_sentence_with_the_extra(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    forget(monkeypatch, lambda name: name.startswith(("boto3", "flagsvc.routers.aws", "flagsvc.outbound.aws")))
    monkeypatch.setattr(sys, "meta_path", [Without("boto3"), *sys.meta_path])

    with pytest.raises(ValueError, match=r"needs the package 'boto3': pip install 'flagsvc\[aws\]'"):
        options_of(kind)
