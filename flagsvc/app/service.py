"""The composition root: the store, its replica in memory, the loops and the web side of one process, wired by hand."""

import logging
import random
import time
from collections.abc import Callable
from functools import partial
from math import isfinite
from pathlib import Path

from flagsdk.wire import Change, Sign, unsigned
from flagsvc.app.backfilling import Backfilling
from flagsvc.app.edges import Edges
from flagsvc.app.founding import Founding, found, mint, now
from flagsvc.app.metric_sources import build_sources
from flagsvc.app.notices import build_delivery
from flagsvc.app.report import PublicationReport, begin_at_nothing
from flagsvc.app.rolling import Rolling
from flagsvc.app.web import PACKAGED_CONSOLE, Memory, Web
from flagsvc.domain.analysis.own import OWN
from flagsvc.domain.errors import Unavailable, for_the_log
from flagsvc.domain.sessions import SessionLimits
from flagsvc.http.authentication import KnownToken, TokenBook, known_tokens
from flagsvc.http.health import Lifecycle
from flagsvc.http.identity import Identity
from flagsvc.http.kept import REFRESH_SECONDS
from flagsvc.http.metrics import Metrics
from flagsvc.http.ofrep_channel import Channels
from flagsvc.http.process import Process
from flagsvc.http.services import Services
from flagsvc.http.sessions import SessionBook
from flagsvc.http.traffic_unit import Proxies
from flagsvc.metric_sources.own import Own
from flagsvc.ports import MetricSource
from flagsvc.publisher import RedisPublisher
from flagsvc.runner import probes
from flagsvc.runner.loop import Loop
from flagsvc.runner.replica import Replica
from flagsvc.runner.sampler import Probe, Sampler
from flagsvc.runner.server import Departure
from flagsvc.runner.usage import UsageLog
from flagsvc.runner.waker import Waker
from flagsvc.settings import Settings, load_metric_sources, load_notifiers, load_routers
from flagsvc.signing import Signer
from flagsvc.store import Damaged, SchemaState, demand_current, open_store, standing, upgrade
from flagsvc.usecases.sessions import forget_sessions, kept_sessions, record_session_use
from flagsvc.usecases.tokens import record_use

USE_SECONDS = 60.0
"""How coarsely the use of a token is recorded."""

WAITING = "waiting for the database"
_log = logging.getLogger(__name__)


class Service:
    """One process of the service: `start`, serve `asgi`, `stop`. A drawn admin token is handed to `announce`, once.

    `console` has the console's built files; without any there is no console, and nothing else lacks.
    Raises store.Damaged for a database that must not be used.
    """

    def __init__(
        self,
        settings: Settings,
        founding: Founding,
        announce: Callable[[str], None],
        *,
        console: Path = PACKAGED_CONSOLE,
    ) -> None:
        self._settings, self._founding, self._announce, self._started_at = settings, founding, announce, now()
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.store = open_store(
            settings.database, chance=random.random, patience_seconds=settings.database_patience_seconds
        )
        self._sign: Sign = unsigned if settings.signing is None else Signer(settings.signing).sign
        self.replica = Replica(self.store, sign=self._sign, poll_seconds=settings.poll_seconds)
        self.replica.subscribe(self._applied)
        self.tokens = TokenBook(self._known_tokens, now, time.monotonic)
        limits = SessionLimits(settings.session_idle_seconds, settings.session_seconds)
        self.sessions = SessionBook(lambda: kept_sessions(self.store), limits, now, time.monotonic)
        self._channels = Channels()
        self._lifecycle = Lifecycle(obstacles={WAITING})
        self._sampler = Sampler(self._probes())
        self._metrics = Metrics()
        self._publication = PublicationReport(self._metrics, settings.reconcile_seconds)
        self._over_redis: tuple[RedisPublisher, Waker] | None = self._connect_redis()
        self.edges = Edges(
            self.store,
            load_routers(settings.routers),
            wake=partial(self._committed, actor="system"),
            failed=lambda router: self._metrics.router_failures.labels(router).inc(),
        )
        named = build_sources(load_metric_sources(settings.metric_sources))
        self._sources: dict[str, MetricSource] = {**named, OWN: Own(self.store, time.time)}
        self.rolling = Rolling(
            self.store,
            settings,
            self._sources,
            wake=partial(self._committed, actor="system"),
            ended=self._metrics.rollout_ended,
        )
        notifiers = load_notifiers(settings.notifiers)
        self._notifiers = tuple(spec.name for spec in notifiers)
        begin_at_nothing(self._metrics, self._notifiers)
        self._notices = build_delivery(
            self.store, notifiers, lambda *labels: self._metrics.notices.labels(*labels).inc()
        )
        self._backfilling = Backfilling(self.store, self._metrics.backfilled)
        self._usage = UsageLog(self.store, now, self._metrics.reported)
        self._web = Web(settings, self._services(), self._memory(), self._metrics, console)
        self._metrics.read_from(self._web.metrics)
        self._token_loops = (
            Loop("tokens", self.tokens.refresh, REFRESH_SECONDS),
            Loop("use of tokens", self._record_use, USE_SECONDS),
            Loop("sessions", self.sessions.refresh, REFRESH_SECONDS),
            Loop("use of sessions", self._tend_sessions, USE_SECONDS),
        )
        self._founding_loop = Loop("first start", self._begin_late, 1.0)
        self.asgi = self._web.asgi

    def start(self) -> None:
        """Bring everything up; with a database that does not answer, serve what can be served and go on trying."""
        try:
            self._begin()
        except Damaged:
            raise
        except Exception as error:
            if self._settings.is_embedded:
                raise
            _log.warning(
                "the database cannot be used yet: %s",
                for_the_log(error) if isinstance(error, Unavailable) else type(error).__name__,
            )
            self._founding_loop.start()
        self._sampler.start()

    def stop(self) -> None:
        """Stop every loop and close every connection, within a few seconds at worst."""
        for loop in (self._founding_loop, *self._token_loops):
            loop.stop(seconds=0.5)
        for part in (self.rolling, self._notices, self._backfilling, self.edges, self.replica):
            part.stop()
        for watcher in (self._web.watch, self._usage, self._sampler):
            watcher.stop()
        if self._over_redis:
            publisher, waker = self._over_redis
            waker.stop()
            publisher.close(1.0)
        self.store.close()

    @property
    def departure(self) -> Departure:
        """How the server leaves."""
        return Departure(
            unready=self._unready,
            farewell=self._web.farewell,
            drain_seconds=self._settings.drain_seconds,
            open_seconds=self._settings.shutdown_seconds,
        )

    def _begin(self) -> None:
        self._bring_schema()
        drawn = found(self.store, self._founding)
        if drawn:
            self._announce(drawn)
        self.tokens.refresh()
        self.sessions.refresh()
        self.replica.turn()
        self.replica.start()
        for part in (
            *self._token_loops,
            self._usage,
            self.edges,
            self.rolling,
            self._notices,
            self._backfilling,
            *(self._over_redis or ()),
        ):
            part.start()
        self._lifecycle.obstacles.discard(WAITING)

    def _bring_schema(self) -> None:
        try:
            if self._settings.database_upgrade:
                upgrade(self.store.engine)
            found = standing(self.store.engine)
        except Exception as error:
            if type(error).__name__ == "OperationalError" and not self._settings.is_embedded:
                raise Unavailable("the database does not answer") from error  # the driver's class for just that
            raise
        if found.state in {SchemaState.EMPTY, SchemaState.OLDER}:
            raise Unavailable(f"the schema is {found.state.value}: run `flagsvc db upgrade`")
        demand_current(self.store.engine)

    def _begin_late(self) -> None:
        self._begin()
        self._founding_loop.finish()

    def _unready(self) -> None:
        self._lifecycle.draining = True

    def _connect_redis(self) -> tuple[RedisPublisher, Waker] | None:
        url = self._settings.redis
        if url is None:
            return None
        publisher = RedisPublisher(
            url, self.store, self._publication, sign=self._sign, every_seconds=self._settings.reconcile_seconds
        )
        return publisher, Waker(url, self.replica.environments, self.replica.wake)

    def _services(self) -> Services:
        return Services(
            store=self.store,
            identity=Identity(
                tokens=self.tokens, sessions=self.sessions, proxies=Proxies(self._settings.trusted_proxies)
            ),
            wake=self._committed,
            clock=now,
            mint=mint,
            routers=self.edges.routing.capabilities,
            router_kinds=self.edges.kinds,
            plan=self.edges.routing.plan,
            metric_sources=self._sources,
            max_body_bytes=self._settings.max_body_bytes,
            rollbacks_per_hour=self._settings.rollbacks_per_hour,
            process=self._process,
        )

    def _process(self) -> Process:
        snapshots = map(self.replica.snapshot, self.replica.environments())
        return Process(
            started_at=self._started_at,
            status=self._web.health.status,
            reasons=self._web.health.reasons,
            database=self.store.engine.dialect.name,
            states=self._sampler.states(),
            held={snapshot.environment: snapshot.revision for snapshot in snapshots if snapshot},
            age_seconds=self.replica.age_seconds if isfinite(self.replica.age_seconds) else None,
            published=self._publication.revisions,
            stream_clients=self._web.stream_clients,
            notifiers=self._notifiers,
            metrics_here=self._settings.metrics_port is None,
        )

    def _memory(self) -> Memory:
        return Memory(
            replica=self.replica,
            channels=self._channels,
            sampler=self._sampler,
            lifecycle=self._lifecycle,
            usage=self._usage,
            edges=self.edges,
            rolling=self.rolling,
            published_age_seconds=lambda: self._publication.age_seconds if self._over_redis else None,
            behind=lambda: {*self.replica.regressed, *self._publication.behind()},
        )

    def _probes(self) -> dict[str, Probe]:
        return {
            "database": probes.database(self.store),
            "schema": probes.schema(lambda: standing(self.store.engine)),
            "redis": probes.redis_server(self._settings.redis, self.replica.environments),
            "disk": probes.disk(self._settings.database_folder),
            "memory": probes.memory(),
            "snapshot": probes.snapshot(self.replica),
        }

    def _committed(self, environment: str, actor: str = "token") -> None:
        """Wake whoever follows the store; called after each commit of this process."""
        self.replica.wake(environment)
        self._web.watch.wake()
        self.edges.routing.wake(environment)
        self.rolling.rollouts.wake(environment)
        self._notices.wake(environment)
        if self._over_redis:
            self._over_redis[0].wake(environment)
        self._metrics.changes.labels(environment, actor).inc()

    def _applied(self, environment: str, change: Change | None) -> None:
        if change is not None:
            self._metrics.propagation.observe(max(0.0, time.time() - change.at / 1000))
        self._web.watch.wake()

    def _known_tokens(self) -> list[KnownToken]:
        known = list(known_tokens(self.store))
        self._channels.learn(known)
        return known

    def _record_use(self) -> None:
        used = self.tokens.take_used()
        if used:
            record_use(self.store, dict.fromkeys(used, now()))

    def _tend_sessions(self) -> None:
        if used := self.sessions.used():
            record_session_use(self.store, used)
        if self.sessions.any_over():
            forget_sessions(self.store, now(), self.sessions.limits)
