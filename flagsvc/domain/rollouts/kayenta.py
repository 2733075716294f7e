"""Kayenta's remote judge: pairs of counts judged by our statistics, and the answer in its shape.

Shape: kayenta-judge, CanaryJudgeResult; a series has a value per step, "NaN" or null where the
metrics server had none. Kayenta compares the number `score` with its two bounds, so the verdicts are 100, the marginal
bound, and 0.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, isfinite, nan
from typing import Any

from flagsvc.domain.analysis.judging import fresh, measured, step_begun, verdict_of
from flagsvc.domain.analysis.measurement import Arm, Measurement, MetricVerdict, Verdict, VerdictKind
from flagsvc.domain.analysis.processes import proof_name
from flagsvc.domain.analysis.spec import Analysis, Metric
from flagsvc.domain.errors import Fault
from flagsvc.domain.rollouts.kayenta_request import BEST, WORST, JudgeRequest, Pair

BAD, ALL = ".bad", ".all"
"""How the two counts of one metric are named: "checkout errors.bad" out of "checkout errors.all", per step."""

CLASSIFICATIONS: Mapping[VerdictKind, str] = {"healthy": "Pass", "unknown": "Marginal", "unhealthy": "Fail"}
"""The words for scores."""
METRIC_CLASSIFICATIONS: Mapping[VerdictKind, str] = {"healthy": "Pass", "unknown": "Nodata", "unhealthy": "High"}
"""The words for single metrics."""

MOST_STEPS = 20_000
"""Of all pairs together."""
MOST_WORK = 400_000
"""Steps of all pairs times metrics, for each step weighs all of them: about two seconds of work."""
MOST_LOOKS = 20_000
"""Looks at the evidence times metrics: about a second of work. What has more moments is looked at less often."""


def count_faults(request: JudgeRequest) -> list[Fault]:
    """Say which metrics are no pairs of counts, by name: nothing else can be judged from series. Or that it is much."""
    steps = sum(max(len(pair.control), len(pair.experiment)) for pair in request.pairs)
    metrics = sum(pair.name.endswith(ALL) for pair in request.pairs)
    most = min(MOST_STEPS, MOST_WORK // max(1, metrics))
    if steps > most:
        detail = f"At most {most} steps of {metrics} metrics are judged at once, not {steps}: take longer ones."
        return [Fault("/metricSetPairList", "too-many", detail)]
    return [*_name_faults(request.names), *_pair_faults(request.pairs)]


def _name_faults(known: Sequence[str]) -> list[Fault]:
    names = set(known)
    return [
        Fault(
            f"/canaryConfig/metrics/{index}/name",
            "no-counts",
            f"{name!r} is not one of a pair of counts: name them 'NAME{BAD}' and 'NAME{ALL}', both per step.",
        )
        for index, name in enumerate(known)
        if not (stem := _stem(name)) or not {stem + BAD, stem + ALL} <= names
    ]


def _pair_faults(pairs: Sequence[Pair]) -> list[Fault]:
    """Say which pairs are called like the proof of another metric, which the evidence keeps under that name."""
    proofs = {proof_name(_metric_name(pair)) for pair in pairs}
    return [
        Fault(f"/metricSetPairList/{index}/name", "bad-name", f"{pair.name!r}: take another name: this one is ours.")
        for index, pair in enumerate(pairs)
        if _metric_name(pair) in proofs
    ]


def judged_counts(request: JudgeRequest) -> Verdict:
    """Judge pairs of counts step by step, in the order of time, from the first to the last.

    Healthy is only what is proven to be less than twice as bad: Kayenta looks when it likes, and no hold is over then.
    """
    counts = list(_counts(request))
    if not counts:
        return Verdict(kind="unknown", reason="the metrics server had nothing for any metric")
    metrics = tuple(Metric(name=each.name, kind="errors", source="kayenta", guard=2.0) for each in counts)
    start = min(each.total.start for each in counts)
    step = max(each.total.step for each in counts)
    analysis = Analysis(metrics=metrics, every_seconds=step, warmup_seconds=0.0, advance_when="proven")
    evidence = step_begun(analysis, fresh(analysis, 1, start), start)
    windows = sorted((each for one in counts for each in one.windows()), key=lambda each: each.start)
    looks = _looks(windows, len(metrics))
    for place, window in enumerate(windows):
        evidence = measured(analysis, evidence, window, 1)
        if place in looks and evidence.peak >= 1 / analysis.alpha:  # below that nothing can be unhealthy
            verdict = verdict_of(analysis, evidence, window.end, 1)
            if verdict.kind == "unhealthy":
                return verdict
    return verdict_of(analysis, evidence, max(each.end for each in counts), 1)


def _looks(windows: Sequence[Measurement], metrics: int) -> frozenset[int]:
    """Give the places after which the evidence is looked at: ends of moments, of all metrics; some, where many are."""
    ends = [place for place, (one, later) in enumerate(pairwise(windows)) if one.start < later.start]
    return frozenset(ends[:: ceil(len(ends) * metrics / MOST_LOOKS) or 1])


def judgement(request: JudgeRequest, verdict: Verdict) -> dict[str, Any]:
    """Write the answer: every pair, every group, and the score."""
    by_name = {each.metric: each for each in verdict.metrics}
    groups = sorted({group for pair in request.pairs for group in pair.groups})
    score = {"healthy": BEST, "unknown": request.marginal, "unhealthy": WORST}[verdict.kind]
    said = {"score": score, "classification": CLASSIFICATIONS[verdict.kind]}
    return {
        "judgeName": "flagsvc",
        "results": [_result(pair, verdict, by_name.get(_metric_name(pair))) for pair in request.pairs],
        "groupScores": [{"name": group, **said} for group in groups],
        "score": {**said, "classificationReason": verdict.reason},
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counts:
    """The bad events and all events of one metric. Where nothing is bad a metrics server has no series, or a gap."""

    name: str
    bad: Pair | None
    total: Pair

    @property
    def end(self) -> float:
        """When the last step ends."""
        return self.total.start + self.total.step * max(len(self.total.control), len(self.total.experiment))

    def windows(self) -> Iterator[Measurement]:
        """Yield one window per step; one without events on both sides is no data."""
        for index in range(max(len(self.total.control), len(self.total.experiment))):
            start = self.total.start + index * self.total.step
            yield Measurement(
                metric=self.name,
                start=start,
                end=start + self.total.step,
                baseline=self._arm("control", index),
                candidate=self._arm("experiment", index),
            )

    def _arm(self, side: str, index: int) -> Arm | None:
        events = _value(getattr(self.total, side), index)
        if not isfinite(events):
            return None
        bad = _value(getattr(self.bad, side), index) if self.bad else 0.0
        return Arm(events=events, bad=bad if isfinite(bad) else 0.0)


def _counts(request: JudgeRequest) -> Iterator[_Counts]:
    bad = {_metric_name(pair): pair for pair in request.pairs if pair.name.endswith(BAD)}
    for pair in request.pairs:
        if pair.name.endswith(ALL) and (pair.control or pair.experiment):
            name = _metric_name(pair)
            yield _Counts(name=name, bad=bad.get(name), total=pair)


def _metric_name(pair: Pair) -> str:
    """Name the metric that a pair belongs to, with its tags, which tell several series of one metric apart."""
    tags = ", ".join(f"{name}={value}" for name, value in sorted(pair.tags.items()))
    return (_stem(pair.name) or pair.name) + (f" ({tags})" if tags else "")


def _stem(name: str) -> str:
    for ending in (BAD, ALL):
        if name.endswith(ending):
            return name.removesuffix(ending)
    return ""


def _value(series: Sequence[float], index: int) -> float:
    return series[index] if index < len(series) else nan


def _result(pair: Pair, verdict: Verdict, about: MetricVerdict | None) -> dict[str, Any]:
    kind = about.kind if about else verdict.kind
    return {
        "name": pair.name,
        "id": pair.id,
        "tags": dict(pair.tags),
        "classification": METRIC_CLASSIFICATIONS[kind],
        "classificationReason": about.detail if about else verdict.reason,
        "groups": list(pair.groups),
        "experimentMetadata": {"rate": about.candidate if about else None},
        "controlMetadata": {"rate": about.baseline if about else None},
        "resultMetadata": {"e": about.e if about else verdict.e, "ratio": _finite(about.ratio) if about else None},
    }


def _finite(number: float | None) -> float | None:
    return number if number is not None and isfinite(number) else None
