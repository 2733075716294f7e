"""What the evidence says about each metric by itself, and about all of them together."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, log

from flagsvc.domain.analysis import guard, means, noninferiority, sequential, thresholds
from flagsvc.domain.analysis.evidence import Evidence
from flagsvc.domain.analysis.processes import proof_of
from flagsvc.domain.analysis.spec import Analysis, Metric


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One metric: `log_e` against the candidate, `log_proof` for it, and whether its guard `holds` (large enough).

    `ratio`, `baseline` and `candidate` are of the windows since the start in which the evidence arose, or the last
    value. `events` of the candidate since the present step began (or the rollout, where its proof accumulates).
    """

    metric: Metric
    log_e: float = 0.0
    log_proof: float = 0.0
    holds: bool = False
    ratio: float | None = None
    baseline: float | None = None
    candidate: float | None = None
    events: float = 0.0

    @property
    def sequential(self) -> bool:
        """Whether it takes part in the test whose error rate is stated."""
        return self.metric.kind != "value"


def found(analysis: Analysis, evidence: Evidence, metric: Metric) -> Finding:
    """Say what one metric shows."""
    if metric.kind == "value":
        return _found_value(evidence, metric)
    parts = components(evidence, metric)
    if not parts:
        return Finding(metric=metric)
    counts = evidence.counts[metric.name][sequential.best(parts)]
    proof = evidence.counts[proof_of(metric)][0] if proof_of(metric) in evidence.counts else None
    log_e, events = sequential.log_mixed(parts, evidence.paid), proof[0] if proof else 0.0
    if metric.kind in {"errors", "latency"}:
        cells = evidence.cells.get(proof_of(metric), ())
        log_proof = sequential.log_component(cells[0]) if cells else 0.0
        return _found_counts(Finding(metric=metric, log_e=log_e, log_proof=log_proof, events=events), counts)
    log_proof = means.log_proof(metric, proof) if proof else 0.0
    return _found_means(Finding(metric=metric, log_e=log_e, log_proof=log_proof, events=events), counts)


def components(evidence: Evidence, metric: Metric) -> tuple[float, ...]:
    """Give ln of the evidence of each started start."""
    if metric.kind in {"errors", "latency"}:
        return tuple(sequential.log_component(start) for start in evidence.cells.get(metric.name, ()))
    if metric.kind in {"mean", "ratio"}:
        return tuple(means.log_harm(metric, start) for start in evidence.counts.get(metric.name, ()))
    return ()


def log_total(analysis: Analysis, evidence: Evidence) -> float:
    """Give ln of the evidence over all metrics, their weighted mean: one alpha for the whole rollout."""
    judged = [metric for metric in analysis.metrics if metric.kind != "value"]
    parts = {metric.name: components(evidence, metric) for metric in judged}
    each = [
        (metric, sequential.log_mixed(parts[metric.name], evidence.paid) if parts[metric.name] else 0.0)
        for metric in judged
    ]
    return log_mean(each, each)


def log_mean(each: Sequence[tuple[Metric, float]], of: Sequence[tuple[Metric, float]]) -> float:
    """Give ln of the weighted sum of some metrics' evidence, over the weights of all; 0 where nothing weighs."""
    whole = sum(metric.weight for metric, _ in of if metric.weight > 0)
    if whole <= 0:
        return 0.0
    return sequential.log_sum([log(metric.weight / whole) + log_e for metric, log_e in each if metric.weight > 0])


def blamed(analysis: Analysis, findings: Sequence[Finding]) -> Finding | None:
    """Find the metric for which the candidate is to be rolled back; None when there is no ground for it.

    Either the evidence of all metrics is enough and the guard holds for the one with the largest, or the evidence of
    those metrics alone whose guard holds is enough: a certain but harmless difference in one shall not hide another.
    """
    breach = next((one for one in findings if not one.sequential and one.holds), None)
    judged = [one for one in findings if one.sequential and one.metric.weight > 0]
    if breach or not judged or log_mean_of(judged, judged) < -log(analysis.alpha):
        return breach
    largest, guarded = max(judged, key=lambda one: one.log_e), [one for one in judged if one.holds]
    if largest.holds:
        return largest
    return max(guarded, key=lambda one: one.log_e) if log_mean_of(guarded, judged) >= -log(analysis.alpha) else None


def harmless(analysis: Analysis, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Find the metrics that are certainly worse, and by less than their guard."""
    judged = [one for one in findings if one.sequential and one.metric.weight > 0]
    enough = -log(analysis.alpha)
    if not judged or log_mean_of(judged, judged) < enough:
        return ()
    largest = max(judged, key=lambda one: one.log_e)
    return tuple(one for one in judged if not one.holds and (one is largest or log_mean_of([one], judged) >= enough))


def proven(analysis: Analysis, findings: Sequence[Finding]) -> bool:
    """Whether each metric that can be proven is; what all of them show needs no correction for their number."""
    judged = [one for one in findings if one.sequential]
    return bool(judged) and all(noninferiority.proves(one.log_proof, analysis.beta) for one in judged)


def log_mean_of(some: Sequence[Finding], of: Sequence[Finding]) -> float:
    """Give ln of the weighted sum of some findings' evidence, over the weights of all of them."""
    return log_mean([(one.metric, one.log_e) for one in some], [(one.metric, one.log_e) for one in of])


def _found_value(evidence: Evidence, metric: Metric) -> Finding:
    value = evidence.sums.get(metric.name)
    holds = thresholds.breached(metric, evidence.breaches.get(metric.name, 0))
    return Finding(metric=metric, holds=holds, candidate=value[0] if value else None)


def _found_counts(finding: Finding, counts: Sequence[float]) -> Finding:
    events, others, bad, bad_others, _ = counts
    return Finding(
        metric=finding.metric,
        log_e=finding.log_e,
        log_proof=finding.log_proof,
        events=finding.events,
        holds=guard.holds(finding.metric, counts),
        ratio=guard.ratio_of(counts),
        candidate=bad / events if events > 0 else None,
        baseline=bad_others / others if others > 0 else None,
    )


def _found_means(finding: Finding, counts: Sequence[float]) -> Finding:
    sums = means.Means(*counts)
    ours, others = sums.mean, sums.mean_others
    ratio = ours / others if ours is not None and others else None
    return Finding(
        metric=finding.metric,
        log_e=finding.log_e,
        log_proof=finding.log_proof,
        events=finding.events,
        holds=True,
        ratio=ratio if ratio is not None and -inf < ratio < inf else None,
        candidate=ours,
        baseline=others,
    )
