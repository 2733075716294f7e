"""The answer of the check before a rollout."""

from typing import Literal

from pydantic import Field

from flagsvc.http.schemas.base import Open
from flagsvc.http.schemas.plans import PlanMembers


class Finding(Open):
    """One thing that stands in the way (error), or deserves a second look (warning)."""

    level: Literal["error", "warning"]
    pointer: str = Field(description="Into the plan.")
    code: str
    detail: str


class MetricPower(Open):
    """What one step can see of one metric; ratios are candidate / baseline, null: nothing that matters."""

    metric: str
    share: float = Field(description="Of the candidate, from 0 to 1.")
    hold_seconds: float = Field(description="Without the warm-up.")
    per_second: float = Field(description="Events of both sides, as in the baseline's last hour.")
    bad_rate: float = Field(description="Share of the baseline's events that are bad.")
    half: float | None = Field(description="Smallest regression noticed every other time.")
    nine_of_ten: float | None = Field(description="Smallest regression noticed nine times of ten.")
    enough: bool = Field(description="Whether the guard's regression is noticed within the hold, nine times of ten.")
    proves: bool = Field(description="Whether the proof is there within the hold, four times of five.")
    goal_seconds: float | None = Field(description="What noticing it takes; null: it never is.")
    proof_seconds: float | None = Field(description="What the proof takes; null: there never is one.")
    exposed: float = Field(description="The blast radius of a five-fold regression: events of the candidate.")
    extra_bad: float = Field(description="Bad events that would not have been, among them.")
    sentences: list[str] = Field(description="All of it in words.")


class StepPower(Open):
    """What one step can see."""

    number: int = Field(description="Counted from 1.")
    name: str
    metrics: list[MetricPower]


class Preflight(Open):
    """What was found before a rollout; nothing has begun."""

    ok: bool = Field(description="Whether there are no errors.")
    summary: str
    findings: list[Finding]
    steps: list[StepPower] = Field(description="Those that are judged, where the baseline's past is known.")
    bounds: dict[str, float] = Field(description="Latency metrics whose bound was fixed, in seconds.")
    plan: PlanMembers = Field(description="As it would be judged: arms and bounds filled in.")
