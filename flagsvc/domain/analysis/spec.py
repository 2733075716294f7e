"""How a rollout is judged: which metrics, against what, and what follows when nothing is known. Frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

MetricKind = Literal["errors", "latency", "mean", "ratio", "value"]
AdvanceWhen = Literal["no_alarm", "proven", "proven_or_no_alarm"]
OnUnknown = Literal["rollback", "hold", "pause"]
EvidenceOf = Literal["step", "rollout"]
Unit = Literal["requests", "units"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One metric, read from the metric source `source` by `query`, which only that source understands.

    errors, latency: bad events out of events per arm, judged by the sequential test (domain/analysis/sequential.py);
    `guard` is the ratio of candidate to baseline below which nothing is rolled back (2.0 for errors, 1.5 for latency).
    mean, ratio: business numbers per event, of which `better` says which way is good; `guard` is the relative change
    that matters. value: one number per window, bad outside [`minimum`, `maximum`] for `breaches` windows in a row.
    `bound_seconds` (latency): what is slower is bad; 0: fixed by the pre-flight check from the baseline's p95.
    `of`: whether the source counts requests or distinct units; the errors of one unit repeat, so requests are said so.
    """

    name: str
    kind: MetricKind
    source: str
    query: Mapping[str, Any] = field(default_factory=dict)
    guard: float = 0.0
    weight: float = 1.0
    of: Unit = "requests"
    better: Literal["higher", "lower"] = "higher"
    minimum: float | None = None
    maximum: float | None = None
    breaches: int = 3
    bound_seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """`alpha`: the chance that a rollout of a healthy candidate is rolled back, over all of it and all its metrics.

    `beta`: the chance that a candidate as bad as `prove_ratio` is called proven. `null_ratio`: 1 tests "not worse",
    more never rolls back below it. `every_seconds`: length of a window. `warmup_seconds`: what is dropped after each
    change of weights. `unknown_seconds`: how long nothing may be known before `on_unknown` is done.
    """

    metrics: tuple[Metric, ...]
    alpha: float = 0.01
    beta: float = 0.05
    prove_ratio: float = 2.0
    null_ratio: float = 1.0
    every_seconds: float = 15.0
    warmup_seconds: float = 15.0
    advance_when: AdvanceWhen = "no_alarm"
    evidence: EvidenceOf = "step"
    on_unknown: OnUnknown = "rollback"
    unknown_seconds: float = 600.0
    min_events: int = 1
