"""How many replicas each cohort's Deployment shall have, and in which order that is safe. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flagsvc.domain.routing.errors import RouterError


@dataclass(frozen=True, slots=True)
class Pool:
    """One cohort's Deployment as read: replicas that are desired, ready (they get requests), available (they last).

    None is `available` while the status is of an earlier specification: what it counts may be ending already. Pods that
    a rollout has on top for its time are not `ready`: they are nobody's change.
    """

    name: str
    desired: int
    ready: int
    available: int


def pool_of(deployment: Mapping[str, Any]) -> Pool:
    """Read a Deployment (apps/v1); its status leaves out what is 0."""
    spec, status = deployment.get("spec") or {}, deployment.get("status") or {}
    metadata, desired = deployment["metadata"], spec.get("replicas", 1)
    ready, available = (status.get(name, 0) for name in ("readyReplicas", "availableReplicas"))
    if status.get("updatedReplicas", 0) < status.get("replicas", 0):
        ready = min(ready, desired)
    is_current = status.get("observedGeneration", 0) >= metadata.get("generation", 0)
    return Pool(metadata["name"], desired, ready, available if is_current else 0)


def growing(pools: Mapping[str, Pool], told: Mapping[str, int]) -> dict[str, int]:
    """Give the backends whose Deployment has to grow, with their replicas: always safe."""
    return {backend: told[backend] for backend, pool in pools.items() if pool.desired < told[backend]}


def shrinking(pools: Mapping[str, Pool], told: Mapping[str, int]) -> dict[str, int]:
    """Give those that have to shrink: safe as soon as nobody is `lacking`."""
    return {backend: told[backend] for backend, pool in pools.items() if pool.desired > told[backend]}


def lacking(pools: Mapping[str, Pool], told: Mapping[str, int]) -> dict[str, str]:
    """Say of each pool that has fewer available replicas than it is to serve with how many it has."""
    return {
        backend: f"{pool.name} has {pool.available} of {told[backend]} replicas available"
        for backend, pool in pools.items()
        if pool.available < told[backend]
    }


def demand_unscaled(autoscalers: Mapping[str, Any], names: Mapping[str, str]) -> None:
    """Pass when no HorizontalPodAutoscaler scales one of the Deployments: it would undo every ratio."""
    for scaler in autoscalers.get("items") or ():
        scaled = (scaler.get("spec") or {}).get("scaleTargetRef") or {}
        if scaled.get("kind") == "Deployment" and scaled.get("name") in names.values():
            raise RouterError(
                f"the HorizontalPodAutoscaler {scaler['metadata']['name']} scales {scaled['name']}: remove it, or "
                "split by weights (Gateway API, Istio) instead of by replicas",
                permanent=True,
            )
