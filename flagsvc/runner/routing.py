"""The loop that tells routers: the replica that holds the lease drives every binding, each in a thread of its own."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from threading import Lock

from flagsvc.domain.errors import Unavailable
from flagsvc.domain.instants import text_of
from flagsvc.domain.records import Head
from flagsvc.domain.routing.capabilities import Capabilities
from flagsvc.domain.routing.events import Event
from flagsvc.domain.routing.records import BindingEvent, StoredState
from flagsvc.domain.routing.state import BindingState, text_of_state
from flagsvc.domain.routing.target import Target
from flagsvc.ports import Router, Store
from flagsvc.runner.calls import Lost, Named
from flagsvc.runner.driver import Driver
from flagsvc.runner.lease import Lease
from flagsvc.runner.loop import Loop
from flagsvc.usecases.intent import Intent
from flagsvc.usecases.routing import Driven, driven, expected_version, keep_state, put_back

TURN_SECONDS = 1.0
RENEW_SECONDS = 2.0
STOP_SECONDS = 2.0
EVENTS_KEPT = timedelta(days=30)
FORGET_SECONDS, FORGOTTEN_ROWS = 3600.0, 10_000
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Seen:
    """A binding as this process drives it."""

    driven: Driven
    state: BindingState


class Routing:
    """Drives the bindings while this replica holds the lease; the others look on and take over within seconds.

    `intent(reason)` makes an intent of the service's own; `wake` is called with an environment that was changed here,
    `failed` with a router that could not be told.
    """

    def __init__(
        self,
        store: Store,
        routers: Mapping[str, Router],
        lease: Lease,
        intent: Callable[[str], Intent],
        *,
        wake: Callable[[str], None],
        failed: Callable[[str], None],
    ) -> None:
        self._store, self._lease, self._intent = store, lease, intent
        self._committed, self.failed = wake, failed
        self._routers = {name: Named(router, Lock()) for name, router in routers.items()}
        self._drivers: dict[tuple[str, str], Driver] = {}
        self._heads: Mapping[str, Head] | None = None
        self._stopped = False
        self._renewed = self._forgot = float("-inf")
        self._loop = Loop("routing", self._turn, TURN_SECONDS)

    def start(self) -> None:
        """Begin; without any router there is nothing to begin."""
        if self._routers:
            self._loop.start()

    def stop(self) -> None:
        """End every driver, wait a little for those who are talking to a router, and give the lease back."""
        self._stopped = True
        self._loop.stop()
        self._end_drivers()
        try:
            self._lease.release()
        except Unavailable:
            _log.info("the lease was not given back: it runs out by itself")

    def wake(self, environment: str = "") -> None:
        """Look at the store now, because something was committed. Returns at once, never raises, from any thread."""
        if self._routers:
            self._loop.wake()

    def seen(self) -> Sequence[Seen]:
        """Give the bindings that this replica drives, as it knows them now."""
        return [Seen(driver.driven, driver.state) for driver in list(self._drivers.values())]

    def plan(self, name: str, target: Target) -> Sequence[str]:
        """Ask a router what it would be told now; raises RouterError, KeyError for one that is not configured."""
        named = self._routers[name]
        with named.lock:
            return named.router.plan(target)

    @property
    def leads(self) -> bool | None:
        """Whether this replica holds the lease; None without any router, when it does not want it."""
        return self._lease.token is not None if self._routers else None

    @property
    def capabilities(self) -> Mapping[str, Capabilities]:
        """What the configured routers can do, by name."""
        return {name: named.router.capabilities for name, named in self._routers.items()}

    def now(self) -> float:
        """Unix seconds by the database's clock."""
        return self._lease.now()

    def demand_lease(self) -> None:
        """Pass while the lease is surely ours."""
        if self._lease.token is None:
            raise Lost

    def keep(self, one: Driven, state: BindingState, version: int, events: Sequence[Event]) -> None:
        """Store a state and what happened, under the lease's token."""
        token = self._lease.token
        binding, at = one.binding, self._at()
        rows = [
            BindingEvent(binding.environment, binding.key, event.router, event.kind, event.detail, at)
            for event in events
        ]
        stored = StoredState(binding.environment, binding.key, text_of_state(state), version, at)
        if token is None or not keep_state(self._store, stored, token, rows):
            raise Lost

    def put_back(self, one: Driven, state: BindingState) -> Event:
        """Put a split back to what is in force at its routers, if nobody changed it meanwhile."""
        if state.desired is None or state.settled is None:
            return Event("not-reverted", "", "nothing was in force before")
        because = self._intent(f"binding {one.binding.key}: {state.cause}"[:1000])
        because = replace(because, expected=expected_version(state.desired))
        why_not = put_back(self._store, because, state.desired, state.settled)
        if why_not:
            return Event("not-reverted", "", why_not)
        self._committed(one.binding.environment)
        self.wake()
        return Event("reverted", "", f"{one.binding.split} is as of {state.settled.revision}")

    def _turn(self) -> None:
        if self._stopped or not self._renew():
            self._end_drivers()
            return
        self._forget()
        with self._store.reading() as view:
            heads = view.heads()
            changed = heads != self._heads or any(driver.lost for driver in self._drivers.values())
            if not changed:
                return
            found = driven(view)
        self._assign({(one.binding.environment, one.binding.key): one for one in found})
        self._heads = heads

    def _renew(self) -> bool:
        now = self._lease.now()
        if self._lease.token is None or now - self._renewed >= RENEW_SECONDS:
            had = self._lease.token is not None
            if self._lease.renew() is not None and not had:
                self._heads = None
                _log.info("this replica tells the routers")
            self._renewed = self._lease.now()
        return self._lease.token is not None

    def _assign(self, found: Mapping[tuple[str, str], Driven]) -> None:
        for place in [place for place, driver in self._drivers.items() if place not in found or driver.lost]:
            self._drivers.pop(place).stop()
        for place, one in found.items():
            if place in self._drivers:
                self._drivers[place].give(one)
            else:
                self._begin(place, one)

    def _begin(self, place: tuple[str, str], one: Driven) -> None:
        if self._stopped:  # meanwhile: the database took its time
            return
        try:
            driver = Driver(one, self._routers, self)
        except Exception:  # noqa: BLE001  # a named boundary: a state that cannot be read ends no other binding
            _log.exception("binding %s/%s cannot be driven", *place)
            return
        self._drivers[place] = driver
        driver.start()

    def _end_drivers(self) -> None:
        drivers = list(self._drivers.values())
        self._drivers.clear()
        self._heads = None
        for driver in drivers:
            driver.stop()
        deadline = time.monotonic() + STOP_SECONDS
        for driver in drivers:
            driver.join(max(0.0, deadline - time.monotonic()))

    def _forget(self) -> None:
        if self._lease.now() - self._forgot >= FORGET_SECONDS:
            before = text_of(self._moment() - EVENTS_KEPT)
            self._store.run([], lambda tx: tx.forget_binding_events(before, FORGOTTEN_ROWS))
            self._forgot = self._lease.now()

    def _moment(self) -> datetime:
        return datetime.fromtimestamp(self._lease.now(), UTC)

    def _at(self) -> str:
        return text_of(self._moment())
