"""What a chart of a rollout needs: its points in time, made by telling its log once more, and what is marked on it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from flagsvc.domain.analysis.guard import guard_of
from flagsvc.domain.analysis.measurement import MetricVerdict, Verdict
from flagsvc.domain.analysis.spec import Analysis, Metric
from flagsvc.domain.rollouts.deployment import moment
from flagsvc.domain.rollouts.events import Event, Measured, Shared
from flagsvc.domain.rollouts.markers import markers_of
from flagsvc.domain.rollouts.plan import Plan
from flagsvc.domain.rollouts.records import LogEntry
from flagsvc.domain.rollouts.replay import Stage, stages
from flagsvc.domain.rollouts.spans import Span, joined, shown_span, spans_of
from flagsvc.domain.rollouts.state import LIVE, RolloutState
from flagsvc.domain.rollouts.status import finite, shown_metric
from flagsvc.domain.rollouts.text import notes_of_text
from flagsvc.domain.rollouts.thinning import evenly, kept

MOST_POINTS = 1000
MOST_MARKERS = 1000


@dataclass(frozen=True, slots=True)
class Point:
    """A rollout at one moment. `spans`: metric → what was measured since the point before."""

    at: float
    phase: str
    step: int
    weights: Mapping[str, int | None]
    verdict: Verdict
    observed: Mapping[str, int] = field(default_factory=dict)
    spans: Mapping[str, Span] = field(default_factory=dict)

    def looks_like(self, other: "Point") -> bool:
        """Whether a chart would show the same of both, their time left out."""
        return replace(self, at=other.at) == other


class Present(NamedTuple):
    """A rollout now: its stored state, the time, and target → share of the candidate as routers count it."""

    state: RolloutState
    at: float
    observed: Mapping[str, int | None]


class Tale:
    """The log of a rollout as points and markers, told entry by entry: what was told once need not be told again."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._metrics = {metric.name: metric for metric in plan.analysis.metrics} if plan.analysis else {}
        self._last: Stage | None = None
        self._points: list[Point] = []
        self._marks: list[int] = []
        self._markers: list[dict[str, Any]] = []

    @property
    def number(self) -> int:
        """The number of the entry that was told last, 0 before the first."""
        return self._last.entry.number if self._last else 0

    @property
    def state(self) -> RolloutState | None:
        """The state that the log leads to so far."""
        return self._last.state if self._last else None

    def tell(self, entries: Iterable[LogEntry]) -> None:
        """Go on with the entries that follow, in order; raises ValueError, KeyError for what cannot be read here."""
        for stage in stages(self.plan, entries, self.state):
            self._last = stage
            self._add(stage)

    def _add(self, stage: Stage) -> None:
        points = self._points
        point = _after(points[-1] if points else None, stage, self._metrics)
        said = list(markers_of(stage.event, notes_of_text(stage.entry.notes), point.at))
        if said:
            self._marks.append(len(points))
            self._markers += said
        if said or not points or not point.looks_like(replace(points[-1], spans={})):
            points.append(point)

    def timeline(self, present: Present, most: int) -> dict[str, Any]:
        """Give at most `most` points, the markers and the bounds.

        Points are thinned evenly, with the first, the last, and those around each marker kept; what was measured at a
        point that is left out counts into the next one. The last one is the stored state: of a live rollout as of now.
        """
        points = [*self._points]
        state, last = present.state, points[-1]
        if state.phase in LIVE:
            seen = {name: share for name, share in present.observed.items() if share is not None}
            points.append(_point(state, max(present.at, last.at), seen, {}))
        else:
            points[-1] = _point(state, last.at, last.observed, last.spans)
        return {
            "points": [_shown(point) for point in _thinned(points, self._marks, most)],
            "markers": [self._markers[index] for index in evenly(range(len(self._markers)), MOST_MARKERS)],
            "bounds": bounds_of(self.plan.analysis),
        }


def bounds_of(analysis: Analysis | None) -> dict[str, Any] | None:
    """Say where evidence and ratios become a verdict; None where nothing is judged.

    `alarm`: the evidence against the candidate at which it is unhealthy; `proof`: the one for it at which it is proven.
    """
    if analysis is None:
        return None
    return {
        "alpha": analysis.alpha,
        "alarm": 1 / analysis.alpha,
        "beta": analysis.beta,
        "proof": 1 / analysis.beta,
        "guards": {metric.name: ratio_guard(metric) for metric in analysis.metrics if metric.kind != "value"},
        "limits": {
            metric.name: {"minimum": metric.minimum, "maximum": metric.maximum}
            for metric in analysis.metrics
            if metric.kind == "value"
        },
    }


def ratio_guard(metric: Metric) -> float:
    """Give the ratio of candidate to baseline beyond which a difference matters: of a mean, its relative change."""
    guard = guard_of(metric)
    if metric.kind in {"errors", "latency"}:
        return guard
    return 1 - guard if metric.better == "higher" else 1 + guard


def _after(before: Point | None, stage: Stage, metrics: Mapping[str, Metric]) -> Point:
    if before is None or stage.event is None:
        return _point(stage.state, stage.state.since, {}, {})
    spans = spans_of(metrics, stage.event.measurements) if isinstance(stage.event, Measured) else {}
    point = _point(stage.state, max(stage.event.at, before.at), {}, spans)
    return replace(point, observed={**_still_true(before, point), **_seen(stage.event)})


def _still_true(before: Point, now: Point) -> Mapping[str, int]:
    """Keep what was last counted of a target until it is moved."""
    return {name: share for name, share in before.observed.items() if before.weights[name] == now.weights.get(name)}


def _seen(event: Event) -> Mapping[str, int]:
    if isinstance(event, Measured):
        return event.observed
    return {event.target: event.observed} if isinstance(event, Shared) and event.observed is not None else {}


def _point(state: RolloutState, at: float, observed: Mapping[str, int], spans: Mapping[str, Span]) -> Point:
    weights = {target.name: target.weight for target in state.targets}
    return Point(at, state.phase, state.step, weights, state.verdict, observed, spans)


def _thinned(points: Sequence[Point], marks: Sequence[int], most: int) -> Iterator[Point]:
    chosen, waiting = kept(len(points), marks, most), dict[str, Span]()
    for index, point in enumerate(points):
        waiting = joined(waiting, point.spans)
        if index in chosen:
            yield replace(point, spans=waiting)
            waiting = {}


def _shown(point: Point) -> dict[str, Any]:
    return {
        "at": moment(point.at),
        "phase": point.phase,
        "step": point.step + 1 if point.step >= 0 else None,
        "targets": {
            name: {"weight": weight, "observed": point.observed.get(name)} for name, weight in point.weights.items()
        },
        "verdict": point.verdict.kind,
        "e": finite(point.verdict.e),
        "metrics": [_metric(each, point.spans.get(each.metric)) for each in point.verdict.metrics],
    }


def _metric(each: MetricVerdict, span: Span | None) -> dict[str, Any]:
    return {**shown_metric(each), "window": shown_span(span) if span else None}
