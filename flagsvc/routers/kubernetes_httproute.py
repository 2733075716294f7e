"""A rule of a Gateway API HTTPRoute (gateway.networking.k8s.io/v1): weights of its backendRefs, and a mirror of ours.

The route belongs to somebody else: nothing but weights (and our own mirror) is ever written, by name, tested.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flagsdk.core.allocation import WHOLE
from flagsvc.domain.routing.capabilities import Capabilities
from flagsvc.domain.routing.errors import RouterError
from flagsvc.domain.routing.observed import Observed
from flagsvc.domain.routing.target import Target
from flagsvc.routers.common.backends import told_weights
from flagsvc.routers.common.destinations import Operation, demand_unowned, line_of
from flagsvc.routers.common.kubernetes import Cluster, ClusterOptions, Resource, demand_name
from flagsvc.routers.kubernetes_httproute_plan import mirror_in, mirroring, patch_of, rule_of, weights_in
from flagsvc.routers.registry import Tools

MAX_WEIGHT = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """A backendRef by its `name`; `port` and `namespace` where the name alone is not enough, `port` for a mirror."""

    name: str
    port: int | None = None
    namespace: str | None = None

    @property
    def marks(self) -> Mapping[str, Any]:
        """What is known of it."""
        known = {"name": self.name, "namespace": self.namespace, "port": self.port}
        return {mark: value for mark, value in known.items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(ClusterOptions):
    """`route`: its name. The rule: by its name in `rule`, or by `match`, a part of one of its matches.

    `backends`: what each backend of the split is called in the rule. `granularity`: the weights' sum; lower it to what
    the gateway counts in (100, 999). `mirror`: write mirrors, too. `server_dry_run`: let the server check each plan.
    """

    route: str
    backends: Mapping[str, Backend]
    rule: str = ""
    match: Mapping[str, Any] | None = None
    granularity: int = WHOLE
    mirror: bool = False
    server_dry_run: bool = False

    def __post_init__(self) -> None:
        ClusterOptions.__post_init__(self)
        demand_name("route", self.route)
        if bool(self.rule) == bool(self.match):
            raise ValueError("name the rule, by either rule or match")
        if not 1 <= self.granularity <= MAX_WEIGHT:
            raise ValueError(f"granularity lies between 1 and {MAX_WEIGHT}")
        if self.mirror and any(backend.port is None for backend in self.backends.values()):
            raise ValueError("a mirror needs each backend's port")


class HttpRoute:
    """Tells one rule of one route."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._cluster = Cluster(options)
        self._route = Resource("gateway.networking.k8s.io/v1", "httproutes", options.namespace, options.route)
        self._backends = {name: backend.marks for name, backend in options.backends.items()}
        self.capabilities = Capabilities(
            granularity=options.granularity,
            backends=frozenset(options.backends),
            expected_propagation_seconds=3.0,
            mirror=options.mirror,
            conditional=True,
        )

    def plan(self, target: Target) -> Sequence[str]:
        """Give the JSON patch that `apply` would send, an operation a line, without what others wrote."""
        patch = self._patch(target, self._told(target), self._cluster.get(self._route))
        if patch and self._options.server_dry_run:
            self._cluster.patch(self._route, patch, dry_run=True)
        return [f"PATCH {self._route}: {line_of(operation)}" for operation in patch]

    def apply(self, target: Target) -> None:
        """Send the patch, and see from the answer that it did what it had to."""
        told = self._told(target)
        patch = self._patch(target, told, self._cluster.get(self._route))
        if any("/filters" in operation["path"] for operation in patch):  # a pruned share would mirror every request
            self._demand(target, told, self._cluster.patch(self._route, patch, dry_run=True))
        if patch:
            self._demand(target, told, self._cluster.patch(self._route, patch))

    def observe(self) -> Observed:
        """Read the object's weights; whether gateways follow is theirs to say (see its status)."""
        route = self._cluster.get(self._route)
        rule = rule_of(route, self._options.rule, self._options.match)
        return Observed(
            weights=weights_in(rule, self._backends, self._options.granularity),
            mirror=mirror_in(rule, self._backends) if self._options.mirror else None,
        )

    def _told(self, target: Target) -> dict[str, int]:
        return told_weights(target, self._options.granularity, self._backends)

    def _patch(self, target: Target, told: Mapping[str, int], route: Mapping[str, Any]) -> list[Operation]:
        demand_unowned(route)
        rule = rule_of(route, self._options.rule, self._options.match)
        extra = mirroring(rule, self._backends, target.mirror) if self._options.mirror else []
        return patch_of(rule, self._backends, told, self._options.granularity, extra)

    def _demand(self, target: Target, told: Mapping[str, int], answer: Mapping[str, Any]) -> None:
        left = self._patch(target, told, answer)
        if left:
            changes = [operation for operation in left if operation["op"] != "test"]
            raise RouterError(
                f"{self._route} took the patch and is not as told: {json.dumps(changes)} is left; an admission webhook "
                "undoes it, or the cluster's HTTPRoute lacks the field (a mirror's fraction needs Gateway API 1.3)",
                permanent=True,
            )


def make(name: str, options: Options, tools: Tools) -> HttpRoute:
    """Make one."""
    return HttpRoute(options)
