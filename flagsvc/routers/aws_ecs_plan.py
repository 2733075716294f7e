"""Counts of tasks, and in which order they are changed: values in, values out."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from flagsvc.domain.routing.observed import Observed

CENTS = 100


class Pool(NamedTuple):
    """The tasks of one backend: how many shall run by what ECS was told, and how many do."""

    name: str
    desired: int
    running: int


class Step(NamedTuple):
    """One change of a backend's count."""

    backend: str
    before: int
    wanted: int


def steps(pools: Mapping[str, Pool], told: Mapping[str, int]) -> tuple[list[Step], list[Step]]:
    """Give the changes that raise, and those that lower, in the order of the names."""
    changes = [Step(name, pools[name].desired, told[name]) for name in sorted(told)]
    raising = [step for step in changes if step.wanted > step.before]
    return raising, [step for step in changes if step.wanted < step.before]


def lagging(pools: Mapping[str, Pool], told: Mapping[str, int]) -> str:
    """Say which backends do not run yet what they shall; "" when all do. Having more is no lag."""
    running = {name: pools[name].running for name in sorted(told)}
    return ", ".join(f"{name} runs {count} of {told[name]}" for name, count in running.items() if count < told[name])


def seen(pools: Mapping[str, Pool]) -> Observed:
    """Give what is in force: tasks that run. What ECS was told to run stands in the detail where it differs."""
    moving = [
        f"{pool.name}: {pool.running} of {pool.desired} tasks run"
        for pool in pools.values()
        if pool.running != pool.desired
    ]
    weights = {name: pool.running for name, pool in pools.items()}
    return Observed(weights=weights, detail=", ".join(moving))


def scale_of(count: int, total: int) -> float:
    """Give the per cent of `total` tasks of which ECS makes exactly `count`: it rounds up, so this is rounded down."""
    return count * 100 * CENTS // total / CENTS


def everything(told: Mapping[str, int]) -> str:
    """Name the backend that gets all tasks; "" while they are shared."""
    some: Sequence[str] = [name for name, count in told.items() if count]
    return some[0] if len(some) == 1 else ""
