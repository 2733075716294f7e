"""One binding's thread: has its routers asked and told, and keeps how far it is. What to do is the machine's."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from queue import Empty, SimpleQueue
from typing import Protocol, cast

from flagsvc.domain.errors import Unavailable
from flagsvc.domain.routing import machine
from flagsvc.domain.routing.capabilities import Capabilities
from flagsvc.domain.routing.errors import RouterError
from flagsvc.domain.routing.events import Event
from flagsvc.domain.routing.share import DRAIN_SECONDS, Share, judged, watched
from flagsvc.domain.routing.state import BindingState, state_of_text
from flagsvc.domain.routing.target import Target
from flagsvc.domain.routing.visit import Reading, Visit, Visited
from flagsvc.ports import Counting
from flagsvc.runner.calls import Answer, Lost, Named, What, guarded
from flagsvc.span import Value, span
from flagsvc.usecases.routing import Driven

LONGEST_SECONDS = 1.0
HEARTBEAT_SECONDS = 10.0
"""A state in which nothing but the times of readings changed is stored that often."""
AWAY_SECONDS = 1.0
COUNT_SECONDS = 5.0
_log = logging.getLogger(__name__)


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


class Driver:
    """Drives one binding until it is stopped or finds that it is no longer its to drive (`lost`)."""

    def __init__(self, driven: Driven, routers: Mapping[str, Named], desk: Desk) -> None:
        self._driven, self._routers, self._desk = driven, routers, desk
        stored = driven.stored
        self._state = self._kept = state_of_text(stored.text) if stored else BindingState()
        self._version = stored.version if stored else 0
        self._kept_at = self._counted_at = float("-inf")
        self._events: list[Event] = []
        self._inbox: SimpleQueue[Answer | None] = SimpleQueue()
        self._answers: deque[Answer] = deque()
        self._busy: set[str] = set()
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
            self._inbox.put(None)

    def stop(self) -> None:
        """Begin nothing more; does not wait for calls to routers that are on their way."""
        self._stopped = True
        self._inbox.put(None)

    def join(self, seconds: float) -> None:
        """Wait for the end, and for the calls that were on their way."""
        self._thread.join(seconds)

    def turn(self) -> float:
        """Take in answers and ask whoever is due; gives the seconds until somebody is. Raises Lost, Unavailable."""
        driven = self._driven
        self._take(machine.begin(self._state, driven.binding, driven.target, self._desk.now()))
        self._conclude(driven)  # a deadline passes without a visit, too
        self._keep()
        while self._answers and not self._stopped:
            self._digest(driven, self._answers.popleft())
            self._conclude(driven)
        self._keep()
        now = self._desk.now()
        for name in machine.due(self._state, now):
            if name not in self._busy:
                self._read(name)
        self._count(now)
        return machine.next_due(self._state, self._busy) - now

    def _run(self) -> None:
        while not (self._stopped or self.lost):
            pause = self._attempt()
            if not (self._stopped or self.lost):
                self._await(min(LONGEST_SECONDS, max(0.0, pause)))
        while self._busy:
            self._await(None)

    def _await(self, seconds: float | None) -> None:
        """Wait for an answer, or for whatever else wakes, and take all that came in meanwhile."""
        with suppress(Empty):
            found = self._inbox.get(timeout=seconds)
            while True:
                if found is not None:
                    self._busy.discard(found.name)
                    self._answers.append(found)
                found = self._inbox.get_nowait()

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

    def _read(self, name: str) -> None:
        named = self._routers.get(name)
        if named is not None:
            self._ask(name, named, "read", named.router.observe)
            return
        known = ", ".join(sorted(self._routers)) or "none"
        error = RouterError(f"no router {name!r} is configured here; configured: {known}", permanent=True)
        self._busy.add(name)
        self._inbox.put(Answer(name, "read", "", error))

    def _tell(self, name: str, named: Named, target: Target) -> None:
        self._keep()  # what all return to is stored before anything is told

        def tell() -> None:
            self._desk.demand_lease()  # once more, after the wait for the router
            with span("router apply", "internal", self._facts(name, target)):
                named.router.apply(target)

        self._desk.demand_lease()
        self._ask(name, named, "told", tell)

    def _ask(self, name: str, named: Named, what: What, call: Callable[[], object]) -> None:
        """Call a router in a thread of its own, so that a slow one keeps nobody waiting; one call at a time."""
        goal = self._goal()

        def mine() -> object:
            if self._stopped or self.lost:  # meanwhile, as it waited for its turn at the router
                raise Lost
            return call()

        def work() -> None:
            self._inbox.put(Answer(name, what, goal, guarded(name, named, mine)))

        self._busy.add(name)
        threading.Thread(target=work, name=f"router {name}", daemon=True).start()

    def _facts(self, name: str, target: Target) -> Mapping[str, Value]:
        """Say in a span who is told what."""
        binding = self._driven.binding
        return {
            "flagsvc.environment": binding.environment,
            "flagsvc.binding": binding.key,
            "flagsvc.router": name,
            "flagsvc.revision": target.revision,
        }

    def _goal(self) -> str:
        return machine.goal_of(machine.goal(self._state))

    def _digest(self, driven: Driven, answer: Answer) -> None:
        """Take in an answer; what was told or counted for another goal says nothing about this one."""
        self._busy.discard(answer.name)
        name, value = answer.name, answer.value
        if answer.what == "told" and isinstance(value, RouterError):
            self._desk.failed(name)
        if all(router.name != name for router in self._state.routers):
            return
        named, now = self._routers.get(name), self._desk.now()
        able = named.router.capabilities if named else Capabilities(granularity=1)
        visit = Visit(self._state, driven.binding, name, able, now)
        if answer.what == "read":
            visited = visit.read(cast("Reading", value))
            self._accept(visited)
            if visited.tell is not None and named is not None:
                self._tell(name, named, visited.tell)
        elif answer.goal == self._goal() and answer.what == "told":
            self._accept(visit.told(cast("RouterError | None", value)))
        elif answer.goal == self._goal() and not isinstance(value, RouterError):
            self._counted(name, able, cast("Mapping[str, int]", value), now)

    def _conclude(self, driven: Driven) -> None:
        self._take(machine.conclude(self._state, driven.binding, self._desk.now()))
        if self._state.owed:
            self._keep()
            self._take(machine.answered(self._state, self._desk.put_back(driven, self._state)))

    def _count(self, now: float) -> None:
        """See how the traffic splits, where routers count it and the present target is applied."""
        if self._state.phase != "applied" or now - self._counted_at < COUNT_SECONDS:
            return
        self._counted_at = now
        for name in (router.name for router in self._state.routers if router.standing == "applied"):
            named = self._routers.get(name)
            if named is not None and named.router.capabilities.counts and name not in self._busy:
                self._ask(name, named, "counted", cast("Counting", named.router).counts)

    def _counted(self, name: str, able: Capabilities, raw: Mapping[str, int], now: float) -> None:
        """Judge; a share that could not be seen stays what it was: the router's own state tells of the outage."""
        if self._state.phase != "applied" or self._state.router(name).standing != "applied":
            return
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


def _blurred(state: BindingState) -> BindingState:
    """Leave out what changes with every reading."""
    routers = tuple(replace(router, observed_at=0.0, due_at=0.0, tries=0, doubts=0) for router in state.routers)
    return replace(state, routers=routers, shares={})
