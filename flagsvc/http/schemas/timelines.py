"""A rollout over time, for a chart and for the table beside it."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from flagsvc.http.fields import whole_number
from flagsvc.http.parameters import Query
from flagsvc.http.schemas.base import Open
from flagsvc.http.schemas.rollouts import MetricStatus

LEAST_POINTS, MOST_POINTS = 10, 1000
Points = Annotated[int, Field(ge=LEAST_POINTS, le=MOST_POINTS), BeforeValidator(whole_number)]
MarkerKind = Literal[
    "start",
    "step",
    "gate",
    "verdict",
    "freeze",
    "pause",
    "resume",
    "promote",
    "retry",
    "share",
    "interference",
    "verify",
    "rollback",
    "abort",
    "trouble",
    "end",
]


class TimelineQuery(Query):
    """How fine."""

    points: Points = Field(default=MOST_POINTS, description="At most so many points.")


class TimelineTarget(Open):
    """One target at one moment, in 1/100 000."""

    weight: int | None = Field(description="Wanted for the candidate; null while the rollout moves nothing.")
    observed: int | None = Field(description="Share of the candidate as routers last counted it at this weight.")


class TimelineWindow(Open):
    """What was measured since the point before."""

    start: str
    end: str
    baseline: float | None = Field(description="Share of bad events, mean per event, or the last value; null: nothing.")
    candidate: float | None
    baseline_events: float
    candidate_events: float


class TimelineMetric(MetricStatus):
    """What was said about one metric then, of everything so far; `window`: of the time since the point before."""

    window: TimelineWindow | None = Field(description="Null where nothing new was measured.")


class TimelinePoint(Open):
    """A rollout at one moment."""

    at: str
    phase: str
    step: int | None = Field(description="Counted from 1.")
    targets: dict[str, TimelineTarget]
    verdict: Literal["healthy", "unhealthy", "unknown"]
    e: float | None = Field(description="Evidence against the candidate over all metrics; unhealthy at `alarm`.")
    metrics: list[TimelineMetric] = Field(description="Empty before the first step that is judged.")


class TimelineMarker(Open):
    """Something that happened at one moment."""

    at: str
    kind: MarkerKind
    text: str
    by: str | None = Field(description="Who asked for it; null where nobody did.")


class TimelineLimits(Open):
    """Between which values a metric of kind value is well."""

    minimum: float | None
    maximum: float | None


class TimelineBounds(Open):
    """Where evidence and ratios become a verdict."""

    alpha: float
    alarm: float = Field(description="The `e` at which the candidate is unhealthy where a guard holds: 1 / alpha.")
    beta: float
    proof: float = Field(description="The `proof` at which a metric is proven not worse: 1 / beta.")
    guards: dict[str, float] = Field(description="Metric → ratio of candidate to baseline beyond which it matters.")
    limits: dict[str, TimelineLimits] = Field(description="Metric of kind value → its limits.")


class Timeline(Open):
    """A rollout over time."""

    points: list[TimelinePoint] = Field(description="In order; the last one is the rollout now, or its end.")
    markers: list[TimelineMarker] = Field(description="In order, at most 1000.")
    bounds: TimelineBounds | None = Field(description="Null where nothing is judged.")
    held: str = Field(description='Why nothing of it can be told here: a newer version began it; "" otherwise.')
