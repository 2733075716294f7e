"""Application (and Network) Load Balancers: the weights of the target groups in one rule or one listener's action."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flagsvc.domain.routing.capabilities import Capabilities
from flagsvc.domain.routing.errors import RouterError
from flagsvc.domain.routing.observed import Observed
from flagsvc.domain.routing.target import Target
from flagsvc.outbound.aws import Account, Aws, region_of
from flagsvc.routers.aws_alb_plan import (
    STEPS,
    Action,
    demand_own,
    lines_of,
    rewritten,
    stickiness_in,
    warmed,
    weights_in,
)
from flagsvc.routers.common.backends import told_weights
from flagsvc.routers.common.ecs import rules_of, shifts_by_itself
from flagsvc.routers.registry import Tools

PROPAGATION_SECONDS = 10.0
LONGEST_STICKINESS = 604_800
MANAGED_TAGS = ("AmazonECSManaged", "aws:ecs:", "aws:codedeploy:")
SERVING = frozenset({"healthy", "unavailable"})  # "unavailable": its health checks are disabled
PROTOCOLS = {
    "app": frozenset({"HTTP", "HTTPS", None}),  # a group of a Lambda function has none
    "net": frozenset({"TCP", "TLS", "UDP", "TCP_UDP", "QUIC", "TCP_QUIC"}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(Account):
    """`arn`: of the rule, or of the listener whose default action it is. `backends`: name → ARN of its target group.

    `stickiness_seconds`: of the balancer's cookie, while all have a share (None: as it is found; network ones know no
    length). `require_healthy`: nothing is moved onto a group without a healthy target. `ecs_services`: CLUSTER/SERVICE
    behind the groups, to make sure that no deployment of theirs writes the same action.
    """

    arn: str
    backends: Mapping[str, str]
    stickiness_seconds: int | None = None
    require_healthy: bool = True
    ecs_services: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        region, kind = region_of(self.arn), _balancer_kind(self.arn)
        if self.region not in (None, region):
            raise ValueError(f"the ARN is of region {region}, not {self.region}")
        if kind not in PROTOCOLS:
            raise ValueError(f"{self.arn!r} is no rule or listener of an application or network load balancer")
        if any(service.count("/") != 1 for service in self.ecs_services):
            raise ValueError("an entry of ecs_services is CLUSTER/SERVICE")
        _check_groups(self.backends, self.arn)
        if self.stickiness_seconds is not None:
            _check_stickiness(self.stickiness_seconds, kind)


class Alb:
    """Tells one forward action; everything else of the rule or listener is sent back as it was found, or not at all."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._names = {arn: name for name, arn in options.backends.items()}
        self._elb = Aws("elbv2", options, region=region_of(options.arn))
        self._ecs = Aws("ecs", options, region=region_of(options.arn))
        self._kind = _balancer_kind(options.arn)
        self.capabilities = Capabilities(
            granularity=STEPS,
            sticky="own",
            backends=frozenset(options.backends),
            max_backends=5,
            drains_pinned=self._kind == "app",  # flows through a network one last until they are closed
            expected_propagation_seconds=PROPAGATION_SECONDS,
        )

    def plan(self, target: Target) -> Sequence[str]:
        """Say how the action would change."""
        told, actions = self._told(target), self._actions()
        wanted = self._checked(actions, told)
        if wanted is None:
            return ()
        cold = self._cold(actions, told)
        sent = warmed(actions, cold) if cold else wanted
        return (f"{self._options.arn}: {self._shown(actions)} → {self._shown(sent)}",)

    def apply(self, target: Target) -> None:
        """Change the weights, if they differ. A group that nothing checks yet is first taken in without weight."""
        told, actions = self._told(target), self._actions()
        wanted = self._checked(actions, told)
        if wanted is None:
            return
        if cold := self._cold(actions, told):
            self._send(warmed(actions, cold))
            raise RouterError(f"{self._named(cold)}: its targets are checked from now on, and get traffic when healthy")
        self._demand_healthy(actions, told)
        self._send(wanted)

    def observe(self) -> Observed:
        """Read the action. AWS answers from what it has stored: balancers follow some seconds later."""
        actions = self._actions()
        weights = {self._names.get(arn, arn): weight for arn, weight in weights_in(actions).items()}
        kept = stickiness_in(actions)
        note = "" if kept is None else "stickiness is on: clients with its cookie stay, whatever the weights"
        return Observed(weights=dict.fromkeys(self._options.backends, 0) | weights, detail=note)

    def _told(self, target: Target) -> dict[str, int]:
        told = told_weights(target, STEPS, self._options.backends)
        return {self._options.backends[name]: weight for name, weight in told.items()}

    def _actions(self) -> Sequence[Action]:
        if not _is_rule(self._options.arn):
            found = self._elb.call("describe_listeners", ListenerArns=[self._options.arn])["Listeners"]
            return found[0]["DefaultActions"] if found else self._gone()
        found = self._elb.call("describe_rules", RuleArns=[self._options.arn])["Rules"]
        if found and found[0]["IsDefault"]:
            raise RouterError(f"{self._options.arn} is a default rule: name the listener's ARN instead", permanent=True)
        return found[0]["Actions"] if found else self._gone()

    def _gone(self) -> Sequence[Action]:
        raise RouterError(f"there is no {self._options.arn}", permanent=True)

    def _checked(self, actions: Sequence[Action], told: Mapping[str, int]) -> list[Action] | None:
        """Give what is to be sent after all that can be known beforehand was checked; None when it is so already."""
        demand_own(actions, self._names)
        wanted = rewritten(actions, told, self._options.stickiness_seconds)
        if wanted is not None:
            self._demand_alone()
            self._demand_groups([arn for arn, weight in told.items() if weight])
        return wanted

    def _demand_groups(self, groups: Sequence[str]) -> None:
        balancer = _balancer_of(self._options.arn)
        for group in self._elb.call("describe_target_groups", TargetGroupArns=groups)["TargetGroups"]:
            name = self._named([group["TargetGroupArn"]])
            if group.get("Protocol") not in PROTOCOLS[self._kind]:
                raise RouterError(f"{name}: protocol {group['Protocol']} is none of this balancer's", permanent=True)
            if others := [arn for arn in group.get("LoadBalancerArns", ()) if arn != balancer]:
                raise RouterError(f"{name} belongs to another balancer, {others[0]}", permanent=True)

    def _demand_alone(self) -> None:
        arn = self._options.arn
        for described in self._elb.call("describe_tags", ResourceArns=[arn])["TagDescriptions"]:
            for tag in described["Tags"]:
                if tag["Key"].startswith(MANAGED_TAGS):
                    raise RouterError(f"{arn} is managed by AWS (tag {tag['Key']}): two would write it", permanent=True)
        for cluster, _, name in (entry.partition("/") for entry in self._options.ecs_services):
            found = self._ecs.call("describe_services", cluster=cluster, services=[name])["services"]
            if not found:
                raise RouterError(f"there is no ECS service {cluster}/{name}", permanent=True)
            why = shifts_by_itself(found[0]) or ("its deployments write this rule" if arn in rules_of(found[0]) else "")
            if why:
                raise RouterError(f"ECS service {cluster}/{name}: {why}: two would write the weights", permanent=True)

    def _cold(self, actions: Sequence[Action], told: Mapping[str, int]) -> list[str]:
        if not self._options.require_healthy:
            return []
        there = weights_in(actions)
        return [arn for arn in _raised(actions, told) if arn not in there and self._states(arn) == {"unused"}]

    def _demand_healthy(self, actions: Sequence[Action], told: Mapping[str, int]) -> None:
        if not self._options.require_healthy:
            return
        for arn in _raised(actions, told):
            if not (states := self._states(arn)) & SERVING:
                found = ", ".join(sorted(states)) or "no targets at all"
                raise RouterError(f"{self._named([arn])} has no healthy target ({found}): nothing is moved onto it")

    def _states(self, arn: str) -> set[str]:
        found = self._elb.call("describe_target_health", TargetGroupArn=arn)["TargetHealthDescriptions"]
        return {target["TargetHealth"]["State"] for target in found}

    def _send(self, actions: Sequence[Action]) -> None:
        if _is_rule(self._options.arn):
            answer = self._elb.call("modify_rule", RuleArn=self._options.arn, Actions=actions)["Rules"]
            accepted = answer[0]["Actions"] if answer else self._gone()
        else:
            answer = self._elb.call("modify_listener", ListenerArn=self._options.arn, DefaultActions=actions)[
                "Listeners"
            ]
            accepted = answer[0]["DefaultActions"] if answer else self._gone()
        if weights_in(accepted) != weights_in(actions) or stickiness_in(accepted) != stickiness_in(actions):
            raise RouterError(f"AWS answered success, but kept {self._shown(accepted)}; sent {self._shown(actions)}")

    def _named(self, groups: Sequence[str]) -> str:
        return ", ".join(f"{self._names[arn]} ({arn})" for arn in groups)

    def _shown(self, actions: Sequence[Action]) -> str:
        return lines_of(self._names, actions)


def make(name: str, options: Options, tools: Tools) -> Alb:
    """Make one."""
    return Alb(options)


def _raised(actions: Sequence[Action], told: Mapping[str, int]) -> list[str]:
    there = weights_in(actions)
    return [arn for arn, weight in told.items() if weight > there.get(arn, 0)]


def _is_rule(arn: str) -> bool:
    return ":listener-rule/" in arn


def _balancer_kind(arn: str) -> str:
    words = arn.split("/")
    return words[1] if len(words) == (6 if _is_rule(arn) else 5) and ":listener" in words[0] else ""


def _balancer_of(arn: str) -> str:
    owner = arn.replace(":listener-rule/", ":loadbalancer/").replace(":listener/", ":loadbalancer/")
    return "/".join(owner.split("/")[:4])


def _check_groups(backends: Mapping[str, str], arn: str) -> None:
    for name, group in backends.items():
        if ":targetgroup/" not in group or group.split(":")[3:5] != arn.split(":")[3:5]:
            raise ValueError(f"backend {name!r}: {group!r} is no target group of that region and account")
    if len(set(backends.values())) != len(backends) or not backends:
        raise ValueError("each backend needs a target group of its own")


def _check_stickiness(seconds: int, kind: str) -> None:
    if kind == "net":
        raise ValueError("a network load balancer has no stickiness_seconds")
    if not 1 <= seconds <= LONGEST_STICKINESS:
        raise ValueError(f"stickiness_seconds is between 1 and {LONGEST_STICKINESS}")
