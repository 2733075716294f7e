"""Metrics that are read at a scrape: counts that outcomes carry, revisions, ages, states, streams."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from flagsdk.core import Snapshot
from flagsvc.http.metrics_health import Condition, health_metrics
from flagsvc.http.metrics_rollouts import SeenRollout, rollout_metrics
from flagsvc.http.metrics_routing import SeenBinding, routing_metrics
from flagsvc.http.metrics_trace import Durations, Trace, Traces
from flagsvc.http.ofrep_desk import Used
from flagsvc.http.traffic_plan import Served


class Replica(Protocol):
    """What metrics ask of the replica."""

    def environments(self) -> Iterable[str]:
        """Environments of which a snapshot is held."""

    def snapshot(self, environment: str) -> Snapshot | None:
        """Snapshot of an environment."""

    @property
    def unsupported(self) -> int:
        """How many parts of documents were met that this version does not know."""

    @property
    def age_seconds(self) -> float:
        """Seconds since the store last confirmed what is held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Who knows what at a scrape."""

    used: Callable[[], Iterable[Used]]
    served: Callable[[], Iterable[Served]]
    traces: Traces
    evaluation: Callable[[], Sequence[Durations]]
    replica: Replica
    condition: Condition
    stream_clients: Callable[[], int]
    ratios: Callable[[], Mapping[str, float]]
    bindings: Callable[[], Iterable[SeenBinding]]
    rollouts: Callable[[], Iterable[SeenRollout]]
    version: str


def read(sources: Sources) -> Iterator[Metric]:
    """Give every metric that is not counted where it happens."""
    yield _evaluations(sources.used())
    yield _decisions(sources.served())
    yield from _requests(sources.traces.all())
    yield _seconds(sources.evaluation())
    yield from _snapshots(sources.replica)
    yield from health_metrics(sources.condition, list(sources.replica.environments()))
    yield _gauge("flagsvc_stream_clients", "Open event streams.", sources.stream_clients())
    yield from _tasks()
    yield _ratios(sources.ratios())
    yield from routing_metrics(sources.bindings())
    yield from rollout_metrics(sources.rollouts())
    build = GaugeMetricFamily("flagsvc_build_info", "The running version.", labels=["version"])
    build.add_metric([sources.version], 1)
    yield build


def _evaluations(rows: Iterable[Used]) -> Metric:
    labels = ["environment", "flag", "variant", "reason", "source"]
    family = CounterMetricFamily("flagsvc_evaluations", "Flags evaluated here for somebody else.", labels=labels)
    for row in rows:
        family.add_metric([row.environment, row.key, row.variant, row.reason, "ofrep"], row.uses)
    return family


def _decisions(rows: Iterable[Served]) -> Metric:
    labels = ["environment", "split", "cohort", "source"]
    family = CounterMetricFamily("flagsvc_decisions", "Cohorts given to load balancers.", labels=labels)
    counts: dict[tuple[str, str, str], int] = {}
    for row in rows:
        label = (row.environment, row.split, row.cohort)
        counts[label] = counts.get(label, 0) + row.uses
    for label, uses in counts.items():
        family.add_metric([*label, "traffic"], uses)
    return family


def _requests(traces: Iterable[Trace]) -> Iterator[Metric]:
    labels = ["route", "method", "status"]
    counts = CounterMetricFamily("flagsvc_http_requests", "Requests answered.", labels=labels)
    seconds = HistogramMetricFamily("flagsvc_http_request_duration_seconds", "Until the answer.", labels=["route"])
    for trace in traces:
        seconds.add_metric([trace.route], trace.durations.buckets(), trace.durations.total)
        for (method, status), count in trace.counts.items():
            counts.add_metric([trace.route, method, str(status)], count)
    yield counts
    yield seconds


def _snapshots(replica: Replica) -> Iterator[Metric]:
    revisions = GaugeMetricFamily("flagsvc_snapshot_revision", "Revision that decides here.", labels=["environment"])
    for environment in replica.environments():
        snapshot = replica.snapshot(environment)
        if snapshot is not None:
            revisions.add_metric([environment], snapshot.revision)
    yield revisions
    text = "Parts of documents that this version does not know."
    yield CounterMetricFamily("flagsvc_unknown_operator", text, value=replica.unsupported)
    yield _gauge("flagsvc_snapshot_age_seconds", "Since the database confirmed the snapshots.", replica.age_seconds)


def _tasks() -> Iterator[Metric]:
    """Count the tasks of the loop that this runs on; nothing is known of them anywhere else."""
    with suppress(RuntimeError):
        yield _gauge("flagsvc_tasks", "Tasks on the event loop.", len(asyncio.all_tasks()))


def _ratios(ratios: Mapping[str, float]) -> Metric:
    text = "Share of the clients that report which hold the present revision."
    family = GaugeMetricFamily("flagsvc_clients_at_revision_ratio", text, labels=["environment"])
    for environment, ratio in ratios.items():
        family.add_metric([environment], ratio)
    return family


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=value)


def _seconds(durations: Sequence[Durations]) -> Metric:
    together = Durations()
    for one in durations:
        together.add(one)
    text = "Reading, evaluating and rendering one OFREP answer."
    return HistogramMetricFamily(
        "flagsvc_evaluation_duration_seconds", text, buckets=together.buckets(), sum_value=together.total
    )
