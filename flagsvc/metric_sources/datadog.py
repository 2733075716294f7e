"""Datadog: counts of whole intervals, by its timeseries query.

Source: "Query timeseries points" (GET /api/v1/query), "Rollup" and "Querying" in Datadog's documentation.
"""

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlencode

from flagsvc.domain.analysis.measurement import Arm, Measurement
from flagsvc.domain.analysis.spec import Metric
from flagsvc.domain.calls import CallError
from flagsvc.metric_sources.common.access import Access, Asking
from flagsvc.metric_sources.common.members import faults, may_be_absent, named
from flagsvc.metric_sources.common.numbers import number_of
from flagsvc.metric_sources.common.periods import Points, closed_periods, newest, summed
from flagsvc.metric_sources.common.reading import baseline, each, measured

PATH = "/api/v1/query"
MAX_QUERY = 2000
FAR = 1.5
SAID = 200
_VARIABLE = re.compile(r"\$([A-Za-z_]\w*)", re.ASCII)
_TAG = re.compile(r"[\w.:/-]+")
_COUNT = re.compile(
    r"(?:sum|count|count\(v: ?v ?(?:>=?|<=?) ?[0-9.]+\)):[A-Za-z][\w.]*\{[^{}]*\}\.as_count\(\)", re.ASCII
)
GIVEN = ("bound", "far_bound")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Two files with keys, and the site.

    `url`: of the site's API, https://api.datadoghq.eu for instance. `period_seconds`: the interval that counts are
    rolled up to. `settled_seconds`: how long after its end one is complete. `ca_file`, `plain_http`: as every source
    over HTTP.
    """

    __pydantic_config__: ClassVar[Mapping[str, str]] = {"extra": "forbid"}

    api_key_file: Path
    application_key_file: Path
    url: str = "https://api.datadoghq.com"
    period_seconds: int = 60
    settled_seconds: float = 60.0
    ca_file: Path | None = None
    plain_http: bool = False

    def __post_init__(self) -> None:
        self.access()
        if self.period_seconds < 1:
            raise ValueError("period_seconds: 1 at least")

    def access(self) -> Access:
        """Say the same as every source over HTTP does."""
        keys = {"DD-API-KEY": self.api_key_file, "DD-APPLICATION-KEY": self.application_key_file}
        return Access(url=self.url, header_files=keys, ca_file=self.ca_file, plain_http=self.plain_http)


class Datadog:
    """Reads counts whose tags tell the arms apart."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._asking = Asking(options.access())

    def check(self, metric: Metric) -> Sequence[str]:
        """Find what is wrong with the queries: variables, tags, and counts that are none."""

        def check(name: str, content: Any, variables: Mapping[str, str]) -> None:
            _query(metric, name, content, variables)

        return tuple(faults(metric, check))

    def measure(self, metric: Metric, start: float, end: float) -> Measurement:
        """Read the intervals that end in the window; of the newest there has to be something in each arm."""

        def read(arm: Mapping[str, str]) -> Arm:
            return self._arm(metric, arm, closed_periods(start, end, self._options.period_seconds), is_past=False)

        return measured(metric, start, end, lambda: each(metric, read))

    def settled_seconds(self) -> float:
        """As the options say."""
        return self._options.settled_seconds

    def history(self, metric: Metric, start: float, end: float) -> Measurement:
        """Read the baseline's intervals; some may be empty."""

        def read(arm: Mapping[str, str]) -> Arm:
            return self._arm(metric, arm, closed_periods(start, end, self._options.period_seconds), is_past=True)

        return measured(metric, start, end, lambda: baseline(metric, read))

    def bounds(self, metric: Metric, start: float, end: float) -> Mapping[float, float]:
        """Give nothing: this source counts beyond the bound that it is asked for, and knows no others."""
        return {}

    def probe(self) -> str:
        """Ask for a series that need not be there."""
        now = int(time.time())
        form = urlencode({"from": now - 60, "to": now, "query": "avg:datadog.agent.running{*}"})
        reply = self._asking.client.send(
            "GET", f"{PATH}?{form}", headers=self._asking.headers(), allowed=frozenset({200})
        )
        _series_of(reply.json())
        return "it answers, and takes both keys"

    def _arm(self, metric: Metric, arm: Mapping[str, str], periods: range, *, is_past: bool) -> Arm:
        queries = {name: _query(metric, name, metric.query[name], arm) for name in named(metric)}
        points = {name: self._points(query, periods, name) for name, query in queries.items()}
        if metric.kind == "value":
            return Arm(value=newest(points["value"], periods))
        return Arm(
            **{
                name: summed(one, periods, is_past=is_past, may_be_absent=may_be_absent(metric, name))
                for name, one in points.items()
            }
        )

    def _points(self, query: str, periods: range, name: str) -> Points:
        """Ask for one series, rolled up to our periods; {} where there is none."""
        period = self._options.period_seconds
        rolled = query if ".rollup(" in query else f"{query}.rollup({'avg' if name == 'value' else 'sum'}, {period})"
        form = urlencode({"from": periods[0], "to": periods[-1] + period, "query": rolled})
        reply = self._asking.client.send(
            "GET", f"{PATH}?{form}", headers=self._asking.headers(), allowed=frozenset({200})
        )
        return _points_of(reply.json(), periods, period)


def make(name: str, options: Options) -> Datadog:
    """Make the source."""
    return Datadog(options)


def _query(metric: Metric, name: str, content: Any, variables: Mapping[str, str]) -> str:
    """Fill in a query; raises ValueError for one that cannot be counted."""
    if not isinstance(content, str) or not 0 < len(content) <= MAX_QUERY:
        raise ValueError(f"expected a text of at most {MAX_QUERY} characters")
    bounds = {"bound": f"{metric.bound_seconds:g}", "far_bound": f"{FAR * metric.bound_seconds:g}"}
    query = _VARIABLE.sub(lambda found: _tag(found[1], {**variables, **bounds}), content)
    if name != "value" and not _COUNT.fullmatch(query):
        raise ValueError(
            "expected one count, such as sum:http.requests{version:$cohort}.as_count(), without groups, formulas or "
            "rollups"
        )
    return query


def _tag(name: str, variables: Mapping[str, str]) -> str:
    if name not in variables:
        known = ", ".join(f"${known}" for known in sorted(variables))
        raise ValueError(f"there is no variable ${name} here; known: {known}")
    if not _TAG.fullmatch(variables[name]):
        raise ValueError(f"{variables[name]!r} is no value of a tag: letters, digits, _ - . : /")
    return variables[name]


def _points_of(answer: Any, periods: range, period: int) -> Points:
    series = _series_of(answer)
    if len(series) > 1:
        raise CallError(f"the query gives {len(series)} series, not one: group by nothing")
    if not series:
        return {}
    if series[0].get("interval", period) != period:
        raise CallError(f"the answer has intervals of {series[0]['interval']} s, not {period} s")
    return _read(series[0].get("pointlist"), periods, period)


def _series_of(answer: Any) -> Sequence[Mapping[str, Any]]:
    if not isinstance(answer, dict) or answer.get("status") != "ok":
        said = answer.get("error") if isinstance(answer, dict) else None
        raise CallError(f"Datadog says: {str(said)[:SAID]}" if said else "the answer is not one of Datadog's query API")
    series = answer.get("series")
    if not isinstance(series, list) or not all(isinstance(one, dict) for one in series):
        raise CallError("the answer has no list of series")
    return series


def _read(pointlist: Any, periods: range, period: int) -> Points:
    """Take the intervals that were asked for; the one that only begins at the end of the time comes along."""
    found: dict[int, float] = {}
    try:
        pairs = [(number_of(at, "time"), value) for at, value in pointlist]
    except (TypeError, ValueError) as error:
        raise CallError("the answer's points are not pairs of time and number") from error
    for at, value in pairs:
        beginning = at / 1000
        if beginning % period or not periods[0] <= beginning <= periods[-1] + period or beginning in found:
            raise CallError("the answer is of other intervals than were asked for")
        if value is not None and beginning in periods:
            found[int(beginning)] = number_of(value, "count")
    return found
