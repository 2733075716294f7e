"""One visit to a router: what it reads back as, whether it is told, and what it made of that. Pure."""

from dataclasses import dataclass, replace

from flagsvc.domain.routing.binding import Binding
from flagsvc.domain.routing.capabilities import Capabilities
from flagsvc.domain.routing.errors import RouterError
from flagsvc.domain.routing.events import Event
from flagsvc.domain.routing.grain import TooFine
from flagsvc.domain.routing.machine import FARTHEST_SECONDS, goal, shown
from flagsvc.domain.routing.observed import Observed, disagreement
from flagsvc.domain.routing.state import BindingState, RouterState
from flagsvc.domain.routing.target import Target
from flagsvc.domain.texts import storable

WATCH_SECONDS = 2.0
SLOW_WATCH_SECONDS = 15.0
"""For routers that take seconds to follow: clouds bill and throttle their readings."""
SLOW_PROPAGATION_SECONDS = 5.0
LOOK_AGAIN_SECONDS, MAX_LOOK_AGAIN_SECONDS = 0.01, 2.0
BACKOFF_SECONDS, MAX_BACKOFF_SECONDS = 0.2, 10.0
REFUSED_SECONDS = 30.0
FIGHT_SECONDS, FIGHT_TIMES = 600.0, 3
"""A router that was told again that often within that time is fought over: it is left alone, with an alarm."""
MAX_DETAIL = 1000
"""What a router says is cut there: it is kept with the state, and with every event."""
STRAY_SECONDS = 60.0
"""So long after a change, what was told before it is taken for a late write of our own (a replica that was paused)."""

Reading = Observed | RouterError | None


@dataclass(frozen=True, slots=True)
class Visited:
    """A new state, what to say about it, and the target that the router is to be told now, if any."""

    state: BindingState
    events: tuple[Event, ...] = ()
    tell: Target | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit to one router at one moment (Unix seconds), by what it is able to do."""

    state: BindingState
    binding: Binding
    name: str
    able: Capabilities
    now: float

    @property
    def router(self) -> RouterState:
        """Where the router stands."""
        return self.state.router(self.name)

    def read(self, reading: Reading) -> Visited:
        """Take in what the router reads back as (None: it holds nothing), or why it cannot be read."""
        if isinstance(reading, RouterError):
            return self._unread(reading)
        seen = replace(self, state=self.state.with_router(_seen(self.router, reading, self.able, self.now)))
        events = () if self.router.reachable else (Event("reachable", self.name, ""),)
        visited = seen.judged(reading)
        return replace(visited, events=(*events, *visited.events))

    def told(self, error: RouterError | None) -> Visited:
        """Take in that the router accepted the target, or why not; it is read before it is told again."""
        router = self.router
        if error is None:
            return self._with(standing="telling", told_at=self.now, due_at=self.now, tries=router.tries + 1)
        if error.permanent:
            return self.refused(str(error))
        pause = 0.0 if error.conflict and router.tries < FIGHT_TIMES else backoff(router.tries)
        return self._with(standing="telling", detail=str(error), tries=router.tries + 1, due_at=self.now + pause)

    def judged(self, reading: Observed | None) -> Visited:
        """Compare with the goal."""
        try:
            difference = "it holds nothing" if reading is None else disagreement(goal(self.state), reading, self.able)
        except TooFine as error:
            return self.refused(str(error))
        if not difference:
            return self._agreed()
        words = storable(difference, MAX_DETAIL)
        differs = replace(self, state=self.state.with_router(replace(self.router, detail=words)))
        return {"applied": differs.strayed, "drifted": differs.left_alone}.get(self.router.standing, differs.follow_up)(
            reading
        )

    def _agreed(self) -> Visited:
        router, wanted = self.router, goal(self.state)
        again = router.standing == "drifted" or (router.standing == "telling" and bool(router.reasserted))
        events = (Event("agrees", self.name, shown(wanted)),) if again else ()
        applied_at = router.applied_at if router.standing == "applied" else self.now
        visited = self._with(
            standing="applied", applied_revision=wanted.revision, applied_at=applied_at, told_at=0.0,
            tries=0, doubts=0, detail="", due_at=self.now + watch_seconds(self.able),
        )  # fmt: skip
        state = visited.state
        if state.phase == "paused" and all(one.standing != "drifted" for one in state.routers):
            state = replace(state, phase="applied", since=self.now, cause="")
        return Visited(state, events)

    def strayed(self, reading: Observed | None) -> Visited:
        """Decide about a router that was applied and now differs."""
        router = self.router
        if reading is not None and not router.doubts and self.able.expected_propagation_seconds >= 1:
            # what is only eventually consistent may still show the state before
            return self._with(doubts=1, due_at=self.now + min(self.able.expected_propagation_seconds, FARTHEST_SECONDS))
        recent = tuple(at for at in router.reasserted if self.now - at < FIGHT_SECONDS)
        forgot = reading is None or reading.fresh
        what = Event("forgot" if forgot else "drift", self.name, router.detail)
        if len(recent) >= FIGHT_TIMES:
            return self._paused(what, f"changed again after {len(recent)} re-assertions: {router.detail}")
        if self.binding.drift == "pause" and not (forgot or self._under_way or self._is_stray(reading)):
            return self._paused(what, router.detail)
        visited = self._with(standing="telling", doubts=0, tries=0, reasserted=(*recent, self.now), due_at=self.now)
        wanted = goal(self.state)
        return replace(visited, events=(what, Event("reasserted", self.name, shown(wanted))), tell=wanted)

    @property
    def _under_way(self) -> bool:
        """Whether an attempt is: it tells whatever it finds, and its deadline ends it."""
        return self.state.phase in {"applying", "returning"}

    def _is_stray(self, reading: Observed | None) -> bool:
        before = self.state.before
        if before is None or reading is None or self.now - self.state.since > STRAY_SECONDS:
            return False
        try:
            return not disagreement(before, reading, self.able)
        except TooFine:
            return False

    def _paused(self, what: Event, why: str) -> Visited:
        if self._under_way:
            refused = self.refused(why)
            return replace(refused, events=(what, *refused.events))
        visited = self._with(standing="drifted", doubts=0, due_at=self.now + watch_seconds(self.able))
        state = visited.state
        if state.phase != "failed":  # which goes on to hold what was settled
            state = replace(state, phase="paused", since=self.now, cause=f"{self.name}: {why}")
        return Visited(state, (what, Event("paused", self.name, why)))

    def left_alone(self, reading: Observed | None) -> Visited:
        """Go on watching a router that somebody else changed, and no more."""
        return self._with(due_at=self.now + watch_seconds(self.able))

    def follow_up(self, reading: Observed | None) -> Visited:
        """Tell a router that is not there yet, or wait for what it accepted to come into force."""
        router = self.router
        waited = self.now - router.told_at
        patience = 1.0 + 3 * self.able.expected_propagation_seconds + backoff(router.tries)
        if router.told_at and waited < patience:
            pause = min(MAX_LOOK_AGAIN_SECONDS, max(LOOK_AGAIN_SECONDS, waited / 2))
            return self._with(due_at=self.now + pause)
        return Visited(self.state, tell=goal(self.state))

    def _unread(self, error: RouterError) -> Visited:
        router = self.router
        events = (Event("unreachable", self.name, str(error)),) if router.reachable else ()
        visited = self._with(
            reachable=False, detail=str(error), tries=router.tries + 1, due_at=self.now + backoff(router.tries)
        )
        if error.permanent and router.standing in {"waiting", "telling", "failed"}:
            refused = replace(self, state=visited.state).refused(str(error))
            return replace(refused, events=(*events, *refused.events))
        return replace(visited, events=events)

    def refused(self, why: str) -> Visited:
        """Note that trying again cannot help; it is tried now and then all the same."""
        router = self.router
        said = () if router.standing == "failed" else (Event("refused", self.name, why),)
        visited = self._with(standing="failed", detail=why, tries=router.tries + 1, due_at=self.now + REFUSED_SECONDS)
        return replace(visited, events=said)

    def _with(self, **members: object) -> Visited:
        return Visited(self.state.with_router(replace(self.router, **members)))  # type: ignore[arg-type]


def backoff(tries: int) -> float:
    """Seconds until the next visit after so many failures."""
    return min(MAX_BACKOFF_SECONDS, BACKOFF_SECONDS * float(1 << min(tries, 10)))


def watch_seconds(able: Capabilities) -> float:
    """Seconds between two readings of a router that is as it shall be."""
    return SLOW_WATCH_SECONDS if able.expected_propagation_seconds >= SLOW_PROPAGATION_SECONDS else WATCH_SECONDS


def _seen(router: RouterState, reading: Observed | None, able: Capabilities, now: float) -> RouterState:
    return replace(
        router,
        reachable=True,
        observed=None if reading is None else dict(reading.weights),
        observed_revision=(reading.revision or "") if reading else "",
        observed_at=now,
        granularity=able.granularity,
    )
