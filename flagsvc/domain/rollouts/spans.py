"""What both arms of one metric did in a span of time: the windows that lie in it, added up."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flagsvc.domain.analysis.measurement import Arm, Measurement
from flagsvc.domain.analysis.spec import Metric
from flagsvc.domain.analysis.usable import is_window, silence_of
from flagsvc.domain.rollouts.deployment import moment

NOTHING = Arm()


@dataclass(frozen=True, slots=True)
class Span:
    """One or more windows of a metric that held data, from the first one's start to the last one's end."""

    metric: Metric
    start: float
    end: float
    baseline: Arm
    candidate: Arm


def spans_of(metrics: Mapping[str, Metric], measurements: tuple[Measurement, ...]) -> dict[str, Span]:
    """Add up the measurements of each metric; one that held no usable data is left out."""
    found: dict[str, Span] = {}
    for each in measurements:
        metric = metrics.get(each.metric)
        if metric is None or not is_window(each) or silence_of(metric, each):
            continue
        span = Span(metric, each.start, each.end, each.baseline or NOTHING, each.candidate or NOTHING)
        found = joined(found, {metric.name: span})
    return found


def joined(earlier: Mapping[str, Span], later: Mapping[str, Span]) -> dict[str, Span]:
    """Add the later spans to the earlier ones, metric by metric."""
    both = {name: _added(earlier[name], span) for name, span in later.items() if name in earlier}
    return {**earlier, **later, **both}


def _added(earlier: Span, later: Span) -> Span:
    return replace(
        later,
        start=min(earlier.start, later.start),
        end=max(earlier.end, later.end),
        baseline=_sum(earlier.baseline, later.baseline),
        candidate=_sum(earlier.candidate, later.candidate),
    )


def _sum(one: Arm, other: Arm) -> Arm:
    return Arm(
        events=one.events + other.events,
        bad=one.bad + other.bad,
        far=one.far + other.far,
        total=one.total + other.total,
        squares=one.squares + other.squares,
        value=one.value if other.value is None else other.value,
    )


def shown_span(span: Span) -> dict[str, Any]:
    """Show a span: the share of bad events, the mean, or the last value of each arm, and how many events each had."""
    return {
        "start": moment(span.start),
        "end": moment(span.end),
        "baseline": _value(span.metric, span.baseline),
        "candidate": _value(span.metric, span.candidate),
        "baselineEvents": span.baseline.events,
        "candidateEvents": span.candidate.events,
    }


def _value(metric: Metric, arm: Arm) -> float | None:
    if metric.kind == "value":
        return arm.value
    if not arm.events:
        return None
    return (arm.bad if metric.kind in {"errors", "latency"} else arm.total) / arm.events
