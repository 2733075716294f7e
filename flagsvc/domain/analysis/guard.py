"""The magnitude guard: a difference may be certain and yet too small to roll anything back for.

It looks at the windows since the start in which the evidence arose; over the whole rollout, a late regression would
hide behind the good hours before it.
"""

from collections.abc import Mapping, Sequence

from flagsvc.domain.analysis.spec import Metric, MetricKind

DEFAULTS: Mapping[MetricKind, float] = {"errors": 2.0, "latency": 1.5, "mean": 0.05, "ratio": 0.05, "value": 0.0}
"""Guards of metrics that name none: twice the errors, half as slow again, five per cent less."""
Counted = tuple[float, float, float, float, float]
"""Events of candidate and baseline, bad ones of candidate and baseline, and the candidate's far ones."""


def guard_of(metric: Metric) -> float:
    """Give the guard in force for a metric."""
    return metric.guard if metric.guard > 0 else DEFAULTS[metric.kind]


def ratio_of(counts: Sequence[float]) -> float | None:
    """Bad rate of the candidate over the baseline's; None where the baseline has no bad event."""
    events, others, bad, bad_others = counts[:4]
    return (bad / events) / (bad_others / others) if events > 0 and others > 0 and bad_others > 0 else None


def holds(metric: Metric, counts: Sequence[float]) -> bool:
    """Whether the difference is large enough to act on.

    Errors: `guard` times the baseline's rate, or any against a baseline without errors. Latency: at least as many of
    the candidate's events are slower than 1.5 bounds as of the baseline's are slower than the bound, and some are.
    """
    events, others, bad, bad_others, far = counts
    if metric.kind == "latency":
        return far > 0 and far * others >= bad_others * events
    return bad > 0 and bad * others >= guard_of(metric) * bad_others * events
