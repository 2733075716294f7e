"""Rollouts: how they are begun, what they answer, and what moved them."""

from typing import Annotated, Any, Literal

from pydantic import Field

from flagsvc.http.fields import Key
from flagsvc.http.schemas.base import Closed, Open
from flagsvc.http.schemas.writes import WriteAnswer

Reason = Annotated[str, Field(max_length=1000)]
Words = Annotated[str, Field(max_length=1000)]


class Deployment(Closed):
    """What is deployed, and by whom; texts of your own."""

    version: Annotated[str, Field(max_length=200)] | None = None
    commit: Annotated[str, Field(max_length=200)] | None = None
    deployer: Annotated[str, Field(max_length=200)] | None = None
    url: Annotated[str, Field(max_length=2000)] | None = None


class Override(Closed):
    """Begin although a freeze, a cooldown or a used-up budget holds rollouts back; kept in the audit trail."""

    reason: Annotated[str, Field(min_length=1, max_length=1000)]


class RolloutCreate(Closed):
    """A new rollout: a plan, or the key of one, and what is deployed."""

    key: Key | None = Field(None, description="Left out: made from the key of its first target.")
    name: Annotated[str, Field(max_length=200)] | None = None
    description: Annotated[str, Field(max_length=10_000)] | None = None
    owner: Annotated[str, Field(max_length=200)] | None = None
    plan: dict[str, Any] | None = Field(None, description="A plan as in a document of kind plan; or give `planKey`.")
    plan_key: Key | None = Field(None, description="A plan of this environment, copied as it is now.")
    deployment: Deployment | None = None
    start_at: Annotated[str, Field(max_length=40)] | None = Field(
        None, description="RFC 3339; left out, or past: at once."
    )
    override: Override | None = None


class Said(Closed):
    """Why; stands in for the header X-Change-Reason."""

    reason: Reason | None = None
    override: Override | None = None


class GateStatus(Open):
    """Where a gate stands."""

    name: str
    kind: str
    title: str
    standing: Literal["open", "passed", "failed"] | None = Field(description="Null before its step.")
    detail: str
    by: str
    tries: int


class HookStatus(Open):
    """Where a step's hook stands."""

    standing: str
    detail: str


class StepStatus(Open):
    """One step."""

    number: int
    name: str
    weights: dict[str, Any]
    hold_seconds: float
    state: Literal["done", "current", "next"]
    say: str
    gates: list[GateStatus]
    hook: HookStatus | None


class RolloutTarget(Open):
    """One target: what it shall have, what everybody who is told has read back, and what is really seen."""

    name: str
    kind: Literal["flag", "split"]
    key: str
    rule: str | None
    candidate: str
    baseline: str
    weight: int | None = Field(description="Of the candidate, in 1/100 000; null while the rollout moves nothing.")
    standing: str = Field(description="idle, placed, applied (read back), restored, or back (restored, read back).")
    observed: int | None = Field(description="Share of the candidate as routers count it; null where none does.")
    revision_before: int | None = Field(description="Version of the document before the rollout.")
    detail: str


class MetricStatus(Open):
    """What is said about one metric."""

    metric: str
    kind: str
    e: float | None
    proof: float | None
    ratio: float | None
    baseline: float | None
    candidate: float | None
    detail: str


class VerdictStatus(Open):
    """What is said about the candidate: unknown never advances."""

    kind: Literal["healthy", "unhealthy", "unknown"]
    reason: str
    metric: str | None
    e: float | None = Field(description="Evidence that the candidate is worse.")
    p: float
    proven: bool
    warnings: list[str]
    metrics: list[MetricStatus]


class ExposureStatus(Open):
    """The blast radius so far; the interval is at 95 %."""

    requests: float
    bad: float
    excess: float
    excess_low: float
    excess_high: float
    units: float | None


class RollbackStatus(Open):
    """Why and how fast it went back."""

    cause: str
    at: str
    automatic: bool
    seconds: float | None = Field(description="Until everything was read back; null on the way.")


class RolloutStatus(Open):
    """Where a rollout stands."""

    phase: str
    since: str | None
    summary: str
    cause: str
    frozen: str
    step: int | None = Field(description="Counted from 1.")
    steps: list[StepStatus]
    hold_ends_at: str | None
    targets: list[RolloutTarget]
    gates: list[GateStatus]
    verdict: VerdictStatus
    exposure: ExposureStatus | None
    commands: list[str] = Field(description="What may be asked now.")
    start_at: str | None
    started_at: str | None
    ended_at: str | None
    rollback: RollbackStatus | None
    downtime: str
    reminder: str


class Rollout(Open):
    """A rollout."""

    key: str
    plan: dict[str, Any]
    plan_key: str | None = None
    deployment: dict[str, Any]
    start_at: str | None
    started_by: str
    status: RolloutStatus | None
    version: int
    changed_at: str
    changed_by: str


class RolloutPage(Open):
    """A page of rollouts."""

    items: list[Rollout]
    next_cursor: str | None


class LogNote(Open):
    """What was said about a transition."""

    kind: str
    detail: str
    meaning: str


class RolloutLogEntry(Open):
    """What moved a rollout once: the event as it was taken in, with the inputs of its verdict."""

    number: int
    at: str
    phase: str
    event: dict[str, Any]
    notes: list[LogNote]
    done: list[dict[str, Any]] = Field(description="What was put where.")


class RolloutLogPage(Open):
    """A page of what moved a rollout, newest first."""

    items: list[RolloutLogEntry]
    next_cursor: str | None


class RolloutWritten(WriteAnswer):
    """The answer of a write to a rollout."""

    document: Rollout
