"""Rollouts as lines of a list over all environments."""

from typing import Literal

from pydantic import Field

from flagsvc.http.schemas.base import Open
from flagsvc.http.schemas.deployments import Status

Phase = Literal[
    "scheduled",
    "preparing",
    "moving",
    "baking",
    "verifying",
    "paused",
    "rolling-back",
    "succeeded",
    "rolled-back",
    "aborted",
]


class LineTarget(Open):
    """What a rollout moves, how far it is, and what is really seen."""

    name: str
    kind: Literal["flag", "split"]
    key: str
    candidate: str
    baseline: str
    weight: int | None = Field(description="Of the candidate, in 1/100 000; null while the rollout moves nothing.")
    observed: int | None = Field(description="Share of the candidate as routers count it; null where none does.")


class LineVerdict(Open):
    """What is said about the candidate."""

    kind: Literal["healthy", "unhealthy", "unknown"]
    reason: str


class LineGate(Open):
    """A gate that is open now."""

    name: str
    kind: Literal["approval", "checklist", "smoke", "webhook", "analysis", "share"]
    title: str


class LineRollback(Open):
    """How a deployment was rolled back."""

    cause: str
    at: str
    automatic: bool


class LineDeployment(Open):
    """What is deployed and by whom, where that was said, and how it stands."""

    version: str | None = None
    commit: str | None = None
    deployer: str | None = None
    url: str | None = None
    status: Status
    started_at: str | None = None
    ended_at: str | None = None
    rollback: LineRollback | None = None


class RolloutLine(Open):
    """A rollout, in short."""

    environment: str
    key: str
    name: str | None
    phase: Phase
    since: str | None
    summary: str
    attention: bool = Field(
        description="Whether somebody has to look now: it goes back, a fault paused it, its candidate is unhealthy or "
        "unknown for longer than its plan allows, or it waits for an approval or a checklist."
    )
    attention_reason: str | None = Field(description="The most urgent reason, as a sentence.")
    step: int | None = Field(description="Counted from 1; null before the first.")
    steps: int
    strategy: str
    targets: list[LineTarget]
    verdict: LineVerdict
    waiting_for: list[LineGate]
    created_at: str
    started_at: str | None
    ended_at: str | None
    deployment: LineDeployment
    commands: list[str] = Field(description="What may be asked now.")


class RolloutLinePage(Open):
    """A page of rollouts, newest first."""

    items: list[RolloutLine]
    next_cursor: str | None
