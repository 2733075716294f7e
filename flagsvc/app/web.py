"""The web side of a process: hot paths in front, Starlette behind them, all over the same memory."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from prometheus_client.metrics_core import Metric
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route
from starlette.types import ASGIApp

from flagsvc import __version__
from flagsvc.app.edges import Edges
from flagsvc.app.rolling import Rolling
from flagsvc.http.admin import admin_routes
from flagsvc.http.boundary import EXCEPTION_HANDLERS, LastResort
from flagsvc.http.console import Console
from flagsvc.http.controllers import Controllers
from flagsvc.http.feed import Feed
from flagsvc.http.feed_usage import UsageDesk
from flagsvc.http.health import Health, Lifecycle
from flagsvc.http.hot import Hot
from flagsvc.http.live import Live, publish
from flagsvc.http.metrics import Metrics, MetricsMiddleware
from flagsvc.http.metrics_health import Condition
from flagsvc.http.metrics_port import TwoPorts
from flagsvc.http.metrics_read import Sources, read
from flagsvc.http.metrics_trace import Traces
from flagsvc.http.ofrep import PREFIX as OFREP
from flagsvc.http.ofrep import Ofrep
from flagsvc.http.ofrep_channel import Channels
from flagsvc.http.ofrep_cors import Cors
from flagsvc.http.ofrep_events import Events
from flagsvc.http.ofrep_gate import Gate
from flagsvc.http.request_id import RequestIdMiddleware
from flagsvc.http.services import Services
from flagsvc.http.traced import TracedMiddleware
from flagsvc.http.traffic import PREFIX as TRAFFIC
from flagsvc.http.traffic import Traffic
from flagsvc.http.traffic_outcomes import OutcomesDesk
from flagsvc.http.traffic_seal import Seal
from flagsvc.http.xds import Discovery
from flagsvc.runner.replica import Replica
from flagsvc.runner.sampler import Sampler
from flagsvc.runner.usage import UsageLog
from flagsvc.runner.watch import Watch
from flagsvc.settings import Settings
from flagsvc.usecases.outcomes import post_outcomes


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What requests are answered from, and what they may wake."""

    replica: Replica
    channels: Channels
    sampler: Sampler
    lifecycle: Lifecycle
    usage: UsageLog
    edges: Edges
    rolling: Rolling
    published_age_seconds: Callable[[], float | None]
    behind: Callable[[], Iterable[str]]

    def leases(self) -> Mapping[str, bool]:
        """Say of each lease that this replica would take whether it holds it."""
        held = {"rollouts": self.rolling.rollouts.leads, "routers": self.edges.routing.leads}
        return {name: leads for name, leads in held.items() if leads is not None}


PACKAGED_CONSOLE = Path(__file__).parents[1] / "console"
"""Where a build puts the console's files."""


class Web:
    """The ASGI application of a process, its health and metrics, and the farewell to its streams."""

    def __init__(self, settings: Settings, services: Services, memory: Memory, metrics: Metrics, console: Path) -> None:
        self._memory = memory
        self._traced = settings.tracing
        self._metrics_here = settings.metrics_port is None
        self._traces = Traces()
        replica, tokens = memory.replica, services.tokens
        self._feed = Feed(replica, tokens, limit=settings.stream_limit, snapshots_per_second=settings.snapshot_rate)
        self.health = Health(memory.sampler.states, memory.lifecycle, lambda: bool(replica.environments()))
        self.watch = Watch(services.store, partial(publish, self._feed.fanout), lambda: self.health.status)
        self._live = Live(self._feed.fanout, self.watch, services.identity)
        self._usage = UsageDesk(tokens.admitted, memory.usage.accept)
        self._outcomes = OutcomesDesk(
            tokens.admitted, replica.snapshot, partial(post_outcomes, services.store), services.clock, metrics.counted
        )
        self._discovery = Discovery(memory.edges.shelf)
        events = Events(self._feed.fanout, replica.snapshot, memory.channels)
        gate = Gate(tokens, settings.max_body_bytes)
        self._ofrep = Ofrep(replica.snapshot, gate, events, Cors(settings.cors_origins), self._traces, replica.wake)
        proxies = services.identity.proxies
        starlette = self._starlette(services, metrics, Console(console))
        self._traffic = Traffic(replica.snapshot, proxies, self._traces, _seal(settings), starlette)
        hot = Hot({TRAFFIC: self._traffic, OFREP: self._ofrep}, starlette)
        port = settings.metrics_port
        self.asgi: Hot | TwoPorts = hot if port is None else TwoPorts(hot, _only(metrics.route()), port)

    def farewell(self) -> None:
        """Say goodbye to whoever waits for something to happen."""
        self._feed.close()
        self._memory.edges.shelf.farewell()

    @property
    def stream_clients(self) -> int:
        """How many event streams are open."""
        return self._feed.clients

    def metrics(self) -> list[Metric]:
        """Give what is read at a scrape; call on the event loop."""
        sources = Sources(
            used=self._ofrep.used,
            served=self._traffic.served,
            traces=self._traces,
            evaluation=self._ofrep.durations,
            replica=self._memory.replica,
            condition=self._condition,
            stream_clients=lambda: self._feed.clients,
            ratios=self._memory.usage.ratios,
            bindings=self._memory.edges.routing.seen,
            rollouts=self._memory.rolling.rollouts.seen,
            version=__version__,
        )
        return list(read(sources))

    @property
    def _condition(self) -> Condition:
        return Condition(
            ready=lambda: not self.health.reasons,
            states=self._memory.sampler.states,
            leases=self._memory.leases,
            published_age_seconds=self._memory.published_age_seconds,
            behind=self._memory.behind,
        )

    def _starlette(self, services: Services, metrics: Metrics, console: Console) -> ASGIApp:
        memory = self._memory
        application = Starlette(
            routes=[
                *admin_routes(services),
                *self._feed.routes,
                self._live.route,
                *Controllers(services.store, services.tokens, services.max_body_bytes).routes,
                *(self._usage.route, self._outcomes.route, memory.edges.traefik.route, self._discovery.route),
                *self.health.routes(),
                *([metrics.route()] if self._metrics_here else []),
                *console.routes,
            ],
            exception_handlers=EXCEPTION_HANDLERS,
            middleware=[
                *([Middleware(TracedMiddleware)] if self._traced else []),
                Middleware(RequestIdMiddleware),
                Middleware(MetricsMiddleware, traces=self._traces, timer=time.perf_counter),
                Middleware(LastResort),
            ],
        )
        application.router.redirect_slashes = False  # a redirect would say the Host that the caller made up
        return application


def _only(route: Route) -> ASGIApp:
    return Starlette(
        routes=[route],
        exception_handlers=EXCEPTION_HANDLERS,
        middleware=[Middleware(RequestIdMiddleware), Middleware(LastResort)],
    )


def _seal(settings: Settings) -> Seal | None:
    keys = settings.cohort_key
    return Seal(keys.get_secret_value(), settings.cohort_seconds, time.time) if keys else None
