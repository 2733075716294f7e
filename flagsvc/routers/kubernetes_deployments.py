"""One Deployment per cohort behind one Service: the split is the ratio of their replicas, whose sum stays the same.

Deployments are told by their scale subresource. What grows is told first; what shrinks only when nobody lacks replicas.
"""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flagsvc.domain.routing.capabilities import Capabilities
from flagsvc.domain.routing.errors import RouterError
from flagsvc.domain.routing.observed import Observed
from flagsvc.domain.routing.target import Target
from flagsvc.routers.common.backends import told_weights
from flagsvc.routers.common.destinations import Operation, demand_unowned, test
from flagsvc.routers.common.kubernetes import Cluster, ClusterOptions, Resource, demand_name
from flagsvc.routers.kubernetes_deployments_plan import Pool, demand_unscaled, growing, lacking, pool_of, shrinking
from flagsvc.routers.registry import Tools

WAIT_SECONDS, LOOK_SECONDS = 2.0, 0.2
"""So long a call waits for replicas to become available; the next call goes on from there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(ClusterOptions):
    """`deployments`: the one of each backend. `replicas`: their sum, and so the steps.

    `ready_seconds`: how long a new replica usually takes; readings that differ for less than that are no drift.
    """

    deployments: Mapping[str, str]
    replicas: int
    ready_seconds: float = 30.0

    def __post_init__(self) -> None:
        ClusterOptions.__post_init__(self)
        for name in self.deployments.values():
            demand_name("deployments", name)
        if len(set(self.deployments.values())) < len(self.deployments):
            raise ValueError("two backends have the same Deployment")
        if self.replicas < 1:
            raise ValueError("replicas is at least 1")


class Deployments:
    """Tells the Deployments of one namespace."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._cluster = Cluster(options)
        self.capabilities = Capabilities(
            granularity=options.replicas,
            backends=frozenset(options.deployments),
            expected_propagation_seconds=options.ready_seconds,
            conditional=True,
        )

    def plan(self, target: Target) -> Sequence[str]:
        """Say which Deployments would be scaled, in order; those that shrink wait for those that grow."""
        told, pools = self._told(target), self._unowned_pools()
        up, down = growing(pools, told), shrinking(pools, told)
        grow = [f"scale {pools[name].name} from {pools[name].desired} to {count}" for name, count in up.items()]
        shrink = [f"scale {pools[name].name} from {pools[name].desired} to {count}" for name, count in down.items()]
        waiting = [f"wait until {pools[name].name} has {told[name]} available" for name in lacking(pools, told)]
        return [*grow, *waiting, *shrink]

    def apply(self, target: Target) -> None:
        """Grow what has to grow, wait a little for it, then shrink the others.

        Raises RouterError, not permanent, while replicas are lacking: nothing shrinks until they are there.
        """
        told, pools = self._told(target), self._unowned_pools()
        self._scale(pools, growing(pools, told))
        pools = self._awaited(told)
        self._scale(pools, shrinking(pools, told))

    def observe(self) -> Observed:
        """Read the ready replicas: those are what the Service spreads requests over."""
        pools = self._pools()
        desired = ", ".join(f"{pool.name} {pool.ready} ready of {pool.desired}" for pool in pools.values())
        return Observed(weights={backend: pool.ready for backend, pool in pools.items()}, detail=desired)

    def _told(self, target: Target) -> dict[str, int]:
        return told_weights(target, self._options.replicas, self._options.deployments)

    def _resource(self, name: str, subresource: str = "") -> Resource:
        return Resource("apps/v1", "deployments", self._options.namespace, name, subresource)

    def _pools(self) -> dict[str, Pool]:
        return {backend: pool_of(found) for backend, found in self._found().items()}

    def _found(self) -> dict[str, dict[str, Any]]:
        names = sorted(self._options.deployments.items())
        return {backend: self._cluster.get(self._resource(name)) for backend, name in names}

    def _unowned_pools(self) -> dict[str, Pool]:
        """Read them, and make sure that nobody else moves them."""
        found = self._found()
        for deployment in found.values():
            demand_unowned(deployment)
        scalers = Resource("autoscaling/v1", "horizontalpodautoscalers", self._options.namespace)
        demand_unscaled(self._cluster.get(scalers), self._options.deployments)
        return {backend: pool_of(deployment) for backend, deployment in found.items()}

    def _awaited(self, told: Mapping[str, int]) -> dict[str, Pool]:
        deadline = time.monotonic() + WAIT_SECONDS
        while missing := lacking(pools := self._pools(), told):
            if time.monotonic() >= deadline:
                raise RouterError(f"{'; '.join(missing.values())}: nothing shrinks before")
            time.sleep(LOOK_SECONDS)
        return pools

    def _scale(self, pools: Mapping[str, Pool], counts: Mapping[str, int]) -> None:
        for backend, count in counts.items():
            self._scale_one(pools[backend], count)

    def _scale_one(self, pool: Pool, count: int) -> None:
        """Scale from the very state that the plan was made for. A scale of 0 leaves `replicas` out of its spec."""
        scale = self._resource(pool.name, "scale")
        read = self._cluster.get(scale)["spec"]
        if read.get("replicas", 0) != pool.desired:
            raise RouterError(f"{pool.name} was scaled by somebody else meanwhile", conflict=True)
        patch: list[Operation] = [test("/spec", read), {"op": "add", "path": "/spec/replicas", "value": count}]
        answer = self._cluster.patch(scale, patch)
        if answer["spec"].get("replicas", 0) != count:
            raise RouterError(
                f"{pool.name} took {json.dumps(patch)} and has {json.dumps(answer['spec'])}: an admission webhook "
                "undoes it",
                permanent=True,
            )


def make(name: str, options: Options, tools: Tools) -> Deployments:
    """Make one."""
    return Deployments(options)
