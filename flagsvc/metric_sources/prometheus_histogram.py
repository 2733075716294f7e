"""What the buckets of a histogram say: how many events were slower than a bound, and how far numbers are spread."""

from collections.abc import Iterable, Mapping
from itertools import pairwise
from math import inf, isclose, isfinite, isnan

from flagsvc.domain.analysis.measurement import Arm
from flagsvc.domain.calls import CallError

FAR = 1.5
"""What is slower than so many bounds is far."""

Rows = Iterable[tuple[Mapping[str, str], float]]
"""The labels of a bucket, and by how much its counter grew."""


def bound_of(labels: Mapping[str, str]) -> float:
    """Give the upper bound of a bucket; raises CallError for a series without one."""
    try:
        bound = float(labels["le"])
    except (KeyError, ValueError) as error:
        raise CallError(f"a bucket has no bound: le = {labels.get('le')!r}") from error
    if isnan(bound):
        raise CallError("a bucket's bound is no number")
    return bound


def arm_of_latency(rows: Rows, bound: float) -> Arm:
    """Count what was slower than the bound, and what was slower than the first bound from 1.5 times of it on.

    Both have to be bounds of the histogram, and of all the histograms that are added up.
    """
    if not bound > 0:
        raise CallError("bound_seconds is not fixed yet", permanent=True)
    buckets = _added(rows)
    near = _bound_at(buckets, bound)
    beyond = [known for known in buckets if near * FAR * (1 - 1e-9) <= known < inf]
    if not beyond:
        raise CallError(f"there is no bucket from {FAR * bound:g} s on, so nobody can tell how far beyond {bound:g} s")
    events = buckets[inf]
    bad, far = (max(0.0, events - buckets[known]) for known in (near, min(beyond)))
    return Arm(events=events, bad=bad, far=min(far, bad))


def arm_of_sizes(rows: Rows, total: float) -> Arm:
    """Add up numbers that are never negative; each is taken as large as its bucket allows, so the spread is no less.

    An event beyond the last finite bound could be of any size: CallError.
    """
    buckets = _added(rows)
    squares = 0.0
    for (_, below), (bound, up_to) in pairwise([(0.0, 0.0), *buckets.items()]):
        if up_to > below:
            squares += (up_to - below) * bound**2
    if not isfinite(squares):
        raise CallError("some are larger than the last bucket's bound, so nobody can tell their spread: add buckets")
    return Arm(events=buckets[inf], total=total, squares=squares)


def _added(rows: Rows) -> Mapping[float, float]:
    """Add up histograms by bound; raises CallError for those with different bounds, and for what is no histogram."""
    buckets: dict[float, float] = {}
    members: dict[float, int] = {}
    for labels, grew in rows:
        bound = bound_of(labels)
        buckets[bound] = buckets.get(bound, 0.0) + grew
        members[bound] = members.get(bound, 0) + 1
    if inf not in buckets:
        raise CallError("there is no bucket +Inf: that is no histogram")
    if len(set(members.values())) > 1:
        raise CallError("the histograms of the arm have different bounds, so they cannot be added up")
    ordered = dict(sorted(buckets.items()))
    if any(more < fewer - 1e-6 for (_, fewer), (_, more) in pairwise(ordered.items())):
        raise CallError("a larger bucket grew by less than a smaller one: that is no histogram")
    return ordered


def _bound_at(buckets: Mapping[float, float], bound: float) -> float:
    near = [known for known in buckets if isclose(known, bound, rel_tol=1e-9)]
    if not near:
        known = ", ".join(f"{one:g}" for one in buckets if one < inf)
        raise CallError(f"{bound:g} s is no bound of the histogram; its bounds: {known}")
    return near[0]
