"""Amazon CloudWatch: sums and counts of whole periods, both arms by one GetMetricData.

Sources: GetMetricData in the API reference; "CloudWatch statistics definitions" (TC(x:) counts what is above x).
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import inf
from string import Template
from typing import Any, NamedTuple

from flagsvc.domain.analysis.arms import Side, arms_of
from flagsvc.domain.analysis.measurement import Arm, Measurement
from flagsvc.domain.analysis.spec import Metric, MetricKind
from flagsvc.domain.calls import CallError
from flagsvc.metric_sources.common.members import faults, may_be_absent, named
from flagsvc.metric_sources.common.numbers import number_of
from flagsvc.metric_sources.common.periods import Points, closed_periods, newest, summed
from flagsvc.metric_sources.common.reading import Sides, measured, of_side
from flagsvc.outbound.aws import Account, Aws

DISTRIBUTION = "distribution"
INSTEAD: Mapping[MetricKind, str] = {"latency": DISTRIBUTION}
MEMBERS = {"namespace", "metric", "dimensions", "stat"}
SHORT_PERIODS = frozenset({1, 5, 10, 30})
MINUTE = 60
FAR = 1.5
MOST_PAGES = 5
PARTIAL = "PartialData"
BOUNDS = tuple(round(0.005 * 1.4**step, 6) for step in range(30))
"""Seconds, from 5 ms to 86 s: each at most 1.5 times the one before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(Account):
    """Where and as whom, as every AWS kind, and how CloudWatch keeps the metrics that are asked for.

    `period_seconds`: 60 or a multiple of it, for high-resolution metrics also 1, 5, 10 or 30. `settled_seconds`: how
    long after its end a period is complete.
    """

    period_seconds: int = 60
    settled_seconds: float = 120.0

    def __post_init__(self) -> None:
        short = self.period_seconds in SHORT_PERIODS
        if self.period_seconds < 1 or not (short or self.period_seconds % MINUTE == 0):
            raise ValueError("period_seconds: 60 or a multiple of it, or 1, 5, 10 or 30")


class _Asked(NamedTuple):
    """One number of one arm: the statistic of a metric."""

    side: Side
    name: str
    stat: Mapping[str, Any]

    @property
    def id(self) -> str:
        return f"{self.side}_{self.name}"


class CloudWatch:
    """Reads statistics of metrics whose dimensions tell the arms apart."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._aws = Aws("cloudwatch", options)

    def check(self, metric: Metric) -> Sequence[str]:
        """Find what is wrong with namespaces, metrics, dimensions and statistics."""

        def check(name: str, content: Any, variables: Mapping[str, str]) -> None:
            _stat(content, variables, "SampleCount" if name == DISTRIBUTION else None)

        return tuple(faults(metric, check, instead=INSTEAD))

    def measure(self, metric: Metric, start: float, end: float) -> Measurement:
        """Read the periods that end in the window; of the newest there has to be something in each arm."""
        sides: tuple[Side, ...] = ("candidate",) if metric.kind == "value" else ("baseline", "candidate")
        return measured(metric, start, end, lambda: self._read(metric, sides, (start, end), is_past=False))

    def settled_seconds(self) -> float:
        """As the options say."""
        return self._options.settled_seconds

    def history(self, metric: Metric, start: float, end: float) -> Measurement:
        """Read the baseline's periods; some may be empty."""
        return measured(metric, start, end, lambda: self._read(metric, ("baseline",), (start, end), is_past=True))

    def bounds(self, metric: Metric, start: float, end: float) -> Mapping[float, float]:
        """Count what was at most as slow as each of `BOUNDS`, by trimmed counts, and all at infinity; {}: unknown."""
        found: dict[float, float] = {}

        def read() -> Sides:
            found.update(self._bounds(metric, closed_periods(start, end, self._options.period_seconds)))
            return {}

        known = measured(metric, start, end, read)
        return {} if known.missing else found

    def probe(self) -> str:
        """Ask for a metric that nobody has, over one period."""
        stat = {"Metric": {"Namespace": "flagsvc", "MetricName": "probe", "Dimensions": []}, "Stat": "Sum"}
        period = self._options.period_seconds
        now = int(time.time()) // period * period
        self._points([_Asked("baseline", "probe", stat)], range(now - period, now, period))
        return "it answers, and lets us read"

    def _bounds(self, metric: Metric, periods: range) -> Mapping[float, float]:
        arm = arms_of(metric)["baseline"]
        stats = {inf: "SampleCount", **{bound: f"TC(:{bound:g})" for bound in BOUNDS}}
        asked = {
            bound: _Asked("baseline", f"at_{place}", _stat(metric.query.get(DISTRIBUTION), arm, stat))
            for place, (bound, stat) in enumerate(stats.items())
        }
        points = self._points(list(asked.values()), periods)
        return {
            bound: summed(points[one.id], periods, is_past=True, may_be_absent=bound < inf)
            for bound, one in sorted(asked.items())
        }

    def _read(self, metric: Metric, sides: Sequence[Side], window: tuple[float, float], *, is_past: bool) -> Sides:
        periods = closed_periods(*window, self._options.period_seconds)
        arms = arms_of(metric)
        asked = {side: _asked(metric, side, arms[side]) for side in sides}
        points = self._points([one for several in asked.values() for one in several], periods)

        def arm(side: Side) -> Arm:
            if metric.kind == "value":
                return Arm(value=newest(points[asked[side][0].id], periods))
            return Arm(
                **{
                    one.name: summed(
                        points[one.id], periods, is_past=is_past, may_be_absent=may_be_absent(metric, one.name)
                    )
                    for one in asked[side]
                }
            )

        return {side: of_side(side, lambda side=side: arm(side)) for side in sides}  # type: ignore[misc]

    def _points(self, asked: Sequence[_Asked], periods: range) -> Mapping[str, Points]:
        """Ask for every number of every period, page by page."""
        found: dict[str, dict[int, float]] = {one.id: {} for one in asked}
        request, partial = self._request(asked, periods), dict[str, bool]()
        for _ in range(MOST_PAGES):
            answer = self._aws.call("get_metric_data", **request)
            for result in answer["MetricDataResults"]:
                _take(result, found)
                partial[result["Id"]] = result["StatusCode"] == PARTIAL
            if not answer.get("NextToken"):
                _demand_whole(partial)
                return found
            request = {**request, "NextToken": answer["NextToken"]}
        raise CallError("the answer has too many pages: ask for a shorter time")

    def _request(self, asked: Sequence[_Asked], periods: range) -> Mapping[str, Any]:
        period = self._options.period_seconds
        return {
            "MetricDataQueries": [{"Id": one.id, "MetricStat": {**one.stat, "Period": period}} for one in asked],
            "StartTime": datetime.fromtimestamp(periods[0], UTC),
            "EndTime": datetime.fromtimestamp(periods[-1] + period, UTC),
            "ScanBy": "TimestampAscending",
        }


def make(name: str, options: Options) -> CloudWatch:
    """Make the source."""
    return CloudWatch(options)


def _asked(metric: Metric, side: Side, arm: Mapping[str, str]) -> Sequence[_Asked]:
    if DISTRIBUTION not in metric.query:
        return [_Asked(side, name, _stat(metric.query[name], arm)) for name in named(metric)]
    if not metric.bound_seconds > 0:
        raise CallError("bound_seconds is not fixed yet", permanent=True)
    stats = {
        "events": "SampleCount",
        "bad": f"TC({metric.bound_seconds:g}:)",
        "far": f"TC({FAR * metric.bound_seconds:g}:)",
    }
    return [_Asked(side, name, _stat(metric.query[DISTRIBUTION], arm, stat)) for name, stat in stats.items()]


def _stat(content: Any, variables: Mapping[str, str], stat: str | None = None) -> Mapping[str, Any]:
    """Write a MetricStat; raises ValueError with what is wrong with it."""
    expected = MEMBERS - ({"stat"} if stat else set())
    if not isinstance(content, Mapping) or set(content) != expected:
        raise ValueError(f"expected an object with the members {', '.join(sorted(expected))}")
    texts = [content[name] for name in ("namespace", "metric")] + [stat or content["stat"]]
    dimensions = content["dimensions"]
    if not all(isinstance(text, str) and text for text in texts) or not isinstance(dimensions, Mapping):
        raise ValueError("namespace, metric and stat are texts, dimensions an object of texts")
    return {
        "Metric": {
            "Namespace": texts[0],
            "MetricName": texts[1],
            "Dimensions": [{"Name": name, "Value": _filled(value, variables)} for name, value in dimensions.items()],
        },
        "Stat": texts[2],
    }


def _filled(value: Any, variables: Mapping[str, str]) -> str:
    """Put values for $name; $$ stands for $."""
    try:
        return Template(value).substitute(variables)
    except TypeError:
        raise ValueError("dimensions: expected texts") from None
    except KeyError as error:
        known = ", ".join(f"${name}" for name in sorted(variables)) or "none"
        raise ValueError(f"dimensions: there is no variable ${error.args[0]} here; known: {known}") from None
    except ValueError as error:
        raise ValueError("dimensions: $ stands before the name of a variable; $$ is a $") from error


def _take(result: Mapping[str, Any], found: Mapping[str, dict[int, float]]) -> None:
    points = found.get(result.get("Id", ""))
    if points is None:
        raise CallError("the answer has a result that was not asked for")
    if result.get("StatusCode") not in {"Complete", PARTIAL}:
        words = "; ".join(str(one.get("Value", "")) for one in result.get("Messages", ()))
        raise CallError(f"{result['Id']}: {result.get('StatusCode')} {words}".rstrip())
    for at, value in zip(result.get("Timestamps", ()), result.get("Values", ()), strict=True):
        beginning = int(at.timestamp())
        if beginning in points:
            raise CallError("the answer has a period twice")
        points[beginning] = number_of(value, result["Id"])


def _demand_whole(partial: Mapping[str, bool]) -> None:
    """Pass where the last page of every number said that it is whole: half of the errors look like health."""
    if halves := [name for name, is_partial in partial.items() if is_partial]:
        raise CallError(f"the answer has only a part of {halves[0]}, and no page with the rest")
