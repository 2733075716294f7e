"""The loop that drives rollouts: the replica that holds the lease tells the machine what is so, and asks what is due.

What to do is the machine's; measuring, smoke tests and hooks go on in threads of their own, and their answers are
events like any other. Killed anywhere, it begins again from what is stored.
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from queue import Empty, SimpleQueue

from flagsvc.domain.errors import Refused, Unavailable
from flagsvc.domain.records import Ref
from flagsvc.domain.rollouts import events
from flagsvc.domain.rollouts.events import Event
from flagsvc.domain.rollouts.machine import Decision, decide
from flagsvc.domain.rollouts.plan import Plan
from flagsvc.domain.rollouts.reading import plan_of
from flagsvc.domain.rollouts.records import StoredRollout
from flagsvc.domain.rollouts.state import LIVE, RolloutState
from flagsvc.domain.rollouts.text import state_of_text
from flagsvc.ports import Store, View
from flagsvc.runner.asking import Asker
from flagsvc.runner.lease import Lease
from flagsvc.runner.loop import Loop
from flagsvc.usecases.intent import Intent
from flagsvc.usecases.observing import facts
from flagsvc.usecases.reading import members_of
from flagsvc.usecases.transitions import Outrun, Seen, Transited, refused_target, transit

TURN_SECONDS = 0.5
LEASE_SECONDS = 3.0
RENEW_SECONDS = 0.7
MOST_EVENTS = 50
"""In one turn of one rollout: a machine that will not come to rest ends no other one."""
MOST_REASON = 1000
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Live:
    """A rollout that has not ended, as it was read."""

    ref: Ref
    plan: Plan
    state: RolloutState
    version: int
    deployment: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the loop needs of its process.

    `intent(reason)` makes an intent of the service's own; `wake` is called with an environment that was changed here.
    `held(view, rollout, now)` says why a rollout may not advance at `now`, in Unix seconds; "" when it may. `ended` is
    called with the state of a rollout that ended here. `budget(view, now)` says whether one more may go back by itself:
    asked when a measurement is told and not when it is made, because many rollouts may be measured at once, and none
    may count on what another one uses up.
    """

    intent: Callable[[str], Intent]
    wake: Callable[[str], None]
    held: Callable[[View, Ref, float], str]
    budget: Callable[[View, float], bool]
    ended: Callable[[RolloutState], None]


class Rollouts:
    """Drives every live rollout while this replica holds the lease; the others look on, and take over in seconds."""

    def __init__(self, store: Store, asker: Asker, lease: Lease, around: Surroundings) -> None:
        self._store, self._asker, self._lease, self._around = store, asker, lease, around
        self._seen: dict[Ref, Live] = {}
        self._answers: SimpleQueue[tuple[Ref, Event]] = SimpleQueue()
        self._renewed = float("-inf")
        self._loop = Loop("rollouts", self._turn, TURN_SECONDS)

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
        return [one for one in list(self._seen.values()) if one.state.phase in LIVE]

    def _turn(self) -> None:
        token = self._renew()
        if token is None:
            self._asker.forget()
            self._seen = {}
            return
        answers = self._taken()
        with self._store.reading() as view:
            stored = view.rollouts(None, LIVE)
        for each in stored:
            try:
                self._drive(each, token, answers.get(Ref(each.environment, "rollout", each.key), []))
            except Unavailable:
                raise
            except Exception:  # noqa: BLE001  # a named boundary: one rollout's fault ends no other
                _log.exception("rollout %s/%s failed", each.environment, each.key)
        live = {Ref(each.environment, "rollout", each.key) for each in stored}
        self._asker.keep(live)
        self._seen = {ref: one for ref, one in self._seen.items() if ref in live}

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
                found.setdefault(ref, []).append(event)
        except Empty:
            return found

    def _drive(self, stored: StoredRollout, token: int, answers: list[Event]) -> None:
        """Tell one rollout what is so, until nothing moves it any more; then ask what is due."""
        ref = Ref(stored.environment, "rollout", stored.key)
        live = self._read(ref)
        if live is None:
            return
        for event in answers:
            live = self._told(live, self._budgeted(event), token)
        for _ in range(MOST_EVENTS):
            before = live.version
            for event in self._news(live):
                live = self._told(live, event, token)
            if live.version == before or live.state.phase not in LIVE:
                break
        self._seen[ref] = live
        if live.state.phase in LIVE and self._lease.token == token:
            self._asker.ask(live.ref, live.plan, live.state, live.deployment, self._lease.now(), self._answer)

    def _budgeted(self, event: Event) -> Event:
        if not isinstance(event, events.Measured):
            return event
        with self._store.reading() as view:
            return replace(event, budget=self._around.budget(view, view.seconds()))

    def _answer(self, ref: Ref, event: Event) -> None:
        self._answers.put((ref, event))
        self._loop.wake()

    def _read(self, ref: Ref) -> Live | None:
        with self._store.reading() as view:
            stored, document = view.rollout(ref.environment, ref.key), view.document(ref)
        if stored is None or document is None or stored.phase not in LIVE:
            return None
        members = members_of(document)
        return Live(
            ref, plan_of(members["plan"]), state_of_text(stored.text), stored.version, members.get("deployment", {})
        )

    def _news(self, live: Live) -> Iterator[Event]:
        now = self._lease.now()
        with self._store.reading() as view:
            found = list(facts(view, live.ref.environment, live.plan, live.state, now))
            frozen = self._around.held(view, live.ref, now)
        yield from found
        yield events.Tick(at=self._lease.now(), frozen=frozen)

    def _told(self, live: Live, event: Event, token: int) -> Live:
        """Let an event move a rollout, where it does; what is refused is an event, too."""
        decision = decide(live.plan, live.state, event)
        if decision.refusal or (decision.state == live.state and not decision.effects):
            return live
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
        try:
            return self._store.run(
                [live.ref.environment],
                lambda tx: transit(tx, intent, live.ref, event, Seen(live.version, token), bare=bare),
            )
        except Outrun:
            return Transited(live.state, live.version, stale=True)


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
