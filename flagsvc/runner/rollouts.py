"""The loop that drives rollouts: the replica that holds the lease tells the machine what is so, and asks what is due.

What to do is the machine's; measuring, smoke tests and hooks go on in threads of their own, and their answers are
events like any other. Killed anywhere, it begins again from what is stored.
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from queue import Empty, SimpleQueue

from flagsvc.domain.errors import Refused, Unavailable
from flagsvc.domain.records import Ref
from flagsvc.domain.rollouts import events
from flagsvc.domain.rollouts.decision import Decision
from flagsvc.domain.rollouts.events import Event
from flagsvc.domain.rollouts.legible import Illegible, legible_plan, legible_state
from flagsvc.domain.rollouts.machine import decide
from flagsvc.domain.rollouts.records import StoredRollout
from flagsvc.domain.rollouts.state import LIVE
from flagsvc.ports import Store, Transaction
from flagsvc.runner.asking import Asker
from flagsvc.runner.lease import HURRY_SECONDS, Lease
from flagsvc.runner.loop import Loop
from flagsvc.runner.rollout_scene import Live, Scene, Surroundings
from flagsvc.span import Value, span
from flagsvc.usecases.intent import Intent
from flagsvc.usecases.observing import facts, observed_shares
from flagsvc.usecases.reading import members_of
from flagsvc.usecases.transitions import Outrun, Seen, Transited, refused_target, transit

TURN_SECONDS = 0.5
LEASE_SECONDS = 3.0
RENEW_SECONDS = 0.7
MOST_EVENTS = 50
"""In one turn of one rollout: a machine that will not come to rest ends no other one."""
SAID = ("version", "commit", "deployer", "url")
"""What hooks are told of a deployment: what was said when the rollout was made, and never changes."""
MOST_REASON = 1000
FORWARD = LIVE - {"rolling-back"}
HELD = frozenset({"scheduled", "preparing", "baking"})
"""Phases that a freeze can hold."""
_log = logging.getLogger(__name__)


class Rollouts:
    """Drives every live rollout while this replica holds the lease; the others look on, and take over in seconds."""

    def __init__(self, store: Store, asker: Asker, lease: Lease, around: Surroundings) -> None:
        self._store, self._asker, self._lease, self._around = store, asker, lease, around
        self._seen: dict[Ref, Live] = {}
        self._heard: dict[Ref, object] = {}
        self._observed: dict[Ref, Mapping[str, int]] = {}
        self._faults: dict[Ref, str] = {}
        self._answers: SimpleQueue[tuple[Ref, Event]] = SimpleQueue()
        self._renewed = float("-inf")
        self._loop = Loop("rollouts", self.turn, TURN_SECONDS)

    def start(self) -> None:
        """Begin."""
        self._loop.start()

    def stop(self) -> None:
        """Stop after the present turn, and give the lease back; what was asked meanwhile is asked again by others."""
        self._loop.stop()
        self._asker.stop()
        try:
            self._lease.release()
        except Unavailable:
            _log.warning("the lease of rollouts could not be given back; it runs out in %g s", LEASE_SECONDS)

    def wake(self, environment: str = "") -> None:
        """Look now. Returns at once, never raises, from any thread."""
        self._loop.wake()

    def seen(self) -> Sequence[Live]:
        """Give the rollouts that this replica drives, as it knows them."""
        live = [one for one in list(self._seen.values()) if one.state.phase in LIVE]
        return [replace(one, observed=self._observed.get(one.ref, {})) for one in live]

    @property
    def leads(self) -> bool:
        """Whether this replica holds the lease."""
        return self._lease.token is not None

    def turn(self) -> None:
        """Drive every rollout once, as far as it goes; raises Unavailable."""
        answers = self._taken()
        if self._renew() is None:
            self._asker.forget()
            self._seen, self._heard = {}, {}
            return
        with self._store.reading() as view:
            stored = view.rollouts(None, LIVE)
            scene = Scene(view, {each.environment for each in stored})
        for each in stored:
            ref = Ref(each.environment, "rollout", each.key)
            token = self._renew()  # many rollouts may take longer than a lease
            if token is None:
                return
            self._tended(ref, partial(self._drive, ref, each, token, scene, answers.get(ref, [])))
        live = {Ref(each.environment, "rollout", each.key) for each in stored}
        self._asker.keep(live)
        self._seen = {ref: one for ref, one in self._seen.items() if ref in live}
        self._heard = {ref: one for ref, one in self._heard.items() if ref in live}
        self._observed = {ref: one for ref, one in self._observed.items() if ref in live}
        self._faults = {ref: one for ref, one in self._faults.items() if ref in live}

    def _tended(self, ref: Ref, drive: Callable[[], None]) -> None:
        """Drive one rollout; its fault ends no other, and is logged once and not twice a second."""
        try:
            drive()
        except Unavailable:
            raise
        except Illegible as error:
            self._seen.pop(ref, None)
            self._fault(ref, f"is held, for a newer version began it: {error}", None)
        except Exception as error:  # noqa: BLE001  # a named boundary: one rollout's fault ends no other
            self._fault(ref, f"failed: {type(error).__name__}: {error}", error)
        else:
            if self._faults.pop(ref, None):
                _log.info("rollout %s/%s goes on", ref.environment, ref.key)

    def _fault(self, ref: Ref, said: str, error: Exception | None) -> None:
        if self._faults.get(ref) != said:
            level = logging.ERROR if error else logging.WARNING
            _log.log(level, "rollout %s/%s %s", ref.environment, ref.key, said, exc_info=error)
        self._faults[ref] = said

    def _renew(self) -> int | None:
        now = time.monotonic()
        if self._lease.token is None or now - self._renewed >= RENEW_SECONDS:
            had = self._lease.token is not None
            if self._lease.renew() is not None and not had:
                _log.info("this replica drives the rollouts")
            self._renewed = now
        return self._lease.token

    def _taken(self) -> dict[Ref, list[Event]]:
        found: dict[Ref, list[Event]] = {}
        try:
            while True:
                ref, event = self._answers.get_nowait()
                self._asker.heard(ref, event)
                found.setdefault(ref, []).append(event)
        except Empty:
            return found

    def _drive(self, ref: Ref, stored: StoredRollout, token: int, scene: Scene, answers: list[Event]) -> None:
        """Tell one rollout what is so, until nothing moves it any more; then ask what is due."""
        known = self._seen.get(ref)
        live = known if known and known.version == stored.version else self._read(ref)
        if live is None:
            return
        for event in answers:
            live = self._told(live, self._completed(live, event), token)
        for _ in range(MOST_EVENTS):
            before = live.version
            for event in self._news(live, scene):
                live = self._told(live, event, token)
            live = self._told(live, self._tick(live), token)
            if live.version == before or live.state.phase not in LIVE:
                break
        self._seen[ref] = live
        if live.state.phase in LIVE and self._lease.token == token:
            self._asker.ask(live.ref, live.plan, live.state, live.deployment, self._lease.now(), self._answer)

    def _completed(self, live: Live, event: Event) -> Event:
        """Add to a measurement how traffic splits meanwhile, and ask for the budget where it would lead back."""
        if not isinstance(event, events.Measured):
            return event
        back = decide(live.plan, live.state, event).state.phase not in FORWARD
        if not back and all(target.kind != "split" for target in live.plan.targets):
            return event
        with self._store.reading() as view:
            shares = observed_shares(view, live.ref.environment, live.plan)
            seen = {name: share for name, share in shares.items() if share is not None}
            budget = self._around.budget(view, view.seconds()) if back else event.budget
        return replace(event, observed=seen, budget=budget)

    def _answer(self, ref: Ref, event: Event) -> None:
        self._answers.put((ref, event))
        self._loop.wake()

    def _read(self, ref: Ref) -> Live | None:
        with self._store.reading() as view:
            stored, document = view.rollout(ref.environment, ref.key), view.document(ref)
        if stored is None or document is None or stored.phase not in LIVE:
            return None
        members = members_of(document)
        plan, state = legible_plan(members["plan"]), legible_state(stored.text)
        deployment = members.get("deployment", {})
        said = {name: deployment[name] for name in SAID if name in deployment}
        return Live(ref, plan, state, stored.version, said)

    def _news(self, live: Live, scene: Scene) -> Iterator[Event]:
        """Yield what is so, where the world or the rollout has changed since it was heard; and that time has passed."""
        heard = (live.version, scene.of(live.ref.environment))
        if self._heard.get(live.ref) != heard:
            with self._store.reading() as view:
                found = list(facts(view, live.ref.environment, live.plan, live.state, self._lease.now()))
                shares = observed_shares(view, live.ref.environment, live.plan)
            self._observed[live.ref] = {name: share for name, share in shares.items() if share is not None}
            yield from found
            self._heard[live.ref] = heard

    def _tick(self, live: Live) -> Event:
        """Make a tick; what holds rollouts back is asked only where this one would go on."""
        free = events.Tick(at=self._lease.now())
        if live.state.phase not in HELD or decide(live.plan, live.state, free).state == live.state:
            return free
        with self._store.reading() as view:
            return replace(free, frozen=self._around.held(view, live.ref, free.at))

    def _told(self, live: Live, event: Event, token: int) -> Live:
        """Let an event move a rollout, where it does; what is refused is an event, too."""
        decision = decide(live.plan, live.state, event)
        if decision.refusal or (decision.state == live.state and not decision.effects):
            return live
        with span("rollout", "internal", _facts(live, event, decision)):
            return self._moved(live, event, token, decision)

    def _moved(self, live: Live, event: Event, token: int, decision: Decision) -> Live:
        intent = self._around.intent(_reason(live, decision)[:MOST_REASON])
        try:
            after = self._stored(live, intent, event, token)
        except Unavailable:
            raise
        except Refused as error:
            return self._refused(live, event, token, error)
        return self._after(live, after)

    def _refused(self, live: Live, event: Event, token: int, error: Refused) -> Live:
        """Tell a rollout what could not be done; its way back begins all the same, and is tried again."""
        decision = decide(live.plan, live.state, event)
        target, detail = refused_target(decision, error)
        if not target:  # it is not a place that refuses
            raise error
        if live.state.target(target).detail != detail:
            _log.warning("rollout %s/%s: %s", live.ref.environment, live.ref.key, error)
        if decision.state != live.state and all(isinstance(effect, events.Restore) for effect in decision.effects):
            intent = self._around.intent(_reason(live, decision)[:MOST_REASON])
            live = self._after(live, self._stored(live, intent, event, token, bare=True))
        return self._told(live, events.Refused(at=event.at, target=target, detail=detail), token)

    def _after(self, live: Live, after: Transited) -> Live:
        if after.stale:
            return self._read(live.ref) or Live(live.ref, live.plan, after.state, after.version, live.deployment)
        for environment in after.heads:
            self._around.wake(environment)
        if after.state.phase not in LIVE:
            self._around.ended(after.state)
        return Live(live.ref, live.plan, after.state, after.version, live.deployment)

    def _stored(self, live: Live, intent: Intent, event: Event, token: int, *, bare: bool = False) -> Transited:
        def work(tx: Transaction) -> Transited:
            tx.hurry(HURRY_SECONDS)
            return transit(tx, intent, live.ref, event, Seen(live.version, token), bare=bare)

        try:
            return self._store.run([live.ref.environment], work)
        except Outrun:
            return Transited(live.state, live.version, stale=True)


def _facts(live: Live, event: Event, decision: Decision) -> Mapping[str, Value]:
    """Say in a span which rollout moves, by what kind of event, and where to."""
    return {
        "flagsvc.environment": live.ref.environment,
        "flagsvc.rollout": live.ref.key,
        "flagsvc.rollout.event": type(event).__name__.lower(),
        "flagsvc.rollout.phase": decision.state.phase,
        "flagsvc.rollout.step": decision.state.step + 1,
    }


def _reason(live: Live, decision: Decision) -> str:
    """Say why documents change: what was said, or the step that goes on."""
    said = "; ".join(f"{note.kind}: {note.detail}" for note in decision.notes)
    state = decision.state
    step = (
        f"step {state.step + 1} of {len(live.plan.steps)} ({live.plan.steps[state.step].name})"
        if state.step >= 0
        else ""
    )
    back = f"going back: {state.cause}" if state.phase == "rolling-back" else step
    return f"rollout {live.ref.key}: {said or back}"
