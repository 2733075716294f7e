"""The router that tells nobody: for splits that are only asked for, and to try plans. It holds what it was told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from flagsdk.core.allocation import WHOLE
from flagsvc.domain.routing.capabilities import Capabilities
from flagsvc.domain.routing.machine import shown
from flagsvc.domain.routing.observed import Observed, disagreement
from flagsvc.domain.routing.target import Target
from flagsvc.routers.registry import Tools


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """There is nothing to set."""

    __pydantic_config__: ClassVar[Mapping[str, str]] = {"extra": "forbid"}


class Nothing:
    """Keeps the target in this process's memory."""

    capabilities = Capabilities(
        granularity=WHOLE, sticky="cohort", persistent=False, mirror=True, expected_propagation_seconds=0.0
    )

    def __init__(self) -> None:
        self._told: Target | None = None

    def plan(self, target: Target) -> Sequence[str]:
        """Say what it would keep."""
        observed = self.observe()
        if observed and not disagreement(target, observed, self.capabilities):
            return ()
        return (f"keep {shown(target)}",)

    def apply(self, target: Target) -> None:
        """Keep it."""
        self._told = target

    def observe(self) -> Observed | None:
        """Give back what was kept."""
        told = self._told
        if told is None:
            return None
        return Observed(weights=told.weights, table=told.table, revision=told.revision, mirror=told.mirror)


def make(name: str, options: Options, tools: Tools) -> Nothing:
    """Make one."""
    return Nothing()
