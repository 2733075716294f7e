"""Sums of fixed periods: which of them belong to a window, so that each belongs to one window only."""

from collections.abc import Mapping

from flagsvc.domain.calls import CallError
from flagsvc.metric_sources.common.reading import NoData

Points = Mapping[int, float]
"""The beginning of a period, in Unix seconds → its number."""


def closed_periods(start: float, end: float, seconds: int) -> range:
    """Give the beginnings of the periods, in Unix seconds, that end in (start, end]; raises NoData when none does.

    Windows that follow one another so take in every period once, whatever their length.
    """
    first, last = int(start // seconds), int(end // seconds)
    if first == last:
        raise NoData(f"no period of {seconds} s ended in this window: let a window be as long as a period, or longer")
    return range(first * seconds, last * seconds, seconds)


def summed(points: Points, periods: range, *, is_past: bool, may_be_absent: bool) -> float:
    """Add up the periods; one without a point had nothing, as these sources store no zeros.

    Raises NoData when nothing is there at all, or nothing yet of the newest period unless all `is_past`: that may be
    late. What `may_be_absent` is 0 then.
    """
    _demand_asked(points, periods)
    wanted = bool(points) if is_past else periods[-1] in points
    if not (wanted or may_be_absent):
        raise NoData(
            f"there is no number of {'the newest' if points else 'any'} period: it is late, or nothing happened"
        )
    return float(sum(points.values()))


def newest(points: Points, periods: range) -> float:
    """Give the number of the newest period; raises NoData where it is not there (yet)."""
    _demand_asked(points, periods)
    if periods[-1] not in points:
        raise NoData("there is no number of the newest period: it is late, or there is none")
    return points[periods[-1]]


def _demand_asked(points: Points, periods: range) -> None:
    if any(beginning not in periods for beginning in points):
        raise CallError("the answer is of other periods than were asked for")
