"""Traces: how many requests a route answered, how, and in what time. For one thread; cheap enough for hot paths."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from starlette.types import Scope

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
SECONDS = (0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.01, 0.025, 0.1, 0.5, 2.5, 10.0)


class Durations:
    """A histogram: counts per upper bound, and their sum in seconds."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: Sequence[float] = SECONDS) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def observe(self, seconds: float) -> None:
        """Count one duration."""
        self.counts[bisect_left(self.bounds, seconds)] += 1
        self.total += seconds

    def add(self, other: "Durations") -> None:
        """Count what the other has counted, too; both have the same bounds."""
        self.counts = [mine + theirs for mine, theirs in zip(self.counts, other.counts, strict=True)]
        self.total += other.total

    def buckets(self) -> list[tuple[str, float]]:
        """Cumulative counts by upper bound, as the exposition format wants them."""
        cumulative, rows = 0, []
        for bound, count in zip([*map(str, self.bounds), "+Inf"], self.counts, strict=True):
            cumulative += count
            rows.append((bound, float(cumulative)))
        return rows


class Trace:
    """What one route has answered; `counts` is by method and status."""

    __slots__ = ("counts", "durations", "route")

    def __init__(self, route: str) -> None:
        self.route = route
        self.counts: dict[tuple[str, int], int] = {}
        self.durations = Durations()

    def note(self, method: str, status: int, seconds: float) -> None:
        """Count one answer."""
        label = (method if method in METHODS else "OTHER", status)
        self.counts[label] = self.counts.get(label, 0) + 1
        self.durations.observe(seconds)


class Traces:
    """The traces of all routes, by the template of their path."""

    def __init__(self) -> None:
        self._traces: dict[str, Trace] = {}

    def of(self, route: str) -> Trace:
        """Find the trace of a route, or begin it."""
        return self._traces.get(route) or self._traces.setdefault(route, Trace(route))

    def all(self) -> Iterable[Trace]:
        """Every trace that was begun."""
        return tuple(self._traces.values())


def route_of(scope: Scope) -> str:
    """Name the route that answers, by its template; "unknown" where there is none, so that nobody can add labels."""
    return str(getattr(scope.get("route"), "path", "unknown"))
