"""The blast radius: what the candidate got so far, and how many of its bad events the baseline would not have had.

Each window is compared with the baseline of the same window, since level and split change. The interval is that of a
difference of two Poisson counts, put together from the limits of each by the method of variance estimates recovery
(Zou & Donner 2008, Statistics in Medicine 27); the limits are Byar's (Breslow & Day 1987, IARC 82, equation 2.11),
widened by the square root of the dispersion where requests were counted. Not a sequential interval: it is a report.
"""

from collections.abc import Sequence
from math import hypot, sqrt

from flagsvc.domain.analysis.dispersion import dispersion
from flagsvc.domain.analysis.evidence import Evidence
from flagsvc.domain.analysis.measurement import Arm, Exposure
from flagsvc.domain.analysis.spec import Analysis, Metric

SUMS = 6
Z = 1.959963984540054


def added(sums: Sequence[float], candidate: Arm, baseline: Arm) -> tuple[float, ...]:
    """Add one window: events of both, bad ones of both, those the candidate would have had, and their variance."""
    old = sums or (0.0,) * SUMS
    times = candidate.events / baseline.events
    new = (candidate.events, baseline.events, candidate.bad, baseline.bad, times * baseline.bad)
    return tuple(a + b for a, b in zip(old, (*new, times * times * baseline.bad), strict=True))


def exposure_of(analysis: Analysis, evidence: Evidence) -> Exposure:
    """Say what was exposed so far; bad events are those of the first error metric, of requests if any.

    Requests are its events, too, unless it counts units and another one does not. Units are at most so many: who came
    in several windows was counted in each.
    """
    judged = [metric for metric in analysis.metrics if len(evidence.sums.get(metric.name, ())) == SUMS]
    if not judged:
        return Exposure()
    first = min(judged, key=lambda metric: (metric.kind != "errors", metric.of != "requests"))
    events, _, bad, *_ = evidence.sums[first.name]
    low, excess, high = _excess(evidence, first)
    seen = next((evidence.sums[metric.name][0] for metric in (first, *judged) if metric.of == "requests"), events)
    units = [evidence.sums[metric.name][0] for metric in judged if metric.of == "units"]
    return Exposure(
        requests=seen,
        bad=bad,
        excess=excess,
        excess_low=low,
        excess_high=high,
        units=max(units, default=None),
        by_metric=tuple(
            (metric.name, evidence.sums[metric.name][2], _excess(evidence, metric)[1]) for metric in judged
        ),
    )


def _excess(evidence: Evidence, metric: Metric) -> tuple[float, float, float]:
    events, others, bad, bad_others, expected, variance = evidence.sums[metric.name]
    scale = variance / expected if expected > 0 else events / others if others > 0 else 0.0
    wide = sqrt(dispersion(evidence.clumps.get(metric.name, ()))) if metric.of == "requests" else 1.0
    low, high = limits(bad)
    low_other, high_other = limits(expected / scale if scale > 0 else bad_others)
    below = hypot(bad - low, scale * high_other - expected)
    above = hypot(high - bad, expected - scale * low_other)
    return bad - expected - wide * below, bad - expected, bad - expected + wide * above


def limits(count: float) -> tuple[float, float]:
    """95 % limits of the mean of a Poisson count, by Byar's approximation."""
    low = count * max(0.0, 1 - 1 / (9 * count) - Z / (3 * sqrt(count))) ** 3 if count > 0 else 0.0
    more = count + 1
    return low, more * (1 - 1 / (9 * more) + Z / (3 * sqrt(more))) ** 3
