"""A Lambda alias: how many of its invocations go to a second version. Each invocation is drawn anew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flagsdk.core.allocation import WHOLE
from flagsvc.domain.routing.capabilities import Capabilities
from flagsvc.domain.routing.errors import RouterError
from flagsvc.domain.routing.observed import Observed
from flagsvc.domain.routing.target import Target
from flagsvc.outbound.aws import Account, Aws
from flagsvc.routers.common.backends import told_weights
from flagsvc.routers.registry import Tools

PROPAGATION_SECONDS = 10.0
VERSIONS = 2
SHARED = ("Role", "DeadLetterConfig")
SERVING = frozenset({None, "Active", "Inactive"})  # an inactive one wakes up at its first invocation
FAILED = "Failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(Account):
    """`function`: name or ARN, without a version. `alias`: its name. `backends`: name → published version, "7"."""

    function: str
    alias: str
    backends: Mapping[str, str]

    def __post_init__(self) -> None:
        for name, version in self.backends.items():
            if not (version.isascii() and version.isdigit()):
                raise ValueError(f"backend {name!r}: {version!r} is no published version (AWS weighs no $LATEST)")
        if len(set(self.backends.values())) != len(self.backends) or not self.backends:
            raise ValueError("each backend needs a version of its own")


class LambdaAlias:
    """Tells one alias: its version, and the weight of another one. The description stays untouched."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._names = {version: name for name, version in options.backends.items()}
        self._aws = Aws("lambda", options)
        self.capabilities = Capabilities(
            granularity=WHOLE,
            backends=frozenset(options.backends),
            max_backends=VERSIONS,
            conditional=True,
            expected_propagation_seconds=PROPAGATION_SECONDS,
        )

    def plan(self, target: Target) -> Sequence[str]:
        """Say how the alias would change."""
        changes = self._changes(target, self._alias())
        if changes is None:
            return ()
        return (f"{self._options.function}:{self._options.alias} → {_shown(changes)}",)

    def apply(self, target: Target) -> None:
        """Change the alias that was just read, on the condition that nobody has changed it since."""
        alias = self._alias()
        changes = self._changes(target, alias)
        if changes is None:
            return
        told = self._aws.call("update_alias", **self._where(), **changes, RevisionId=alias["RevisionId"])
        if weights_of(told) != weights_of(changes):
            raise RouterError(f"Lambda answered success, but keeps {_shown(told)}; sent {_shown(changes)}")

    def observe(self) -> Observed:
        """Read the alias; `token` is its revision."""
        alias = self._alias()
        weights = {self._names.get(version, version): weight for version, weight in weights_of(alias).items()}
        return Observed(weights=dict.fromkeys(self._options.backends, 0) | weights, token=alias["RevisionId"])

    def _where(self) -> dict[str, str]:
        return {"FunctionName": self._options.function, "Name": self._options.alias}

    def _alias(self) -> Mapping[str, Any]:
        alias: Mapping[str, Any] = self._aws.call("get_alias", **self._where())
        return alias

    def _changes(self, target: Target, alias: Mapping[str, Any]) -> Mapping[str, Any] | None:
        told = told_weights(target, WHOLE, self._options.backends)
        wanted = {self._options.backends[name]: weight for name, weight in told.items() if weight}
        if len(wanted) > VERSIONS:
            raise RouterError(f"an alias has {VERSIONS} versions at most, not {len(wanted)}", permanent=True)
        there = weights_of(alias)
        if there == wanted:
            return None
        described = {version: self._described(version) for version in sorted(wanted)}
        _demand_alike(described)
        _demand_serving({version: described[version] for version in wanted if wanted[version] > there.get(version, 0)})
        return routed(wanted, self._options.backends[target.stable])

    def _described(self, version: str) -> Mapping[str, Any]:
        where = {"FunctionName": self._options.function, "Qualifier": version}
        described: Mapping[str, Any] = self._aws.call("get_function_configuration", **where)
        return described


def _demand_alike(versions: Mapping[str, Mapping[str, Any]]) -> None:
    """Lambda weighs only versions with one role and one dead-letter queue (Developer Guide, aliases)."""
    first = next(iter(versions.values()))
    for member in SHARED:
        if any(one.get(member) != first.get(member) for one in versions.values()):
            raise RouterError(f"versions {' and '.join(versions)} differ in {member}", permanent=True)


def _demand_serving(versions: Mapping[str, Mapping[str, Any]]) -> None:
    """Pass when these, which are to get more, can be invoked (API reference, FunctionConfiguration.State)."""
    for version, one in versions.items():
        if (state := one.get("State")) not in SERVING:
            why = f"version {version} is {state} ({one.get('StateReasonCode', 'no reason given')})"
            raise RouterError(f"{why}: it gets no more than it has", permanent=state == FAILED)


def routed(wanted: Mapping[str, int], stable: str) -> Mapping[str, Any]:
    """Write weights by version (1/100 000) as an alias has them; the stable version is its own while it has a share."""
    own = stable if stable in wanted else max(wanted, key=lambda version: wanted[version])
    others = {version: weight / WHOLE for version, weight in wanted.items() if version != own}
    return {"FunctionVersion": own, "RoutingConfig": {"AdditionalVersionWeights": others}}


def weights_of(alias: Mapping[str, Any]) -> dict[str, int]:
    """Read an alias's weights by version, in 1/100 000; its own version has what the others leave."""
    others = (alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
    told = {version: round(float(weight) * WHOLE) for version, weight in others.items()}
    weights = {alias["FunctionVersion"]: WHOLE - sum(told.values())} | told
    return {version: weight for version, weight in weights.items() if weight}


def make(name: str, options: Options, tools: Tools) -> LambdaAlias:
    """Make one."""
    return LambdaAlias(options)


def _shown(alias: Mapping[str, Any]) -> str:
    others = (alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
    added = "".join(f", version {version} with {weight:g}" for version, weight in others.items())
    return f"version {alias['FunctionVersion']}{added}"
