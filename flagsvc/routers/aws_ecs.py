"""Amazon ECS: how many tasks of each backend run, as two services or as two task sets of one service."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from flagsvc.domain.routing.capabilities import Capabilities
from flagsvc.domain.routing.errors import RouterError
from flagsvc.domain.routing.observed import Observed
from flagsvc.domain.routing.target import Target
from flagsvc.outbound.aws import Account, Aws
from flagsvc.routers.aws_ecs_plan import Pool, Step, everything, lagging, seen, steps
from flagsvc.routers.aws_ecs_pools import Services, TaskSets
from flagsvc.routers.common.backends import told_weights
from flagsvc.routers.registry import Tools

PROPAGATION_SECONDS = 120.0
MOST_BACKENDS = 10  # DescribeServices takes ten
MOST_TASKS = 5_000  # of one service (Amazon ECS service quotas)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(Account):
    """`tasks`: how many run in all; each is one step. `cluster`: its name or ARN.

    `backends`: name → ECS service; or with `service`, name → task set of that service (its id, external id or ARN).
    """

    cluster: str
    tasks: int
    backends: Mapping[str, str]
    service: str | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.tasks <= MOST_TASKS:
            raise ValueError(f"tasks is between 1 and {MOST_TASKS}")
        if not 1 <= len(set(self.backends.values())) == len(self.backends) <= MOST_BACKENDS:
            raise ValueError(f"each backend needs a service or task set of its own, {MOST_BACKENDS} at most")


class Pools(Protocol):
    """Where the tasks of the backends are kept."""

    def read(self) -> Mapping[str, Pool]:
        """Read them all; RouterError for those that are missing or belong to somebody else."""

    def command(self, step: Step) -> str:
        """Say what `change` would send."""

    def change(self, step: Step) -> None:
        """Tell ECS another count; RouterError when it answers success and keeps another one."""

    def promotion(self, backend: str) -> str:
        """Say what makes a backend the primary one, and has to be sent; "" for nothing."""

    def promote(self, backend: str) -> None:
        """Send it."""


class Ecs:
    """Tells counts. What is raised is told first, and nothing is lowered before that runs."""

    def __init__(self, options: Options) -> None:
        self._options = options
        aws = Aws("ecs", options)
        where = (aws, options.cluster, options.backends)
        self._pools: Pools = (
            TaskSets(*where, service=options.service, tasks=options.tasks) if options.service else Services(*where)
        )
        self.capabilities = Capabilities(
            granularity=options.tasks,
            backends=frozenset(options.backends),
            max_backends=len(options.backends),
            expected_propagation_seconds=PROPAGATION_SECONDS,
        )

    def plan(self, target: Target) -> Sequence[str]:
        """Say which counts would be told, in order; those that are lowered wait until the raised ones run."""
        told = self._told(target)
        raising, lowering = steps(self._pools.read(), told)
        promoted = self._pools.promotion(everything(told))
        return (*map(self._pools.command, raising), *filter(None, [promoted]), *map(self._pools.command, lowering))

    def apply(self, target: Target) -> None:
        """Tell the counts. Raises a temporary error while raised tasks are not running yet; the next call goes on."""
        told = self._told(target)
        raising, _ = steps(now := self._pools.read(), told)
        for step in raising:
            self._pools.change(step)
        now = self._pools.read() if raising else now
        if late := lagging(now, told):
            raise RouterError(f"{late} tasks; nothing is lowered before they do")
        if self._pools.promotion(winner := everything(told)):
            self._pools.promote(winner)
        for step in steps(now, told)[1]:
            self._pools.change(step)

    def observe(self) -> Observed:
        """Count the tasks that run."""
        return seen(self._pools.read())

    def _told(self, target: Target) -> dict[str, int]:
        return told_weights(target, self._options.tasks, self._options.backends)


def make(name: str, options: Options, tools: Tools) -> Ecs:
    """Make one."""
    return Ecs(options)
