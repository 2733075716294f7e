"""Raw series as Prometheus gives them, and by how much their counters really grew in a window."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from math import isfinite
from typing import Any, NamedTuple

from flagsvc.domain.calls import CallError

Sample = tuple[float, float]
"""Unix seconds, value."""
SLACK_SECONDS = 0.001


class Series(NamedTuple):
    """One series: its labels, and its samples in the order of time."""

    labels: Mapping[str, str]
    samples: Sequence[Sample]

    @property
    def first(self) -> float:
        """When its first sample was."""
        return self.samples[0][0]

    @property
    def last(self) -> float:
        """When its last sample was."""
        return self.samples[-1][0]


def series_of(result: Any, since: float, until: float, most: int) -> Sequence[Series]:
    """Read a matrix; raises CallError for what is none, for samples outside of what was asked, and for too many."""
    if not isinstance(result, list):
        raise CallError("the answer is not a matrix")
    if len(result) > most:
        raise CallError(f"{len(result)} series, more than the {most} of max_series: narrow the selector")
    try:
        found = [Series(_labels(row["metric"]), [_sample(*pair) for pair in row["values"]]) for row in result]
    except (KeyError, TypeError, ValueError) as error:
        raise CallError("the answer is not a matrix of numbers") from error
    for one in found:
        _demand_fit(one, since, until)
    if len({frozenset(one.labels.items()) for one in found}) < len(found):
        raise CallError("the answer has a series twice")
    return found


def grown(series: Series, start: float, known_since: float) -> float:
    """Tell by how much a counter grew from its last sample at or before `start` to its last one at all.

    A fall is a reset, after which all there is was counted anew. A series without a sample at or before `start` was
    born in the window: at 0 when its instance was known before (since `known_since`), for it would have shown it. The
    first sample of an instance that came itself is where counting begins: nobody knows when that counter was 0.
    """
    base = bisect_right(series.samples, (start, float("inf"))) - 1
    values = [value for _, value in series.samples[max(base, 0) :]]
    if base < 0 and known_since < series.first - SLACK_SECONDS:
        values.insert(0, 0.0)
    return sum(after - before if after >= before else after for before, after in pairwise(values))


def number_in(value: Any) -> float:
    """Read a sample's value, which is a text; raises TypeError or ValueError."""
    if not isinstance(value, str):
        raise TypeError
    return float(value)


def instance_of(labels: Mapping[str, str], names: Sequence[str]) -> tuple[str, ...]:
    """Tell of which instance a series is: the values of the labels that name it."""
    return tuple(labels.get(name, "") for name in names)


def known_since(several: Iterable[Series], names: Sequence[str]) -> Mapping[tuple[str, ...], float]:
    """Tell since when each instance is known: the first sample of any of its series."""
    since: dict[tuple[str, ...], float] = {}
    for one in several:
        key = instance_of(one.labels, names)
        since[key] = min(since.get(key, one.first), one.first)
    return since


def _labels(metric: Any) -> Mapping[str, str]:
    if not all(isinstance(name, str) and isinstance(value, str) for name, value in metric.items()):
        raise TypeError
    return dict(metric)


def _sample(time: Any, value: Any) -> Sample:
    if isinstance(time, bool) or not isinstance(time, int | float):
        raise TypeError
    return float(time), number_in(value)


def _demand_fit(series: Series, since: float, until: float) -> None:
    times = [time for time, _ in series.samples]
    if not times or any(later <= earlier for earlier, later in pairwise(times)):
        raise CallError("the answer has a series whose samples are not in the order of time")
    if not all(isfinite(value) and value >= 0 for _, value in series.samples):
        raise CallError("the answer has a sample that no counter can have (negative, or not finite)")
    if not since - SLACK_SECONDS <= times[0] <= times[-1] <= until + SLACK_SECONDS:
        raise CallError("the answer is of another window than was asked for")
