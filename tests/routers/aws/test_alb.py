"""Load balancers: weights of target groups in the action of a rule, or of a listener."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal, Self

import pytest
from botocore.stub import Stubber

from flagsvc.domain.routing.errors import RouterError
from tests.routers.aws.worlds import Cloud, built
from tests.routers.contract import RouterContract, target
from tests.support.aws import Answer, Asked, client, fresh, network, refused
from tests.support.link import Fault, Way

OIDC = {
    "Issuer": "https://id.example",
    "AuthorizationEndpoint": "https://id.example/a",
    "TokenEndpoint": "https://id.example/t",
    "UserInfoEndpoint": "https://id.example/u",
    "ClientId": "shop",
    "ClientSecret": "never-read-back",
}


class Balancer(Cloud):
    """An application load balancer with two target groups of one healthy target each."""

    def __init__(self, what: Literal["rule", "listener"] = "rule", **options: Any) -> None:
        super().__init__()
        self.elb = client("elbv2")
        self.balancer = self.elb.create_load_balancer(Name=fresh("lb"), Subnets=network().subnets)["LoadBalancers"][0]
        self.groups = {name: self.group() for name in ("stable", "canary")}
        self.listener = self._listener()
        self.rule = self._rule()
        self.arn = {"rule": self.rule, "listener": self.listener}[what]
        self.router = built("aws-alb", self.link.port, arn=self.arn, backends=self.groups, **options)

    def group(self, **changes: Any) -> str:
        settings = {"Name": fresh("tg"), "Protocol": "HTTP", "Port": 80, "VpcId": network().vpc, "TargetType": "ip"}
        arn: str = self.elb.create_target_group(**settings | changes)["TargetGroups"][0]["TargetGroupArn"]
        self.elb.register_targets(TargetGroupArn=arn, Targets=[{"Id": "10.0.1.10", "Port": 80}])
        return arn

    def _listener(self) -> str:
        forward = {"Type": "forward", "TargetGroupArn": self.groups["stable"]}
        made = self.elb.create_listener(
            LoadBalancerArn=self.balancer["LoadBalancerArn"], Protocol="HTTP", Port=80, DefaultActions=[forward]
        )
        return str(made["Listeners"][0]["ListenerArn"])

    def _rule(self) -> str:
        made = self.elb.create_rule(
            ListenerArn=self.listener,
            Priority=10,
            Conditions=[{"Field": "path-pattern", "Values": ["/shop/*"]}],
            Actions=[{"Type": "forward", "TargetGroupArn": self.groups["stable"]}],
        )
        return str(made["Rules"][0]["RuleArn"])

    def weigh(self, weights: Mapping[str, int], stickiness: int = 0) -> None:
        """Set weights by ARN by hand."""
        kept = {"Enabled": True, "DurationSeconds": stickiness} if stickiness else {"Enabled": False}
        groups = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in weights.items()]
        config = {"TargetGroups": groups, "TargetGroupStickinessConfig": kept}
        self.act([{"Type": "forward", "ForwardConfig": config}])

    def act(self, actions: list[Mapping[str, Any]]) -> None:
        """Set the actions by hand."""
        if self.arn == self.rule:
            self.elb.modify_rule(RuleArn=self.rule, Actions=actions)
        else:
            self.elb.modify_listener(ListenerArn=self.listener, DefaultActions=actions)

    def by_hand(self, canary: int) -> None:
        step = round(canary * 999 / 100_000)
        self.weigh({self.groups["stable"]: 999 - step, self.groups["canary"]: step})

    def described(self) -> Mapping[str, Any]:
        """Describe the rule."""
        found: Mapping[str, Any] = self.elb.describe_rules(RuleArns=[self.rule])["Rules"][0]
        return found

    def forward(self) -> Mapping[str, Any]:
        """Describe the forward action's configuration."""
        (action,) = (action for action in self.described()["Actions"] if action["Type"] == "forward")
        config: Mapping[str, Any] = action["ForwardConfig"]
        return config


@pytest.fixture
def world() -> Iterator[Balancer]:
    balancer = Balancer()
    with balancer.link:
        yield balancer


class TestRule(RouterContract):
    @pytest.fixture
    def world(self) -> Iterator[Balancer]:
        balancer = Balancer()
        with balancer.link:
            yield balancer


class TestListener(RouterContract):
    @pytest.fixture
    def world(self) -> Iterator[Balancer]:
        balancer = Balancer("listener")
        with balancer.link:
            yield balancer


def test_a_group_that_is_emptied_leaves_the_action_with_the_stickiness_in_one_call(world: Balancer) -> None:
    world.weigh({world.groups["stable"]: 900, world.groups["canary"]: 99}, stickiness=3_600)
    before = world.writes()

    world.router.apply(target(0))

    assert world.writes() == before + 1
    assert world.forward()["TargetGroups"] == [{"TargetGroupArn": world.groups["stable"], "Weight": 999}]
    assert world.forward()["TargetGroupStickinessConfig"] == {"Enabled": False}


def test_a_group_without_weight_is_taken_out_when_a_cookie_could_still_lead_to_it(world: Balancer) -> None:
    world.weigh({world.groups["stable"]: 999, world.groups["canary"]: 0}, stickiness=3_600)

    world.router.apply(target(0))

    assert len(world.forward()["TargetGroups"]) == 1
    assert world.forward()["TargetGroupStickinessConfig"] == {"Enabled": False}


def test_stickiness_stays_as_it_is_found_while_both_have_a_share(world: Balancer) -> None:
    world.weigh({world.groups["stable"]: 1, world.groups["canary"]: 1}, stickiness=3_600)

    world.router.apply(target(25_000))

    assert world.forward()["TargetGroupStickinessConfig"] == {"Enabled": True, "DurationSeconds": 3_600}
    assert "stickiness is on" in world.router.observe().detail


def test_stickiness_is_what_the_options_say_while_both_have_a_share() -> None:
    world = Balancer(stickiness_seconds=600)

    with world.link:
        world.router.apply(target(25_000))

        assert world.forward()["TargetGroupStickinessConfig"] == {"Enabled": True, "DurationSeconds": 600}
        world.router.apply(target(100_000))
        assert world.forward()["TargetGroupStickinessConfig"] == {"Enabled": False}


def test_everything_else_of_the_rule_stays(world: Balancer) -> None:
    login = {"Type": "authenticate-oidc", "Order": 1, "AuthenticateOidcConfig": OIDC}
    world.act([login, {"Type": "forward", "Order": 2, "TargetGroupArn": world.groups["stable"]}])
    before = world.described()

    world.router.apply(target(25_000))

    after = world.described()
    assert after["Conditions"] == before["Conditions"]
    assert after["Priority"] == before["Priority"]
    assert [(action["Type"], action["Order"]) for action in after["Actions"]] == [
        ("authenticate-oidc", 1),
        ("forward", 2),
    ]
    kept = after["Actions"][0]["AuthenticateOidcConfig"]
    assert kept["ClientId"] == "shop"
    assert kept["UseExistingClientSecret"] is True  # without it AWS refuses, for it never gives the secret back


def test_one_group_that_gets_everything_is_the_whole_however_it_is_written(world: Balancer) -> None:
    world.act([{"Type": "forward", "TargetGroupArn": world.groups["canary"]}])

    assert world.router.observe().weights == {"stable": 0, "canary": 999}
    assert world.router.plan(target(100_000)) == ()


def test_a_plan_names_both_states(world: Balancer) -> None:
    world.router.apply(target(0))

    (line,) = world.router.plan(target(5_000))

    assert "stable 999 (of 999)" in line
    assert "canary 50" in line
    assert "stable 949" in line


def test_a_stranger_with_traffic_is_shown_and_never_overwritten(world: Balancer) -> None:
    stranger = world.group()
    world.weigh({world.groups["stable"]: 900, stranger: 99})
    before = world.writes()

    assert world.router.observe().weights[stranger] == 99
    for call in (world.router.plan, world.router.apply):
        with pytest.raises(RouterError, match="no backend of this router") as told:
            call(target(5_000))
        assert told.value.permanent
    assert world.writes() == before


def test_a_stranger_without_traffic_stays(world: Balancer) -> None:
    stranger = world.group()
    world.weigh({world.groups["stable"]: 900, stranger: 0})

    world.router.apply(target(5_000))

    assert {"TargetGroupArn": stranger, "Weight": 0} in world.forward()["TargetGroups"]


@pytest.mark.parametrize(
    "actions",
    [
        [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "503"}}],
        [{"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_302", "Host": "elsewhere.example"}}],
    ],
)
def test_a_rule_that_forwards_nothing_is_a_permanent_error(world: Balancer, actions: list[Mapping[str, Any]]) -> None:
    world.act(actions)

    for call in (world.router.observe, lambda: world.router.apply(target(5_000))):
        with pytest.raises(RouterError, match=r"expected one forward action, found: [fr]") as told:
            call()
        assert told.value.permanent


def test_nothing_is_moved_onto_a_group_without_a_healthy_target(world: Balancer) -> None:
    world.elb.deregister_targets(TargetGroupArn=world.groups["canary"], Targets=[{"Id": "10.0.1.10", "Port": 80}])
    before = world.writes()

    with pytest.raises(RouterError, match=r"canary .* no healthy target \(no targets at all\)") as told:
        world.router.apply(target(5_000))

    assert not told.value.permanent
    assert world.writes() == before


def test_a_group_that_nothing_checks_is_taken_in_without_weight_until_it_is_healthy(world: Balancer) -> None:
    states = iter(["unused", "unused", "initial", "healthy"])

    def state(asked: Asked) -> Answer:
        if asked.members["TargetGroupArn"] != world.groups["canary"]:
            return asked.forward()
        return asked.forward()._replace(body=asked.forward().body.replace(b"healthy", next(states).encode()))

    with world.gate.fault("DescribeTargetHealth", state):
        (line,) = world.router.plan(target(5_000))
        with pytest.raises(RouterError, match="checked from now on"):
            world.router.apply(target(5_000))
        assert {"TargetGroupArn": world.groups["canary"], "Weight": 0} in world.forward()["TargetGroups"]
        assert world.router.observe().weights == {"stable": 999, "canary": 0}
        with pytest.raises(RouterError, match=r"no healthy target \(initial\)"):
            world.router.apply(target(5_000))
        world.router.apply(target(5_000))

    assert "canary 0" in line
    assert world.router.observe().weights == {"stable": 949, "canary": 50}


def test_health_is_not_asked_for_where_nobody_wants_it() -> None:
    world = Balancer(require_healthy=False)
    world.elb.deregister_targets(TargetGroupArn=world.groups["canary"], Targets=[{"Id": "10.0.1.10", "Port": 80}])
    before = len(world.gate.operations)

    with world.link:
        world.router.apply(target(5_000))

    assert "DescribeTargetHealth" not in world.gate.operations[before:]
    assert {"TargetGroupArn": world.groups["canary"], "Weight": 50} in world.forward()["TargetGroups"]


def test_a_group_that_is_gone_is_refused_before_anything_is_changed(world: Balancer) -> None:
    world.elb.delete_target_group(TargetGroupArn=world.groups["canary"])
    before = world.writes()

    with pytest.raises(RouterError, match="TargetGroupNotFound") as told:
        world.router.apply(target(5_000))

    assert told.value.permanent
    assert world.writes() == before


def test_a_group_of_another_balancer_is_refused(world: Balancer) -> None:
    with (other := Balancer()).link:
        theirs = other.groups["stable"]
    router = built("aws-alb", world.link.port, arn=world.rule, backends=world.groups | {"canary": theirs})
    before = world.writes()

    with pytest.raises(RouterError, match="belongs to another balancer") as told:
        router.apply(target(5_000))

    assert told.value.permanent
    assert world.writes() == before


def test_a_group_of_another_protocol_is_refused(world: Balancer) -> None:
    tcp = world.group(Protocol="TCP")
    router = built("aws-alb", world.link.port, arn=world.rule, backends=world.groups | {"canary": tcp})

    with pytest.raises(RouterError, match="protocol TCP is none of this balancer's"):
        router.apply(target(5_000))


def test_a_default_rule_is_refused_with_what_to_name_instead(world: Balancer) -> None:
    rules = world.elb.describe_rules(ListenerArn=world.listener)["Rules"]
    (default,) = (rule["RuleArn"] for rule in rules if rule["IsDefault"])
    router = built("aws-alb", world.link.port, arn=default, backends=world.groups)

    with pytest.raises(RouterError, match="name the listener's ARN instead") as told:
        router.observe()

    assert told.value.permanent


@pytest.mark.parametrize("what", ["rule", "listener"])
def test_a_rule_or_listener_that_is_gone_is_a_permanent_error(what: Literal["rule", "listener"]) -> None:
    world = Balancer(what)
    world.elb.delete_rule(RuleArn=world.rule)
    if what == "listener":
        world.elb.delete_listener(ListenerArn=world.listener)

    with world.link, pytest.raises(RouterError, match=r"NotFound|there is no") as told:
        world.router.observe()

    assert told.value.permanent


def test_a_rule_that_aws_manages_is_left_alone(world: Balancer) -> None:
    world.elb.add_tags(ResourceArns=[world.rule], Tags=[{"Key": "AmazonECSManaged", "Value": "true"}])
    before = world.writes()

    with pytest.raises(RouterError, match=r"managed by AWS \(tag AmazonECSManaged\)") as told:
        world.router.apply(target(5_000))

    assert told.value.permanent
    assert world.writes() == before


def test_throttling_is_tried_again_once_and_then_temporary(world: Balancer) -> None:
    world.router.observe()
    before = len(world.gate.operations)

    with world.gate.fault("DescribeRules", refused("Throttling")), pytest.raises(RouterError) as told:
        world.router.observe()

    assert world.gate.operations[before:] == ["DescribeRules"] * 2
    assert not told.value.permanent
    assert "Throttling" in str(told.value)


def test_a_missing_right_is_permanent_and_says_where_they_are_listed(world: Balancer) -> None:
    denied = refused("AccessDenied", 403, "User: arn:aws:iam::1:user/u is not authorized to perform: ModifyRule")

    with world.gate.fault("ModifyRule", denied), pytest.raises(RouterError, match="guide lists") as told:
        world.router.apply(target(5_000))

    assert told.value.permanent
    assert "not authorized to perform: ModifyRule" in str(told.value)


def test_an_answer_that_is_lost_is_temporary_and_reading_back_finds_it_applied(world: Balancer) -> None:
    world.router.observe()

    def cut(asked: Asked) -> Answer:
        answer = asked.forward()
        world.link.set(Fault(down=Way(cut_after=0)))
        return answer

    with world.gate.fault("ModifyRule", cut), pytest.raises(RouterError, match="may have been applied") as told:
        world.router.apply(target(5_000))
    world.link.heal()

    assert not told.value.permanent
    assert world.router.observe().weights == {"stable": 949, "canary": 50}
    assert world.router.plan(target(5_000)) == ()


def test_an_answer_that_does_not_come_in_time_is_temporary(world: Balancer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flagsvc.outbound.aws.READ_SECONDS", 0.2)
    world.link.set(Fault(down=Way(held=True)))

    with pytest.raises(RouterError, match="no answer in time") as told:
        world.router.observe()

    assert not told.value.permanent


@pytest.mark.parametrize("kept", [{"stable": 999, "canary": 0}, {"stable": 990, "canary": 9}])
def test_a_success_that_changed_nothing_or_half_is_an_error(world: Balancer, kept: Mapping[str, int]) -> None:
    def lie(asked: Asked) -> Answer:
        answer = asked.forward()
        body = answer.body
        for told, name in ((b">949<", "stable"), (b">50<", "canary")):
            body = body.replace(told, f">{kept[name]}<".encode())
        return answer._replace(body=body)

    with world.gate.fault("ModifyRule", lie), pytest.raises(RouterError, match="answered success, but kept"):
        world.router.apply(target(5_000))


def test_without_conditional_writes_the_last_one_wins_and_says_so(world: Balancer) -> None:
    world.gate.meanwhile("ModifyRule", lambda: world.by_hand(50_000))

    world.router.apply(target(5_000))

    assert not world.router.capabilities.conditional
    assert world.router.observe().weights == {"stable": 949, "canary": 50}


class Stubbed:
    """A router whose cloud is botocore's stub: what it is asked for must be exactly what was foreseen."""

    def __init__(self, arn: str, **options: Any) -> None:
        group = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup"
        self.arn, self.groups = arn, {name: f"{group}/{name}/0123" for name in ("stable", "canary")}
        self.router = built("aws-alb", 1, arn=arn, backends=self.groups, **options)
        self.elb, self.ecs = Stubber(self.router._elb.client), Stubber(self.router._ecs.client)

    def __enter__(self) -> Self:
        self.elb.activate()
        self.ecs.activate()
        return self

    def __exit__(self, *_: object) -> None:
        self.elb.deactivate()
        self.ecs.deactivate()

    def listener(self, weights: Mapping[str, int], *, sticky: bool = False) -> Mapping[str, Any]:
        """Give a listener's description."""
        groups = [{"TargetGroupArn": self.groups[name], "Weight": weight} for name, weight in weights.items()]
        config = {"TargetGroups": groups, "TargetGroupStickinessConfig": {"Enabled": sticky}}
        return {"Listeners": [{"DefaultActions": [{"Type": "forward", "Order": 1, "ForwardConfig": config}]}]}


NETWORK_LISTENER = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:listener/net/shop/1/2"
RULE = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:listener-rule/app/shop/1/2/3"


def test_the_listener_of_a_network_load_balancer_has_weights_and_keeps_its_stickiness() -> None:
    world = Stubbed(NETWORK_LISTENER, require_healthy=False)
    told = {"stable": 949, "canary": 50}
    groups = [{"TargetGroupArn": arn, "Protocol": "TCP"} for arn in world.groups.values()]

    with world:
        world.elb.add_response("describe_listeners", world.listener({"stable": 500, "canary": 499}, sticky=True))
        world.elb.add_response("describe_tags", {"TagDescriptions": []})
        world.elb.add_response("describe_target_groups", {"TargetGroups": groups})
        sent = world.listener({"canary": 50, "stable": 949}, sticky=True)["Listeners"][0]["DefaultActions"]
        world.elb.add_response(
            "modify_listener",
            world.listener(told, sticky=True),
            {"ListenerArn": NETWORK_LISTENER, "DefaultActions": sent},
        )
        world.router.apply(target(5_000))

    world.elb.assert_no_pending_responses()
    assert not world.router.capabilities.drains_pinned


@pytest.mark.parametrize(
    ("service", "words"),
    [
        ({"deploymentController": {"type": "CODE_DEPLOY"}}, "CodeDeploy deploys it"),
        ({"deploymentConfiguration": {"strategy": "CANARY"}}, "strategy CANARY"),
        ({"deploymentConfiguration": {"strategy": "LINEAR"}}, "strategy LINEAR"),
        ({"loadBalancers": [{"advancedConfiguration": {"productionListenerRule": RULE}}]}, "write this rule"),
        ({"loadBalancers": [{"advancedConfiguration": {"testListenerRule": RULE}}]}, "write this rule"),
        (None, "there is no ECS service shop/web"),
    ],
)
def test_a_rule_that_deployments_of_ecs_write_is_left_alone(service: Mapping[str, Any] | None, words: str) -> None:
    world = Stubbed(RULE, ecs_services=("shop/web",))
    rule = {"IsDefault": False, "Actions": [{"Type": "forward", "TargetGroupArn": world.groups["stable"]}]}

    with world:
        world.elb.add_response("describe_rules", {"Rules": [rule]})
        world.elb.add_response("describe_tags", {"TagDescriptions": []})
        world.ecs.add_response(
            "describe_services", {"services": [service] if service else []}, {"cluster": "shop", "services": ["web"]}
        )
        with pytest.raises(RouterError, match=words) as told:
            world.router.apply(target(5_000))

    assert told.value.permanent
    world.ecs.assert_no_pending_responses()


def test_a_service_with_rolling_deployments_may_stand_behind_the_groups() -> None:
    world = Stubbed(RULE, ecs_services=("shop/web",), require_healthy=False)
    rule = {"IsDefault": False, "Actions": [{"Type": "forward", "TargetGroupArn": world.groups["stable"]}]}

    with world:
        world.elb.add_response("describe_rules", {"Rules": [rule]})
        world.elb.add_response("describe_tags", {"TagDescriptions": []})
        world.ecs.add_response(
            "describe_services", {"services": [{"deploymentConfiguration": {"strategy": "ROLLING"}}]}
        )
        world.elb.add_response("describe_target_groups", {"TargetGroups": []})

        assert len(world.router.plan(target(5_000))) == 1
