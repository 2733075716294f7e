"""Elastic Beanstalk: which of two environments has the production name. All or nothing, by swapping their CNAMEs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any, NamedTuple

from flagsvc.domain.routing.capabilities import Capabilities
from flagsvc.domain.routing.errors import RouterError
from flagsvc.domain.routing.observed import Observed
from flagsvc.domain.routing.target import Target
from flagsvc.outbound.aws import Account, Aws, nothing_begun
from flagsvc.routers.common.awaiting import demand_fresh
from flagsvc.routers.common.backends import told_weights
from flagsvc.routers.registry import Tools

PROPAGATION_SECONDS = 120.0
SETTLE_SECONDS = 180.0
STEPS = 1
PAIR = 2
NOT_READY = "Must be Ready"
"""What AWS says, as InvalidParameterValue, of an environment that something else is being done to."""
SERVING = frozenset({"Green", "Yellow"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(Account):
    """`cname`: the production name, as Beanstalk has it. `backends`: name → environment of `application`; two.

    `require_healthy`: nothing is swapped onto an environment whose health is not Green or Yellow.
    """

    application: str
    cname: str
    backends: Mapping[str, str]
    require_healthy: bool = True

    def __post_init__(self) -> None:
        if len(self.backends) != PAIR or len(set(self.backends.values())) != PAIR:
            raise ValueError("a swap is between two environments: name two backends")


class Swap(NamedTuple):
    """The two environments, by their ids: who has the production name, and who shall have it."""

    source: Mapping[str, Any]
    destination: Mapping[str, Any]

    def __str__(self) -> str:
        return f"swap CNAMEs: {self.source['CNAME']} from {_shown(self.source)} to {_shown(self.destination)}"


class Asked(NamedTuple):
    """A swap that was sent and not yet seen: the environment that gets the name, and when, by the monotonic clock."""

    destination: str
    at: float


class Beanstalk:
    """Tells two environments.

    A swap is relative: sent twice it is undone. So it is sent only after reading, without the library's repetitions,
    and not again before it was seen or `SETTLE_SECONDS` have passed, whatever came back.
    """

    def __init__(self, options: Options) -> None:
        self._options = options
        self._aws = Aws("elasticbeanstalk", options, attempts=1)
        self._asked: Asked | None = None
        self.capabilities = Capabilities(
            granularity=STEPS,
            backends=frozenset(options.backends),
            max_backends=PAIR,
            drains_pinned=False,  # whoever has resolved the name keeps the address until its time to live is over
            expected_propagation_seconds=PROPAGATION_SECONDS,
        )

    def plan(self, target: Target) -> Sequence[str]:
        """Say which swap would be asked for."""
        swap = self._swap(target)
        return (str(swap),) if swap else ()

    def apply(self, target: Target) -> None:
        """Swap, if the wanted environment does not have the production name. It may take a minute to be done."""
        since = monotonic()
        swap = self._swap(target)
        if swap is None:
            return
        demand_fresh(monotonic() - since)
        source, destination = swap.source["EnvironmentId"], swap.destination["EnvironmentId"]
        self._asked = Asked(destination, monotonic())
        try:
            self._aws.call("swap_environment_cnames", SourceEnvironmentId=source, DestinationEnvironmentId=destination)
        except RouterError as error:
            if nothing_begun(error):
                self._asked = None
            if NOT_READY in str(error):  # it was Ready when it was read
                raise RouterError(str(error)) from error
            raise

    def observe(self) -> Observed:
        """Read which environment has the production name; what resolvers still remember cannot be read."""
        found = self._environments()
        weights = {name: int(self._holds(environment)) for name, environment in found.items()}
        busy = [_shown(environment) for environment in found.values() if environment["Status"] != "Ready"]
        return Observed(weights=weights, detail=", ".join(busy))

    def _swap(self, target: Target) -> Swap | None:
        told = told_weights(target, STEPS, self._options.backends)
        found = self._environments()
        self._demand_settled()
        holders = [name for name in found if self._holds(found[name])]
        if len(holders) != 1:
            names = ", ".join(f"{environment['CNAME']} ({name})" for name, environment in sorted(found.items()))
            raise RouterError(f"not one of the environments has {self._options.cname}, but: {names}", permanent=True)
        if told[holders[0]]:
            return None
        (wanted,) = (name for name in found if told[name])
        swap = Swap(found[holders[0]], found[wanted])
        self._demand_ready(swap)
        return swap

    def _demand_settled(self) -> None:
        """Wait for a swap that was sent: until it is seen, or was certainly lost."""
        if self._asked and (waited := monotonic() - self._asked.at) < SETTLE_SECONDS:
            raise RouterError(f"a swap was asked for {waited:.0f} s ago and is not seen yet: asked again it is undone")

    def _demand_ready(self, swap: Swap) -> None:
        for environment in swap:
            if environment["Status"] != "Ready":
                raise RouterError(f"{_shown(environment)}: a swap has to wait until it is Ready")
        if self._options.require_healthy and swap.destination.get("Health") not in SERVING:
            raise RouterError(f"{_shown(swap.destination)}: nothing is moved onto it before it is healthy")

    def _environments(self) -> dict[str, Mapping[str, Any]]:
        answer = self._aws.call(
            "describe_environments",
            ApplicationName=self._options.application,
            EnvironmentNames=list(self._options.backends.values()),
            IncludeDeleted=False,
        )
        found = {environment["EnvironmentName"]: environment for environment in answer["Environments"]}
        if missing := sorted(set(self._options.backends.values()) - set(found)):
            raise RouterError(
                f"application {self._options.application} has no environment {', '.join(missing)}, or the identity may "
                "not see it",
                permanent=True,
            )
        holders = [one["EnvironmentId"] for one in found.values() if self._holds(one)]
        if self._asked and self._asked.destination in holders:
            self._asked = None
        return {name: found[environment] for name, environment in self._options.backends.items()}

    def _holds(self, environment: Mapping[str, Any]) -> bool:
        return str(environment.get("CNAME", "")).lower() == self._options.cname.lower()


def make(name: str, options: Options, tools: Tools) -> Beanstalk:
    """Make one."""
    return Beanstalk(options)


def _shown(environment: Mapping[str, Any]) -> str:
    name, status = environment["EnvironmentName"], environment["Status"]
    return f"{name} ({environment['EnvironmentId']}, {status}, health {environment.get('Health', 'unknown')})"
