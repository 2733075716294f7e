"""Prometheus, and whatever speaks its query API: increases from raw samples, never from increase() or rate().

Those two extrapolate, miss the first error of a series that is born with it, and turn "no such series" into nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil, inf, isfinite
from typing import Any, NamedTuple

from flagsvc.domain.analysis.arms import arms_of
from flagsvc.domain.analysis.measurement import Arm, Measurement
from flagsvc.domain.analysis.spec import Metric, MetricKind
from flagsvc.domain.calls import CallError
from flagsvc.metric_sources import promql
from flagsvc.metric_sources.common.access import Access
from flagsvc.metric_sources.common.members import faults, may_be_absent, named
from flagsvc.metric_sources.common.numbers import number_of
from flagsvc.metric_sources.common.reading import NoData, baseline, each, measured
from flagsvc.metric_sources.prometheus_api import Api
from flagsvc.metric_sources.prometheus_histogram import arm_of_latency, arm_of_sizes, bound_of
from flagsvc.metric_sources.prometheus_series import Series, grown, instance_of, known_since, number_in, series_of

HISTOGRAM = "histogram"
INSTEAD: Mapping[MetricKind, str] = {"latency": HISTOGRAM, "mean": HISTOGRAM}
LOOKBACK_SCRAPES = 2.5
"""How long before a window its base is looked for, and how old the newest sample of an arm may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(Access):
    """What every source over HTTP has, and how this server scrapes.

    `scrape_seconds`: the longest interval between two scrapes of the targets that are asked about. `up`: the metric
    that says whether a scrape succeeded; "" where there is none. `instance_labels`: the labels that name a target, in
    its series as in `up`. `max_series`: more of them for one question are an error.
    """

    scrape_seconds: float = 15.0
    up: str = "up"
    instance_labels: list[str] = field(default_factory=lambda: ["job", "instance"])
    max_series: int = 10_000

    def __post_init__(self) -> None:
        Access.__post_init__(self)
        if not 0 < self.scrape_seconds <= 300:  # noqa: PLR2004  # samples older than five minutes are stale to it, too
            raise ValueError("scrape_seconds: from more than 0 to 300")
        if self.max_series < 1:
            raise ValueError("max_series: 1 at least")
        if self.up and not promql.is_selector(self.up, named=True):
            raise ValueError('up: expected a selector, such as up{cluster="shop"}, or "" where there is none')
        if any(not label.isidentifier() for label in self.instance_labels):
            raise ValueError("instance_labels: expected names of labels")


class _Window(NamedTuple):
    start: float
    end: float
    lookback: float

    @property
    def since(self) -> float:
        return self.start - self.lookback

    @property
    def range(self) -> str:
        return f"{ceil((self.end - self.since) * 1000)}ms"


class Prometheus:
    """Reads arms of counters, histograms and single values."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._api = Api(options)

    def check(self, metric: Metric) -> Sequence[str]:
        """Find what is wrong with a query: members, variables, and what is no plain selector."""

        def check(name: str, content: Any, variables: Mapping[str, str]) -> None:
            if not isinstance(content, str):
                raise ValueError("expected a text")  # noqa: TRY004  # a fault of the query
            query = promql.filled(content, variables, {"window": "1s"})
            if name != "value":
                promql.demand_selector(query, named=name == HISTOGRAM)

        return tuple(faults(metric, check, instead=INSTEAD))

    def measure(self, metric: Metric, start: float, end: float) -> Measurement:
        """Read the window from its raw samples; a sample at its very end belongs to it, one at its start does not."""
        window = _Window(start, end, LOOKBACK_SCRAPES * self._options.scrape_seconds)
        read = {"value": self._value}.get(metric.kind, self._counted)
        return measured(metric, start, end, lambda: each(metric, lambda arm: read(metric, arm, window)))

    def settled_seconds(self) -> float:
        """One scrape: by then the last sample of the window has been stored, or has failed."""
        return self._options.scrape_seconds

    def history(self, metric: Metric, start: float, end: float) -> Measurement:
        """Estimate the baseline over a long time, by increase(): good enough to plan with, never to judge by."""
        window = _Window(start, end, 0.0)
        read = {"value": self._value}.get(metric.kind, self._estimated)
        return measured(metric, start, end, lambda: baseline(metric, lambda arm: read(metric, arm, window)))

    def bounds(self, metric: Metric, start: float, end: float) -> Mapping[float, float]:
        """Give the baseline's events at or below each bound of its histogram, all of them at infinity; {}: unknown."""
        found: dict[float, float] = {}

        def read() -> Mapping[Any, Arm]:
            selector = self._selector(metric, HISTOGRAM, arms_of(metric)["baseline"])
            found.update(self._increased(promql.suffixed(selector, "_bucket"), _Window(start, end, 0.0)))
            return {}

        known = measured(metric, start, end, read)
        return {} if known.missing else found

    def probe(self) -> str:
        """Count the targets that it scrapes now."""
        result = self._api.query("count(up)", None, "vector")
        try:
            return f"targets scraped: {float(result[0]['value'][1]):g}"
        except (IndexError, KeyError, TypeError, ValueError):
            return "targets scraped: none"

    def _counted(self, metric: Metric, arm: Mapping[str, str], window: _Window) -> Arm:
        """Ask for every member's raw samples, leave out instances whose scrape failed, and add up what is left."""
        if HISTOGRAM in metric.query:
            return self._of_histogram(metric, arm, window)
        found = {name: self._raw(self._selector(metric, name, arm), window) for name in named(metric)}
        growth = self._growth(found, window)
        numbers = {name: sum(rows.values()) for name, rows in growth.items() if rows or may_be_absent(metric, name)}
        absent = [name for name in found if name not in numbers]
        if absent:
            raise NoData(f"there is no series of {absent[0]} ({metric.query[absent[0]]})")
        return Arm(**numbers)

    def _of_histogram(self, metric: Metric, arm: Mapping[str, str], window: _Window) -> Arm:
        selector = self._selector(metric, HISTOGRAM, arm)
        suffixes = ("_bucket",) if metric.kind == "latency" else ("_bucket", "_sum")
        found = {suffix: self._raw(promql.suffixed(selector, suffix), window) for suffix in suffixes}
        growth = self._growth(found, window)
        rows = [(found["_bucket"][place].labels, grew) for place, grew in growth["_bucket"].items()]
        if metric.kind == "latency":
            return arm_of_latency(rows, metric.bound_seconds)
        return arm_of_sizes(rows, sum(growth["_sum"].values()))

    def _growth(self, found: Mapping[str, Sequence[Series]], window: _Window) -> Mapping[str, Mapping[int, float]]:
        """Give by member how much each series grew, by its place; the first member has to be there, and to be fresh."""
        names = self._options.instance_labels
        several = [one for rows in found.values() for one in rows]
        ups = self._ups({instance_of(one.labels, names) for one in several}, window)
        down = {instance_of(up.labels, names) for up in ups if _has_failed(up, window)}
        first = next(iter(found.values()))
        self._demand_present(first, down, window)
        alive = [Series(up.labels, good) for up in ups if (good := [sample for sample in up.samples if sample[1] == 1])]
        since = known_since([*several, *alive], names)
        keys = {name: [instance_of(one.labels, names) for one in rows] for name, rows in found.items()}
        return {
            name: {
                place: grown(one, window.start, since[keys[name][place]])
                for place, one in enumerate(rows)
                if keys[name][place] not in down
            }
            for name, rows in found.items()
        }

    def _demand_present(self, rows: Sequence[Series], down: set[tuple[str, ...]], window: _Window) -> None:
        if not rows:
            raise NoData("there is no such series: no traffic yet, or a selector that fits nothing")
        present = [one for one in rows if instance_of(one.labels, self._options.instance_labels) not in down]
        if not present:
            raise NoData(f"a scrape failed in the window, of every instance ({len(down)})")
        age = window.end - max(one.last for one in present)
        if age > window.lookback:
            raise NoData(f"late: the newest sample is {age:.0f} s older than the window's end")

    def _ups(self, instances: set[tuple[str, ...]], window: _Window) -> Sequence[Series]:
        """Ask how the scrapes of those instances went."""
        columns = {
            name: {instance[place] for instance in instances} - {""}
            for place, name in enumerate(self._options.instance_labels)
        }
        matches = ",".join(f"{name}=~{promql.one_of(values)}" for name, values in columns.items() if values)
        if not self._options.up or not matches:
            return ()
        return self._raw(promql.narrowed(self._options.up, matches), window)

    def _raw(self, selector: str, window: _Window) -> Sequence[Series]:
        result = self._api.query(f"{selector}[{window.range}]", window.end, "matrix")
        return series_of(result, window.since, window.end, self._options.max_series)

    def _estimated(self, metric: Metric, arm: Mapping[str, str], window: _Window) -> Arm:
        if HISTOGRAM in metric.query:
            selector = self._selector(metric, HISTOGRAM, arm)
            buckets = self._increased(promql.suffixed(selector, "_bucket"), window)
            rows = [({"le": str(bound)}, grew) for bound, grew in buckets.items()]
            if metric.kind == "latency":
                return arm_of_latency(rows, metric.bound_seconds) if metric.bound_seconds else Arm(events=buckets[inf])
            return arm_of_sizes(rows, self._increase(promql.suffixed(selector, "_sum"), window) or 0.0)
        found = {name: self._increase(self._selector(metric, name, arm), window) for name in named(metric)}
        absent = [name for name, grew in found.items() if grew is None and not may_be_absent(metric, name)]
        if absent:
            raise NoData(f"there is no series of {absent[0]} ({metric.query[absent[0]]})")
        return Arm(**{name: grew or 0.0 for name, grew in found.items()})

    def _increase(self, selector: str, window: _Window) -> float | None:
        rows = self._vector(f"sum(increase({selector}[{window.range}]))", window)
        return rows[0][1] if rows else None

    def _increased(self, selector: str, window: _Window) -> Mapping[float, float]:
        rows = self._vector(f"sum by (le) (increase({selector}[{window.range}]))", window)
        buckets = dict(sorted((bound_of(labels), value) for labels, value in rows))
        if not buckets:
            raise NoData(f"there is no series of {selector}")
        if inf not in buckets:
            raise CallError(f"{selector} has no bucket +Inf: it is no histogram")
        return buckets

    def _value(self, metric: Metric, arm: Mapping[str, str], window: _Window) -> Arm:
        span = f"{ceil((window.end - window.start) * 1000)}ms"
        rows = self._vector(promql.filled(str(metric.query.get("value", "")), arm, {"window": span}), window)
        if len(rows) != 1:
            raise (NoData if not rows else CallError)(f"the query gives {len(rows)} series, not one")
        return Arm(value=rows[0][1])

    def _vector(self, query: str, window: _Window) -> Sequence[tuple[Mapping[str, str], float]]:
        result = self._api.query(query, window.end, "vector")
        try:
            rows = [(row["metric"], *row["value"]) for row in result]
            read = [(labels, number_of(at, "time"), number_in(value)) for labels, at, value in rows]
        except (KeyError, TypeError, ValueError) as error:
            raise CallError("the answer is not a vector of numbers") from error
        for _, at, value in read:
            if abs(at - window.end) > 1:
                raise CallError("the answer is of another time than was asked for")
            if not isfinite(value):
                raise NoData(f"the value is {value}: nothing was divided by nothing, or something")
        return [(labels, value) for labels, _, value in read]

    def _selector(self, metric: Metric, name: str, arm: Mapping[str, str]) -> str:
        content = metric.query.get(name)
        if not isinstance(content, str):
            raise CallError(f"the query has no {name}", permanent=True)
        selector = promql.filled(content, arm)
        promql.demand_selector(selector, named=name == HISTOGRAM)
        return selector


def make(name: str, options: Options) -> Prometheus:
    """Make the source."""
    return Prometheus(options)


def _has_failed(up: Series, window: _Window) -> bool:
    return any(value != 1 for at, value in up.samples if window.start < at)
