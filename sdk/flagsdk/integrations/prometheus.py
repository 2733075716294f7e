"""A client's counters and standing as Prometheus metrics, read when they are scraped: evaluations pay nothing.

Register it once in each process: `REGISTRY.register(FlagsCollector(client))`. Needs `flagsdk[prometheus]`.
"""

from collections import Counter
from collections.abc import Iterator
from threading import Lock

try:
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
    from prometheus_client.registry import Collector
except ImportError as missing:
    raise ImportError(
        "flagsdk.integrations.prometheus needs prometheus-client: pip install 'flagsdk[prometheus]'"
    ) from missing

from flagsdk.client import FlagClient, Status

__all__ = ["OTHER", "FlagsCollector"]

OTHER = "other"
"""Value of both labels of the series that counts all pairs beyond the bound."""
MAX_SERIES = 1000

_Pair = tuple[str, str]


class FlagsCollector(Collector):
    """`flagsdk_evaluations_total{flag,variant}`, `flagsdk_cohorts_total{split,backend}` and the client's standing.

    `max_series` bounds each of the two counters: pairs beyond it, in the order of their first use, are counted
    together as "other". A pair keeps its place for good, so no counter ever goes down.
    """

    def __init__(self, client: FlagClient, *, max_series: int = MAX_SERIES) -> None:
        self._client = client
        self._lock = Lock()
        self._named = {"flag": _Named(max_series), "split": _Named(max_series)}

    def collect(self) -> Iterator[Metric]:
        """Read the client once; called at each scrape."""
        with self._lock:
            totals = self._totals()
        yield _counter("evaluations", "Evaluations by flag and variant.", ("flag", "variant"), totals["flag"])
        yield _counter("cohorts", "Cohorts given by traffic split and backend.", ("split", "backend"), totals["split"])
        yield from _standing(self._client.status)

    def _totals(self) -> dict[str, Counter[_Pair]]:
        totals: dict[str, Counter[_Pair]] = {kind: Counter() for kind in self._named}
        for use, count in self._client.usage().items():
            pair = self._named[use.kind].name((use.key, use.variant or ""))
            totals[use.kind][pair] += count
        return totals


class _Named:
    """The pairs that have a series of their own."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._pairs: set[_Pair] = set()

    def name(self, pair: _Pair) -> _Pair:
        if pair not in self._pairs:
            if len(self._pairs) >= self._most:
                return OTHER, OTHER
            self._pairs.add(pair)
        return pair


def _counter(name: str, text: str, labels: _Pair, totals: Counter[_Pair]) -> Metric:
    family = CounterMetricFamily(f"flagsdk_{name}", text, labels=labels)
    for pair, count in totals.items():
        family.add_metric(pair, count)
    return family


def _standing(status: Status) -> Iterator[Metric]:
    """Give what does not depend on flags. The revision is 0 and the age infinite before the first snapshot."""
    yield CounterMetricFamily("flagsdk_faults", "Faults of the source, of reads and of callbacks.", status.faults)
    yield GaugeMetricFamily("flagsdk_ready", "1 while there is a snapshot to answer from.", status.revision is not None)
    yield GaugeMetricFamily("flagsdk_stale", "1 while the source has not confirmed it lately.", status.state == "stale")
    yield GaugeMetricFamily("flagsdk_snapshot_revision", "Revision that is served.", status.revision or 0)
    yield GaugeMetricFamily(
        "flagsdk_snapshot_age_seconds", "Seconds since the source last confirmed the snapshot.", status.age_seconds
    )
    yield InfoMetricFamily(
        "flagsdk_client",
        "What the client follows.",
        {"source": status.source, "environment": status.environment or "", "epoch": status.epoch or ""},
    )
