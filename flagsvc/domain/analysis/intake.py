"""Taking windows in: from evidence and one measurement to the next evidence. Never revised, never taken twice."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import inf
from typing import TypeVar

from flagsvc.domain.analysis import dispersion, exposure, means, noninferiority, sequential
from flagsvc.domain.analysis.evidence import Evidence
from flagsvc.domain.analysis.findings import log_total
from flagsvc.domain.analysis.measurement import Arm, Measurement
from flagsvc.domain.analysis.processes import proof_of, ratios_of
from flagsvc.domain.analysis.spec import Analysis, Metric, MetricKind
from flagsvc.domain.analysis.thresholds import outside
from flagsvc.domain.analysis.usable import baseline_silence_of, is_window, silence_of

T = TypeVar("T")
Intake = Callable[[Analysis, Evidence, Metric, Arm, Arm], Evidence]


def fresh(analysis: Analysis, steps: int, now: float) -> Evidence:
    """Begin: alpha is divided among as many starts as `steps` of the plan are judged; windows count from `now` on."""
    return Evidence(paid=max(1, steps), since=now, cursors={metric.name: now for metric in analysis.metrics})


def step_begun(analysis: Analysis, evidence: Evidence, since: float) -> Evidence:
    """Begin a step whose hold began at `since`, in Unix seconds.

    The next start is used, if any is left; windows that begin before `since` + warmup are dropped; the proof begins
    anew, unless it may accumulate over the rollout.
    """
    first = since + analysis.warmup_seconds
    cursors = {metric.name: max(first, evidence.cursors.get(metric.name, first)) for metric in analysis.metrics}
    begun = replace(evidence, starts=min(evidence.starts + 1, max(1, evidence.paid)), since=since, cursors=cursors)
    if analysis.evidence == "rollout":
        return begun
    proofs = {proof_of(metric) for metric in analysis.metrics}
    return replace(begun, cells=_without(begun.cells, proofs), counts=_without(begun.counts, proofs))


def primed(analysis: Analysis, evidence: Evidence, history: Sequence[Measurement]) -> Evidence:
    """Learn from the baseline's windows of before the rollout how much its requests scatter (dispersion.py).

    They are of `every_seconds` each and in order; an hour of them is good. Whatever was learnt before is forgotten, so
    that twice is once. Without any of this much is supposed, and a verdict on requests takes longer.
    """
    clumps: dict[str, tuple[float, ...]] = {}
    for metric in analysis.metrics:
        for one in history:
            if one.metric == metric.name and not baseline_silence_of(metric, one):
                arm = one.baseline or Arm()
                clumps[metric.name] = dispersion.scattered(clumps.get(metric.name, ()), arm.events, arm.bad)
    return replace(evidence, clumps=clumps)


def measured(analysis: Analysis, evidence: Evidence, measurement: Measurement, steps: int) -> Evidence:
    """Take one window in; a window from before the metric's cursor, or of no known metric, changes nothing.

    A window without usable data moves the cursor and nothing else that counts. Never raises, whatever floats come.
    `steps` is asked only where the evidence does not know how many starts were paid for.
    """
    metric = next((one for one in analysis.metrics if one.name == measurement.metric), None)
    if metric is None or not is_window(measurement) or measurement.start < evidence.cursors.get(metric.name, -inf):
        return evidence
    name = metric.name
    moved = replace(evidence, cursors={**evidence.cursors, name: measurement.end}, paid=evidence.paid or max(1, steps))
    silence = silence_of(metric, measurement)
    if silence:
        return replace(moved, silent={**moved.silent, name: silence})
    heard = replace(
        moved, known={**moved.known, name: measurement.end}, silent=_without(moved.silent, {name}), starts=_used(moved)
    )
    taken = _INTAKES[metric.kind](
        analysis, heard, metric, measurement.candidate or Arm(), measurement.baseline or Arm()
    )
    return replace(taken, peak=max(taken.peak, sequential.number(log_total(analysis, taken))))


def _used(evidence: Evidence) -> int:
    """Windows that come before the first step began belong to the first start."""
    return max(1, evidence.starts)


def _counts(analysis: Analysis, evidence: Evidence, metric: Metric, candidate: Arm, baseline: Arm) -> Evidence:
    name, proof, starts = metric.name, proof_of(metric), evidence.starts
    clumps = evidence.clumps.get(name, dispersion.NONE)
    by = dispersion.dispersion(clumps) if metric.of == "requests" else 1.0
    events, bad = (candidate.events, baseline.events), (candidate.bad / by, baseline.bad / by)
    against = sequential.gains(ratios_of(analysis, metric), analysis.null_ratio, events, bad)
    towards = noninferiority.proof_gains(analysis.prove_ratio, events, bad)
    window = (*events, candidate.bad, baseline.bad, candidate.far)
    cells, counts = evidence.cells, evidence.counts
    return replace(
        evidence,
        cells={
            **cells,
            name: sequential.added(cells.get(name, ()), against, starts),
            proof: sequential.added(cells.get(proof, ()), towards, 1),
        },
        counts={
            **counts,
            name: sequential.added(counts.get(name, ()), window, starts),
            proof: sequential.added(counts.get(proof, ()), window, 1),
        },
        sums={**evidence.sums, name: exposure.added(evidence.sums.get(name, ()), candidate, baseline)},
        clumps={**evidence.clumps, name: dispersion.scattered(clumps, baseline.events, baseline.bad)},
    )


def _means(analysis: Analysis, evidence: Evidence, metric: Metric, candidate: Arm, baseline: Arm) -> Evidence:
    window, proof, counts = means.window_of(metric, candidate, baseline), proof_of(metric), evidence.counts
    return replace(
        evidence,
        counts={
            **counts,
            metric.name: sequential.added(counts.get(metric.name, ()), window, evidence.starts),
            proof: sequential.added(counts.get(proof, ()), window, 1),
        },
    )


def _value(analysis: Analysis, evidence: Evidence, metric: Metric, candidate: Arm, baseline: Arm) -> Evidence:
    value = 0.0 if candidate.value is None else candidate.value
    in_a_row = evidence.breaches.get(metric.name, 0) + 1 if outside(metric, value) else 0
    return replace(
        evidence,
        breaches={**evidence.breaches, metric.name: in_a_row},
        sums={**evidence.sums, metric.name: (value,)},
    )


_INTAKES: Mapping[MetricKind, Intake] = {
    "errors": _counts,
    "latency": _counts,
    "mean": _means,
    "ratio": _means,
    "value": _value,
}


def _without(mapping: Mapping[str, T], names: set[str]) -> dict[str, T]:
    return {name: value for name, value in mapping.items() if name not in names}
