"""/metrics: what happened, in the names of docs/reference/metrics.md. Nothing here costs a decision anything."""

from collections.abc import Callable, Iterable

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from flagsvc.domain.rollouts.causes import cause_of
from flagsvc.domain.rollouts.state import RolloutState
from flagsvc.http.metrics_trace import Traces, route_of
from flagsvc.usecases.outcomes import Counted
from flagsvc.usecases.usage import Recorded

PROPAGATION_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0)


class Metrics:
    """The registry of one service.

    What loops report is counted here, from any thread. All else is read at a scrape, on the event loop, from those who
    know it (`read_from`).
    """

    def __init__(self) -> None:
        # For the whole process: a second series beside each counter and histogram, which nothing uses.
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the library does not type it
        self.registry = CollectorRegistry(auto_describe=False)
        self.propagation = Histogram(
            "flagsvc_propagation_seconds",
            "From the commit of a change to its decision here.",
            buckets=PROPAGATION_SECONDS,
            registry=self.registry,
        )
        self.publish = Histogram(
            "flagsvc_publish_seconds",
            "From the commit of a change to its copy in Redis.",
            buckets=PROPAGATION_SECONDS,
            registry=self.registry,
        )
        ProcessCollector(registry=self.registry)
        self.publish_failures = self._counter("flagsvc_publish_failures", "Failed turns of the publisher.", "reason")
        self.usage_reports = self._counter("flagsvc_usage_reports", "What became of reports of clients.", "outcome")
        self.outcomes = self._counter("flagsvc_outcomes", "Outcomes counted here.", "environment", "kind")
        self.outcomes_dropped = self._counter(
            "flagsvc_outcomes_dropped", "Outcomes that were not counted.", "environment", "reason"
        )
        self.router_failures = self._counter(
            "flagsvc_router_apply_failures", "Routers that could not be told.", "router"
        )
        self.notices = self._counter("flagsvc_notices", "What became of notices about rollouts.", "notifier", "outcome")
        self.rollouts_ended = self._counter("flagsvc_rollouts_ended", "Rollouts that ended here.", "phase", "automatic")
        self._backfill_left = Gauge(
            "flagsvc_backfill_left_rows",
            "Rows that a backfill has left to do.",
            ["backfill"],
            registry=self.registry,
        )
        self.rollbacks = self._counter("flagsvc_rollbacks", "Rollouts that went back here, and why.", "cause")
        self.changes = self._counter("flagsvc_changes", "Changes committed here.", "environment", "actor_kind")

    def read_from(self, read: Callable[[], Iterable[Metric]]) -> None:
        """Ask `read` for further metrics at each scrape."""
        self.registry.register(_Reader(read))

    def reported(self, recorded: Recorded) -> None:
        """Count what became of reports of usage."""
        self.counted(recorded.outcomes)
        for outcome, count in recorded._asdict().items():
            if outcome != "outcomes":
                self.usage_reports.labels(outcome).inc(count)

    def counted(self, counted: Counted) -> None:
        """Count what became of outcomes."""
        for labels, count in counted.events.items():
            self.outcomes.labels(*labels).inc(count)
        for labels, count in counted.dropped.items():
            self.outcomes_dropped.labels(*labels).inc(count)

    def backfilled(self, name: str, left: int) -> None:
        """Remember how many rows a backfill has left."""
        self._backfill_left.labels(name).set(left)

    def rollout_ended(self, state: RolloutState) -> None:
        """Count a rollout that ended."""
        self.rollouts_ended.labels(state.phase, str(state.automatic).lower()).inc()
        if state.phase == "rolled-back":
            self.rollbacks.labels(cause_of(state)).inc()

    def route(self) -> Route:
        """GET /metrics."""

        async def metrics(request: Request) -> Response:
            return Response(generate_latest(self.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

        return Route("/metrics", metrics, methods=["GET"], name="metrics")

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(name, text, labels, registry=self.registry)


class MetricsMiddleware:
    """Counts and times what Starlette answers. The hot paths, which never come here, do it for themselves."""

    def __init__(self, app: ASGIApp, traces: Traces, timer: Callable[[], float]) -> None:
        self.app = app
        self._traces = traces
        self._timer = timer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and note the moment its answer begins."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        start = self._timer()

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                trace = self._traces.of(route_of(scope))
                trace.note(scope["method"], message["status"], self._timer() - start)
            await send(message)

        await self.app(scope, receive, noting)


class _Reader(Collector):
    def __init__(self, read: Callable[[], Iterable[Metric]]) -> None:
        self._read = read

    def collect(self) -> Iterable[Metric]:
        return self._read()
