"""An HTTP route of an Istio VirtualService (networking.istio.io/v1): weights of its destinations, and a mirror of ours.

The VirtualService and the DestinationRule belong to somebody else; the second one is only read.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from flagsvc.domain.routing.capabilities import Capabilities
from flagsvc.domain.routing.errors import RouterError
from flagsvc.domain.routing.observed import Observed
from flagsvc.domain.routing.target import Target
from flagsvc.routers.common.backends import told_weights
from flagsvc.routers.common.destinations import Operation, demand_unowned, line_of
from flagsvc.routers.common.kubernetes import Cluster, ClusterOptions, Resource, demand_name
from flagsvc.routers.istio_plan import GRANULARITY, demand_subsets, mirror_in, mirroring, patch_of, rule_of, weights_in
from flagsvc.routers.registry import Tools


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """A destination as the VirtualService spells it: `host`, and `subset` and `port` where it has them."""

    host: str
    subset: str | None = None
    port: int | None = None

    @property
    def marks(self) -> Mapping[str, Any]:
        """What is known of it."""
        port = {"number": self.port} if self.port is not None else None
        known = {"host": self.host, "subset": self.subset, "port": port}
        return {mark: value for mark, value in known.items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(ClusterOptions):
    """`virtual_service` and in it the HTTP route named `rule`; `destination_rule`: the one that has the subsets.

    `backends`: each backend's destination. `mirror`: write mirrors, too. `server_dry_run`: let the server check plans.
    `api`: the version of networking.istio.io, v1beta1 for Istio before 1.22.
    """

    virtual_service: str
    rule: str
    backends: Mapping[str, Backend]
    destination_rule: str = ""
    mirror: bool = False
    server_dry_run: bool = False
    api: Literal["v1", "v1beta1"] = "v1"

    def __post_init__(self) -> None:
        ClusterOptions.__post_init__(self)
        demand_name("virtual_service", self.virtual_service)
        subsets = any(backend.subset is not None for backend in self.backends.values())
        if subsets and not self.destination_rule:
            raise ValueError("subsets need the name of the destination_rule that has them")
        if self.destination_rule:
            demand_name("destination_rule", self.destination_rule)


class VirtualService:
    """Tells one HTTP route of one VirtualService."""

    def __init__(self, options: Options) -> None:
        group = f"networking.istio.io/{options.api}"
        self._options = options
        self._cluster = Cluster(options)
        self._service = Resource(group, "virtualservices", options.namespace, options.virtual_service)
        self._subsets = Resource(group, "destinationrules", options.namespace, options.destination_rule)
        self._backends = {name: backend.marks for name, backend in options.backends.items()}
        self.capabilities = Capabilities(
            granularity=GRANULARITY,
            backends=frozenset(options.backends),
            expected_propagation_seconds=3.0,
            mirror=options.mirror,
            conditional=True,
        )

    def plan(self, target: Target) -> Sequence[str]:
        """Give the JSON patch that `apply` would send, an operation a line, without what others wrote."""
        patch = self._read_patch(target, self._told(target))
        if patch and self._options.server_dry_run:
            self._cluster.patch(self._service, patch, dry_run=True)
        return [f"PATCH {self._service}: {line_of(operation)}" for operation in patch]

    def apply(self, target: Target) -> None:
        """Send the patch, and see from the answer that it did what it had to."""
        told = self._told(target)
        if patch := self._read_patch(target, told):
            left = self._patch(target, told, self._cluster.patch(self._service, patch))
            if left:
                changes = [operation for operation in left if operation["op"] != "test"]
                raise RouterError(
                    f"{self._service} took the patch and is not as told: {json.dumps(changes)} is left; an admission "
                    "webhook undoes it, or the cluster's VirtualService lacks the field",
                    permanent=True,
                )

    def observe(self) -> Observed:
        """Read the object's weights; whether the proxies follow is Istio's to say."""
        rule = rule_of(self._cluster.get(self._service), self._options.rule)
        return Observed(
            weights=weights_in(rule, self._backends),
            mirror=mirror_in(rule, self._backends) if self._options.mirror else None,
        )

    def _told(self, target: Target) -> dict[str, int]:
        return told_weights(target, GRANULARITY, self._backends)

    def _read_patch(self, target: Target, told: Mapping[str, int]) -> list[Operation]:
        patch = self._patch(target, told, self._cluster.get(self._service))
        if patch and self._options.destination_rule:
            mirrored = [target.mirror.backend] if self._options.mirror and target.mirror else []
            used = [*(backend for backend, weight in told.items() if weight), *mirrored]
            demand_subsets(self._cluster.get(self._subsets), self._backends, used)
        return patch

    def _patch(self, target: Target, told: Mapping[str, int], service: Mapping[str, Any]) -> list[Operation]:
        demand_unowned(service)
        rule = rule_of(service, self._options.rule)
        extra = mirroring(rule, self._backends, target.mirror) if self._options.mirror else []
        return patch_of(rule, self._backends, told, extra)


def make(name: str, options: Options, tools: Tools) -> VirtualService:
    """Make one."""
    return VirtualService(options)
