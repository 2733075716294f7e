"""Kayenta's remote judge: its request read, pairs of counts judged by our statistics, and the answer in its shape.

Shapes: kayenta-judge, RemoteJudgeRequest and CanaryJudgeResult; a series has a value per step, "NaN" or null where the
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

BAD, ALL = ".bad", ".all"
"""How the two counts of one metric are named: "checkout errors.bad" out of "checkout errors.all", per step."""

ARMS = ("control", "experiment")
WORST, BEST = 0.0, 100.0
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

_CONFIG = ("canaryConfig", "judge", "judgeConfigurations")
_MINUTE_MILLIS = 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One metric on both sides: what Kayenta read of it, NaN where it read nothing. Times are Unix seconds."""

    name: str
    id: str
    tags: Mapping[str, str]
    groups: tuple[str, ...]
    start: float
    step: float
    control: tuple[float, ...]
    experiment: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeRequest:
    """What Kayenta asks: `settings` are the judgeConfigurations, `names` those of the metrics that are configured."""

    settings: Mapping[str, str]
    passing: float
    marginal: float
    names: tuple[str, ...]
    pairs: tuple[Pair, ...]


def settings_of(body: Any) -> Mapping[str, str]:
    """Read the texts among the judgeConfigurations, which are all that is looked at before the token is known."""
    settings = _at(body, _CONFIG)
    return (
        {name: value for name, value in settings.items() if isinstance(value, str)}
        if isinstance(settings, dict)
        else {}
    )


def request_of(body: Any) -> JudgeRequest | list[Fault]:
    """Read a request; what cannot be read or judged comes back as faults, each with its place."""
    faults = [*_threshold_faults(body), *_shape_faults(body)]
    if faults:
        return faults
    config = body["canaryConfig"]
    groups = {metric["name"]: tuple(metric.get("groups") or ()) for metric in config["metrics"]}
    thresholds = body["scoreThresholds"]
    return JudgeRequest(
        settings=settings_of(body),
        passing=float(thresholds["pass"]),
        marginal=float(thresholds["marginal"]),
        names=tuple(groups),
        pairs=tuple(_pair(each, groups) for each in body["metricSetPairList"]),
    )


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


def _threshold_faults(body: Any) -> Iterator[Fault]:
    thresholds = body.get("scoreThresholds") if isinstance(body, dict) else None
    marginal, passing = (_number(thresholds, name) for name in ("marginal", "pass"))
    if marginal is None or passing is None:
        yield Fault("/scoreThresholds", "wrong-type", "This must be an object with the numbers pass and marginal.")
    elif not WORST < marginal < passing <= BEST:
        detail = "This must be 0 < marginal < pass <= 100: unknown is the marginal bound, and must be neither of both."
        yield Fault("/scoreThresholds", "wrong-value", detail)


def _number(members: Any, name: str) -> float | None:
    value = members.get(name) if isinstance(members, dict) else None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _shape_faults(body: Any) -> Iterator[Fault]:
    if not isinstance(_at(body, _CONFIG), dict):
        detail = "This must be an object with environment and token, and rollout where its verdict is asked for."
        yield Fault("/canaryConfig/judge/judgeConfigurations", "wrong-type", detail)
    metrics = _at(body, ("canaryConfig", "metrics"))
    if not isinstance(metrics, list) or not all(map(_is_metric, metrics)):
        yield Fault("/canaryConfig/metrics", "wrong-type", "This must be a list of metrics with names and groups.")
    pairs = _at(body, ("metricSetPairList",))
    if not isinstance(pairs, list):
        yield Fault("/metricSetPairList", "wrong-type", "This must be a list.")
        return
    for index, pair in enumerate(pairs):
        if not _is_pair(pair):
            yield Fault(f"/metricSetPairList/{index}", "wrong-type", "This is no pair of series with their scopes.")


def _is_metric(metric: Any) -> bool:
    if not isinstance(metric, dict) or not isinstance(metric.get("name"), str):
        return False
    groups = metric.get("groups") or []
    return isinstance(groups, list) and all(isinstance(group, str) for group in groups)


def _is_pair(pair: Any) -> bool:
    if not isinstance(pair, dict) or not all(isinstance(pair.get(name), str) for name in ("name", "id")):
        return False
    tags, values = pair.get("tags") or {}, pair.get("values")
    if not isinstance(tags, dict) or not all(isinstance(tag, str) for tag in tags.values()):
        return False
    return isinstance(values, dict) and all(_is_series(values.get(arm)) for arm in ARMS) and _span(pair) is not None


def _is_series(series: Any) -> bool:
    return series is None or (isinstance(series, list) and all(_is_value(value) for value in series))


def _is_value(value: Any) -> bool:
    return value is None or value in ("NaN", "Infinity", "-Infinity") or type(value) in (int, float)


def _span(pair: Mapping[str, Any]) -> tuple[float, float] | None:
    """Give start and step in seconds of a pair's experiment."""
    scope = _at(pair, ("scopes", "experiment"))
    start, step = (scope.get(name) if isinstance(scope, dict) else None for name in ("startTimeMillis", "stepMillis"))
    if type(start) is not int or type(step) is not int or not 0 < step <= 1440 * _MINUTE_MILLIS:
        return None
    return start / 1000, step / 1000


def _pair(pair: Mapping[str, Any], groups: Mapping[str, tuple[str, ...]]) -> Pair:
    start, step = _span(pair) or (0.0, 60.0)
    return Pair(
        name=pair["name"],
        id=pair["id"],
        tags=pair.get("tags") or {},
        groups=groups.get(pair["name"], ()),
        start=start,
        step=step,
        control=_series(pair["values"].get("control")),
        experiment=_series(pair["values"].get("experiment")),
    )


def _series(values: Sequence[Any] | None) -> tuple[float, ...]:
    return tuple(float(value) if type(value) in (int, float) else nan for value in values or ())


def _at(value: Any, path: Sequence[str]) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value
