"""What one window of one metric was, as a source gave it, and what is said about all of them together."""

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One side of a comparison in one window.

    `events` and `bad` for errors and latency (`far`: how many were slower than 1.5 bounds); `total` and `squares`
    (sum and sum of squares over the events) for mean and ratio; `value` for value.
    """

    events: float = 0.0
    bad: float = 0.0
    far: float = 0.0
    total: float = 0.0
    squares: float = 0.0
    value: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One metric in the closed window [start, end), in Unix seconds.

    Arms are None where nothing is known, and `missing` says why: "unreachable" (the source did not answer or not
    usably), "no-data" (it answered, and has nothing for an arm). Zero bad events are data.
    """

    metric: str
    start: float
    end: float
    baseline: Arm | None = None
    candidate: Arm | None = None
    missing: Literal["", "unreachable", "no-data"] = ""
    detail: str = ""


VerdictKind = Literal["healthy", "unhealthy", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricVerdict:
    """What is said about one metric: evidence against it `e`, for it `proof`, and the ratio candidate / baseline."""

    metric: str
    kind: VerdictKind
    e: float = 1.0
    proof: float = 1.0
    ratio: float | None = None
    baseline: float | None = None
    candidate: float | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """unhealthy: roll back. healthy: may advance. Everything else is unknown, and never advances.

    `e` is the evidence over all metrics, `p` = min(1, 1 / the largest e so far), `metric` the one that decided.
    `informed`: every metric has fresh data, decided or not; without it a deadline runs.
    `warnings`: significant but under the guard, requests whose errors may repeat, and the like.
    """

    kind: VerdictKind
    reason: str
    metric: str = ""
    e: float = 1.0
    p: float = 1.0
    proven: bool = False
    informed: bool = False
    metrics: tuple[MetricVerdict, ...] = ()
    warnings: tuple[str, ...] = ()


NOTHING = Verdict(kind="unknown", reason="nothing was measured yet")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """What a rollout has put at risk so far: the blast radius. Intervals at 95 %."""

    requests: float = 0.0
    bad: float = 0.0
    excess: float = 0.0
    excess_low: float = 0.0
    excess_high: float = 0.0
    units: float | None = None
    by_metric: tuple[tuple[str, float, float], ...] = field(default=())
