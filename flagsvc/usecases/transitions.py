"""One transition of a rollout: state, log and the edits that follow, in one transaction, or nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from flagsdk.wire import canonical
from flagsvc.domain.errors import Invalid, NotFound, WrongPhase
from flagsvc.domain.members import ROLLOUT
from flagsvc.domain.records import Edit, Ref
from flagsvc.domain.rollouts.decision import Decision
from flagsvc.domain.rollouts.deployment import deployment_after, moment
from flagsvc.domain.rollouts.events import Effect, Event, Move, Note, Restore
from flagsvc.domain.rollouts.legible import legible_plan, legible_state
from flagsvc.domain.rollouts.machine import decide, placed, restored
from flagsvc.domain.rollouts.places import served_text, weights_wanted, with_served
from flagsvc.domain.rollouts.plan import Plan as RolloutPlan
from flagsvc.domain.rollouts.plan import PlanTarget
from flagsvc.domain.rollouts.records import LogEntry, StoredRollout
from flagsvc.domain.rollouts.state import RolloutState
from flagsvc.domain.rollouts.telling import notice_of
from flagsvc.domain.rollouts.text import text_of_event, text_of_notes, text_of_state
from flagsvc.ports import Transaction
from flagsvc.usecases.documents import replacement
from flagsvc.usecases.intent import Intent
from flagsvc.usecases.reading import demand_open, members_of, required
from flagsvc.usecases.weights import reweighed
from flagsvc.usecases.writing import Plan, edit_of, settle


class Seen(NamedTuple):
    """What whoever drives a rollout has seen: the version of its state, and their own token of the lease."""

    version: int
    fence: int


class Outrun(Exception):
    """Somebody else drives this rollout now: nothing of the transition may be stored."""


@dataclass(frozen=True, slots=True)
class Transited:
    """What became of an event: the state after it, and new revisions. `stale`: somebody was faster."""

    state: RolloutState
    version: int
    notes: tuple[Note, ...] = ()
    heads: Mapping[str, int] = field(default_factory=dict)
    stale: bool = False


def transit(
    tx: Transaction,
    intent: Intent,
    ref: Ref,
    event: Event,
    seen: Seen | None = None,
    *,
    bare: bool = False,
) -> Transited:
    """Let an event move a rollout; nothing is stored where it changes nothing.

    `seen` by the loop that drives; another version is stale. People's commands need none.
    `bare`: leave the effects for later, where they only put back, which a tick asks for again. Raises
    NotFound, WrongPhase for a command that the phase does not take, and Invalid where a place cannot be moved so;
    Illegible for a rollout of a newer version; and Outrun, which must end the transaction.
    """
    demand_open(tx, ref.environment)
    stored = tx.rollout(ref.environment, ref.key)
    if stored is None:
        raise NotFound(ROLLOUT, ref.key, ref.environment)
    before = legible_state(stored.text)
    if seen is not None and stored.version != seen.version:
        return Transited(before, stored.version, stale=True)
    document = members_of(required(tx, ref))
    plan = legible_plan(document["plan"])
    decision = decide(plan, before, event)
    if decision.refusal:
        raise WrongPhase(decision.refusal)
    if decision.state == before and not decision.effects:
        return Transited(before, stored.version)
    mover = _Mover(tx, replace(intent, rollout=ref.key, expected=None), ref, plan, event.at)
    state, done = mover.perform(decision.state, () if bare else decision.effects)
    mover.record(state)
    after, entry = _kept(stored, state, event, decision.notes, done)
    if not tx.put_rollout(after, entry, seen.fence if seen else None):
        raise Outrun  # and with it go the edits
    told = notice_of(entry, plan, state, decision.notes, document["deployment"])
    tx.add_notices([told] if told else [])
    return Transited(state, stored.version + 1, decision.notes, mover.heads)


def _kept(
    stored: StoredRollout, state: RolloutState, event: Event, notes: tuple[Note, ...], done: list[dict[str, Any]]
) -> tuple[StoredRollout, LogEntry]:
    number, at = stored.version + 1, moment(event.at)
    after = StoredRollout(stored.environment, stored.key, state.phase, text_of_state(state), number, at)
    said = text_of_notes(notes)
    entry = LogEntry(
        stored.environment, stored.key, number, at, state.phase, text_of_event(event), said, canonical(done)
    )
    return after, entry


class _Mover:
    """Does the effects of one decision, as edits of the rollout."""

    def __init__(self, tx: Transaction, intent: Intent, ref: Ref, plan: RolloutPlan, at: float) -> None:
        self._tx, self._intent, self._ref, self._plan, self._at = tx, intent, ref, plan, at
        self.heads: dict[str, int] = {}

    def perform(self, state: RolloutState, effects: tuple[Effect, ...]) -> tuple[RolloutState, list[dict[str, Any]]]:
        """Do them in order; gives the state that knows what is where now, and the same as facts for the log."""
        done = []
        for effect in effects:
            target = self._plan.target(effect.target)
            before, after = self._edited(state, target, effect)
            if isinstance(effect, Move):
                state = placed(state, target.name, before, after, self._at)
            else:
                state = restored(state, target.name, after, self._at)
            what = type(effect).__name__.lower()
            done.append({"effect": what, "target": target.name, "before": list(before), "after": list(after)})
        return state, done

    def record(self, state: RolloutState) -> None:
        """Write where the deployment stands into the rollout's document, where that has changed."""
        current = required(self._tx, self._ref)
        members = members_of(current)
        deployment = deployment_after(members["deployment"], state)
        if deployment != members["deployment"]:
            edit = edit_of(self._ref, current, {**members, "deployment": deployment})
            self._settle(f"{ROLLOUT}.{deployment['status']}", edit)

    def _edited(
        self, state: RolloutState, target: PlanTarget, effect: Effect
    ) -> tuple[tuple[str, int], tuple[str, int]]:
        ref = Ref(self._ref.environment, target.kind, target.key)
        current = required(self._tx, ref)
        members = members_of(current)
        before = served_text(members, target.rule), current.version
        if isinstance(effect, Restore):
            edit = edit_of(ref, current, with_served(members, target.rule, state.target(target.name).saved))
            self._settle(f"{target.kind}.restore-place", edit)
        else:
            weights = weights_wanted(members, target, effect.weights)
            body = reweighed(members, {"weights": weights, "rule": target.rule or None})
            self._settle_plan(replacement(self._intent, "step", current, body))
        after = required(self._tx, ref)
        return before, (served_text(members_of(after), target.rule), after.version)

    def _settle(self, action: str, edit: Edit) -> None:
        self._settle_plan(Plan(action, [edit], edit.ref))

    def _settle_plan(self, plan: Plan) -> None:
        self.heads.update(settle(self._tx, self._intent, plan).heads)


def refused_target(decision: Decision, error: Exception) -> tuple[str, str]:
    """Name the target that could not be moved, and why, for the event that says so."""
    detail = "; ".join(fault.detail for fault in error.faults) if isinstance(error, Invalid) else str(error)
    return (decision.effects[0].target if decision.effects else ""), detail
