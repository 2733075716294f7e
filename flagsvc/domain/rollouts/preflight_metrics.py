"""The check before a rollout, metrics: whether the baseline has a past, how fine latency is, what can be seen."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import inf, isfinite

from flagsdk.core.allocation import WHOLE
from flagsvc.domain.analysis.measurement import Arm, Measurement
from flagsvc.domain.analysis.power import Power, Traffic, power_of, sentences
from flagsvc.domain.analysis.spec import Metric
from flagsvc.domain.durations import duration_of
from flagsvc.domain.rollouts.filling import OWN, with_bounds
from flagsvc.domain.rollouts.finding import Finding, error, warning
from flagsvc.domain.rollouts.plan import Plan
from flagsvc.domain.rollouts.weights import is_judged, weights_at

PERCENTILE = 0.95
"""The bound of latency is the first one that so many of the baseline's events do not exceed."""
FINEST = 1.5 * 1.001  # rounded bounds, such as 0.017
"""Bounds around it may be so far apart, as a ratio: the guard looks at the first bound from 1.5 times on."""
COUNTED = ("errors", "latency")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a source said of one metric: faults of its query, and the baseline's past.

    `known`: whether there is such a source; `sources` are those that there are. `history` None: it cannot look back.
    `bounds`, of latency: how many of the baseline's events were at most so slow, by bound in seconds; {}: unknown.
    """

    known: bool = True
    sources: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    history: Measurement | None = None
    bounds: Mapping[float, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepPower:
    """What one step can see of one metric; `step` is counted from 0."""

    step: int
    power: Power


def metric_findings(plan: Plan, seen: Mapping[str, Seen]) -> list[Finding]:
    """Find what is wrong with the metrics of a plan, each by its name in `seen`."""
    metrics = plan.analysis.metrics if plan.analysis else ()
    return [
        finding
        for index, metric in enumerate(metrics)
        for finding in _of_metric(("analysis", "metrics", index), metric, seen[metric.name])
    ]


def power_findings(plan: Plan, powers: tuple[StepPower, ...]) -> Iterator[Finding]:
    """Say for which steps the hold is too short for what the plan wants to be told."""
    proves = plan.analysis is not None and plan.analysis.advance_when == "proven"
    for each in powers:
        _, goal, proof, _ = sentences(each.power)
        name = f"{plan.steps[each.step].name}, {each.power.metric.name}"
        if not each.power.enough:
            yield warning(("steps", each.step, "hold"), "low-power", f"{name}: {goal}")
        if proves and not each.power.proves:
            yield warning(("steps", each.step, "hold"), "late-proof", f"{name}: {proof}")


def bound_of(bounds: Mapping[float, float]) -> float | None:
    """Give the first bound at or above the 95th percentile of these counts; None where there is none."""
    total = max(bounds.values(), default=0.0)
    fitting = (bound for bound in sorted(bounds) if isfinite(bound) and bounds[bound] >= PERCENTILE * total)
    return next(fitting, None) if total > 0 else None


def bounds_of(plan: Plan, seen: Mapping[str, Seen]) -> dict[str, float]:
    """Give the bound of each latency metric that has none, in seconds: the first one at or above the baseline's p95."""
    metrics = plan.analysis.metrics if plan.analysis else ()
    found = {
        metric.name: bound_of(seen[metric.name].bounds)
        for metric in metrics
        if metric.kind == "latency" and not metric.bound_seconds
    }
    return {name: bound for name, bound in found.items() if bound is not None}


def powers_of(plan: Plan, seen: Mapping[str, Seen]) -> tuple[StepPower, ...]:
    """Say what every judged step can see of every error and latency metric whose past is known."""
    fixed = with_bounds(plan, bounds_of(plan, seen))
    analysis = fixed.analysis
    if analysis is None:
        return ()
    known = {metric.name: _traffic(metric, seen[metric.name]) for metric in analysis.metrics if metric.kind in COUNTED}
    return tuple(
        StepPower(step=index, power=power_of(analysis, metric, traffic, _share(fixed, index), hold))
        for index, step in enumerate(fixed.steps)
        if is_judged(fixed, index) and fixed.targets
        for hold in (max(0.0, step.hold_seconds - analysis.warmup_seconds),)
        for metric in analysis.metrics
        if (traffic := known.get(metric.name))
    )


def _of_metric(path: tuple[str | int, ...], metric: Metric, seen: Seen) -> Iterator[Finding]:
    if not seen.known:
        known = ", ".join(seen.sources) or "none"
        detail = f"There is no metric source {metric.source!r} here; configured: {known}."
        yield error((*path, "source"), "unknown-source", detail)
    for fault in seen.faults:
        yield error((*path, "query"), "bad-query", f"{metric.source}: {fault}")
    if not seen.known or seen.faults:
        return
    yield from _past((*path, "query"), metric, seen)
    if metric.kind == "latency":
        yield from _latency((*path, "bound"), metric, seen)
    if metric.kind in COUNTED and metric.of == "requests":
        detail = f"{metric.name} counts requests: errors of one user may repeat, and weigh less for it."
        yield warning((*path, "of"), "repeats", detail)


def _past(path: tuple[str | int, ...], metric: Metric, seen: Seen) -> Iterator[Finding]:
    past = seen.history
    if past is None:
        detail = f"{metric.source} cannot look back, so that nothing is known of what steps will see."
        yield warning(path, "no-history", detail)
    elif past.missing == "unreachable":
        yield error(path, "unreachable", f"{metric.source} does not answer for {metric.name}: {past.detail}")
    elif past.baseline is None or _is_empty(metric, past.baseline):
        detail = f"{metric.source} has nothing of {metric.name} for the baseline: {past.detail or 'it counted nothing'}"
        yield error(path, "no-baseline", f"{detail}. Correct the query, or wait for traffic.")


def _is_empty(metric: Metric, arm: Arm) -> bool:
    return arm.value is None if metric.kind == "value" else arm.events <= 0


def _latency(path: tuple[str | int, ...], metric: Metric, seen: Seen) -> Iterator[Finding]:
    bound = metric.bound_seconds or bound_of(seen.bounds)
    if not seen.bounds and not bound:
        detail = f"{metric.source} does not tell how slow the baseline is: say in 'bound' what is slow."
        yield error(path, "no-bound", detail)
    elif bound is None:
        top = duration_of(max(filter(isfinite, seen.bounds), default=0.0))
        detail = f"More than one event in twenty is slower than the largest bucket ({top}): add larger ones."
        yield error(path, "too-slow", detail)
    elif seen.bounds:
        yield from _fineness(path, metric, bound, seen.bounds)


def _fineness(
    path: tuple[str | int, ...], metric: Metric, bound: float, bounds: Mapping[float, float]
) -> Iterator[Finding]:
    """Compare a bound with the buckets around it; beyond the last one there are more where infinity is not told."""
    finite = sorted(each for each in bounds if isfinite(each))
    near = min(finite, key=lambda each: abs(each - bound))
    if near != bound and metric.source != OWN:  # which takes the nearest one by itself
        detail = f"No bucket ends at {duration_of(bound)}; the nearest one ends at {duration_of(near)}."
        yield error(path, "no-bucket", detail)
        return
    index = finite.index(near)
    above = finite[index + 1 : index + 2] or ([inf] if inf in bounds else [near])
    below = finite[index - 1] if index else 0.0
    if near > FINEST * below or above[0] > FINEST * near:
        told = ", ".join(duration_of(each) for each in (below, near, *above) if isfinite(each))
        detail = (
            f"Buckets are too coarse around {duration_of(near)} ({told}): each may be at most half as large again as "
            "the one below, so that half as slow again can be told from as before."
        )
        yield error(path, "too-coarse", detail)


def _traffic(metric: Metric, seen: Seen) -> Traffic | None:
    """Take the baseline's past for the traffic of both sides: before a rollout it has all of it.

    Where nothing was bad, one event is reckoned with: never is not known from any past.
    """
    past = seen.history
    if past is None or past.baseline is None or past.end <= past.start:
        return None
    events = past.baseline.events
    if not (isfinite(events) and events >= 1 and isfinite(past.baseline.bad)):
        return None
    bad = _slow(metric, seen.bounds) if any(seen.bounds.values()) else past.baseline.bad / events
    return Traffic(
        per_second=events / (past.end - past.start),
        bad_rate=min(1.0, max(bad, 1 / events)),
    )


def _slow(metric: Metric, bounds: Mapping[float, float]) -> float:
    """Give the share of events that are slower than the bound, or than the bucket below it where none ends there."""
    total = max(bounds.values())
    return 1 - max((count for bound, count in bounds.items() if bound <= metric.bound_seconds), default=0.0) / total


def _share(plan: Plan, step: int) -> float:
    """Give the candidate's share in a step: that of the first target of which both sides get something."""
    weights = weights_at(plan, step)
    return next(weights[target.name] for target in plan.targets if 0 < weights.get(target.name, 0) < WHOLE) / WHOLE
