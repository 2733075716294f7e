"""One binding's thread: visits its routers when they are due, and keeps how far it is. What to do is the machine's."""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar, cast

from flagsvc.domain.errors import Unavailable
from flagsvc.domain.routing import machine
from flagsvc.domain.routing.capabilities import Capabilities
from flagsvc.domain.routing.errors import RouterError
from flagsvc.domain.routing.events import Event
from flagsvc.domain.routing.share import DRAIN_SECONDS, Share, judged, watched
from flagsvc.domain.routing.state import BindingState, state_of_text
from flagsvc.domain.routing.target import Target
from flagsvc.domain.routing.visit import Reading, Visit, Visited
from flagsvc.ports import Counting, Router
from flagsvc.usecases.routing import Driven

LONGEST_SECONDS = 1.0
HEARTBEAT_SECONDS = 10.0
"""A state in which nothing but the times of readings changed is stored that often."""
AWAY_SECONDS = 1.0
COUNT_SECONDS = 5.0

T = TypeVar("T")
_log = logging.getLogger(__name__)


class Lost(Exception):
    """Somebody else drives the binding now."""


class Desk(Protocol):
    """What a driver may do besides talking to routers."""

    def now(self) -> float:
        """Unix seconds that every replica agrees on."""

    def demand_lease(self) -> None:
        """Pass while the lease is surely ours; raises Lost."""

    def keep(self, driven: Driven, state: BindingState, version: int, events: Sequence[Event]) -> None:
        """Store a state as that version; raises Lost, Unavailable."""

    def put_back(self, driven: Driven, state: BindingState) -> Event:
        """Put the split back to what is settled, and tell what became of it."""

    def failed(self, router: str) -> None:
        """Count a router that could not be told."""


@dataclass(frozen=True, slots=True)
class Named:
    """A router that the routers file names."""

    router: Router
    lock: threading.Lock


class Driver:
    """Drives one binding until it is stopped or finds that it is no longer its to drive (`lost`)."""

    def __init__(self, driven: Driven, routers: Mapping[str, Named], desk: Desk) -> None:
        self._driven, self._routers, self._desk = driven, routers, desk
        stored = driven.stored
        self._state = self._kept = state_of_text(stored.text) if stored else BindingState()
        self._version = stored.version if stored else 0
        self._kept_at = self._counted_at = float("-inf")
        self._events: list[Event] = []
        self._woken = threading.Event()
        self._stopped = False
        self.lost = False
        binding = driven.binding
        name = f"binding {binding.environment}/{binding.key}"
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def state(self) -> BindingState:
        """How far it is, as this process knows it."""
        return self._state

    @property
    def driven(self) -> Driven:
        """What it drives."""
        return self._driven

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def give(self, driven: Driven) -> None:
        """Hand over the binding and its split as they are now; at once looked at when they changed."""
        changed = (driven.binding, driven.target) != (self._driven.binding, self._driven.target)
        self._driven = driven
        if changed:
            self._woken.set()

    def stop(self) -> None:
        """End after the present call to a router; does not wait."""
        self._stopped = True
        self._woken.set()

    def join(self, seconds: float) -> None:
        """Wait for the end."""
        self._thread.join(seconds)

    def turn(self) -> float:
        """Do all that is due; gives the seconds until something is due again. Raises Lost, Unavailable."""
        driven = self._driven
        self._take(machine.begin(self._state, driven.binding, driven.target, self._desk.now()))
        self._conclude(driven)  # a deadline passes without a visit, too
        self._keep()
        while not self._stopped and driven is self._driven:
            names = machine.due(self._state, self._desk.now())
            if not names:
                break
            for name in names:
                self._visit(driven, name)
            self._conclude(driven)
        self._count()
        self._keep()
        return machine.next_due(self._state) - self._desk.now()

    def _run(self) -> None:
        while not self._stopped:
            self._woken.clear()
            pause = self._attempt()
            if not self._stopped and not self.lost:
                self._woken.wait(min(LONGEST_SECONDS, max(0.0, pause)))
            if self.lost:
                return

    def _attempt(self) -> float:
        try:
            return self.turn()
        except Lost:
            self.lost = True
        except Unavailable:
            return AWAY_SECONDS  # nothing is told that could not be stored; the supervisor says so
        except Exception:  # noqa: BLE001  # a named boundary: one binding's fault ends no other
            _log.exception("%s failed", self._thread.name)
        return AWAY_SECONDS

    def _visit(self, driven: Driven, name: str) -> None:
        named = self._routers.get(name)
        able = named.router.capabilities if named else Capabilities(granularity=1)
        visited = Visit(self._state, driven.binding, name, able, self._desk.now()).read(self._reading(name))
        self._accept(visited)
        if visited.tell is not None and named is not None:
            error = self._tell(named, name, visited.tell)
            self._accept(Visit(self._state, driven.binding, name, able, self._desk.now()).told(error))

    def _reading(self, name: str) -> Reading:
        named = self._routers.get(name)
        if named is None:
            known = ", ".join(sorted(self._routers)) or "none"
            return RouterError(f"no router {name!r} is configured here; configured: {known}", permanent=True)
        return _guarded(name, named, named.router.observe)

    def _tell(self, named: Named, name: str, target: Target) -> RouterError | None:
        self._keep()  # what all return to is stored before anything is told
        self._desk.demand_lease()
        error = _guarded(name, named, lambda: named.router.apply(target))
        if error is not None:
            self._desk.failed(name)
        return error

    def _conclude(self, driven: Driven) -> None:
        moved = machine.conclude(self._state, driven.binding, self._desk.now())
        self._take(moved)
        if moved.revert:
            self._keep()
            self._events.append(self._desk.put_back(driven, self._state))

    def _count(self) -> None:
        """See how the traffic splits, where routers count it and the present target is applied."""
        now = self._desk.now()
        if self._state.phase != "applied" or now - self._counted_at < COUNT_SECONDS:
            return
        self._counted_at = now
        for name in (router.name for router in self._state.routers if router.standing == "applied"):
            named = self._routers.get(name)
            if named is not None and named.router.capabilities.counts:
                self._count_at(name, named, now)

    def _count_at(self, name: str, named: Named, now: float) -> None:
        router, able = cast("Counting", named.router), named.router.capabilities
        raw = _guarded(name, named, router.counts)
        if isinstance(raw, RouterError):
            return  # a share that cannot be seen stays what it was: the router's own state tells of the outage
        applied_at = self._state.router(name).applied_at
        drain = DRAIN_SECONDS + able.expected_propagation_seconds
        goal = machine.goal(self._state)
        before = self._state.shares.get(name, Share())
        share = watched(before, machine.goal_of(goal), raw, applied_at, now, drain)
        share = judged(share, goal, able, now)
        if share.verdict != before.verdict and "off" in {share.verdict, before.verdict}:
            self._events.append(Event("share-off" if share.verdict == "off" else "share-ok", name, share.detail))
        self._state = replace(self._state, shares={**self._state.shares, name: share})

    def _take(self, moved: machine.Moved) -> None:
        self._state = moved.state
        self._events.extend(moved.events)

    def _accept(self, visited: Visited) -> None:
        self._state = visited.state
        self._events.extend(visited.events)

    def _keep(self) -> None:
        now = self._desk.now()
        quiet = not self._events and _blurred(self._state) == _blurred(self._kept)
        if quiet and (now - self._kept_at < HEARTBEAT_SECONDS or self._state == self._kept):
            return
        self._desk.keep(self._driven, self._state, self._version + 1, self._events)
        self._kept, self._kept_at = self._state, now
        self._version += 1
        self._events.clear()


def _guarded(name: str, named: Named, call: Callable[[], T]) -> T | RouterError:
    """Call a router, one call at a time; whatever else it raises is a fault of ours, told as a temporary error."""
    try:
        with named.lock:
            return call()
    except RouterError as error:
        return error
    except Exception as error:  # noqa: BLE001  # a named boundary: a router's file must not end the loop
        _log.exception("router %s failed", name)
        return RouterError(f"{type(error).__name__}: a fault of the service, see its log")


def _blurred(state: BindingState) -> BindingState:
    """Leave out what changes with every reading."""
    routers = tuple(replace(router, observed_at=0.0, due_at=0.0, tries=0, doubts=0) for router in state.routers)
    return replace(state, routers=routers, shares={})
