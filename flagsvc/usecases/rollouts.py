"""Rollouts as people handle them: begun, watched, commanded."""

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Any

from flagsvc.domain.errors import Exists, Invalid, WrongPhase
from flagsvc.domain.members import ROLLOUT
from flagsvc.domain.page import Listing, Page
from flagsvc.domain.records import Document, Ref
from flagsvc.domain.rollouts.events import NOTES, Command, Note, Order
from flagsvc.domain.rollouts.legible import Illegible, legible_plan, legible_state
from flagsvc.domain.rollouts.plan import Plan
from flagsvc.domain.rollouts.reading import plan_of
from flagsvc.domain.rollouts.records import LogEntry
from flagsvc.domain.rollouts.status import status_of, status_of_illegible
from flagsvc.domain.rollouts.text import notes_of_text
from flagsvc.ports import Store, Transaction, View
from flagsvc.usecases.conditions import demand_clean, demand_reason
from flagsvc.usecases.holding import ADVANCING, holds, let_pass
from flagsvc.usecases.intent import Found, Intent, Written
from flagsvc.usecases.new_rollouts import demand_movable, first_state, new_members, start_seconds
from flagsvc.usecases.observing import observed_shares
from flagsvc.usecases.reading import NOUNS, demand_open, members_of, rendered, required, required_head
from flagsvc.usecases.transitions import Transited, transit
from flagsvc.usecases.writing import Plan as WritePlan
from flagsvc.usecases.writing import edit_of, perform, settle

BACKWARD = frozenset({"abort", "roll-back"})


def list_rollouts(store: Store, environment: str, page: Page) -> Listing:
    """List rollouts by key, each with `status`; raises NotFound for the environment, BadQuery for the page."""
    with store.reading() as view:
        demand_open(view, environment)
        found, cursor = view.find(environment, ROLLOUT, page)
        shown = [shown_rollout(view, document) for document in found]
    return Listing(shown, cursor)


def get_rollout(store: Store, ref: Ref) -> Found:
    """Read one rollout with `status`; raises NotFound."""
    with store.reading() as view:
        demand_open(view, ref.environment)
        document = required(view, ref)
        shown = shown_rollout(view, document)
        return Found(shown, document.version, required_head(view, ref.environment).revision)


def rollout_log(store: Store, ref: Ref, page: Page) -> Listing:
    """List what moved a rollout, newest first, each with its event as it was taken in; raises NotFound, BadQuery."""
    with store.reading() as view:
        demand_open(view, ref.environment)
        required(view, ref)
        found, cursor = view.rollout_log(ref.environment, ref.key, page)
    return Listing([_entry(entry) for entry in found], cursor)


def create_rollout(
    store: Store,
    intent: Intent,
    environment: str,
    body: Mapping[str, Any],
    bounds: Mapping[str, float] = MappingProxyType({}),
) -> Written:
    """Begin a rollout: at once, or at `startAt`. `bounds`: what is slow, in seconds, for latency metrics that say none.

    Raises HeldBack where it may not begin now and no `override` says that it shall, Invalid with everything that is
    wrong with the plan and with what it moves (another rollout that moves the same place, too), Exists, NotFound for
    the environment or the plan, and ReasonRequired.
    """

    def work(tx: Transaction) -> Written:
        demand_open(tx, environment)
        demand_reason(tx, intent, [environment])
        members = new_members(tx, intent, environment, body, bounds)
        ref = Ref(environment, ROLLOUT, members["key"])
        if tx.document(ref) is not None:
            raise Exists(NOUNS[ROLLOUT], ref.key, environment)
        plan = plan_of(members["plan"])
        demand_movable(tx, environment, plan)
        members["override"] = _let_begin(tx, intent, environment, plan, body)
        written = settle(tx, intent, WritePlan(f"{ROLLOUT}.create", [edit_of(ref, None, members)], ref))
        tx.put_rollout(*first_state(tx, ref, plan, body.get("startAt")), None)
        return replace(written, document=shown_rollout(tx, required(tx, ref)), created=True)

    demand_clean(body)
    return perform(store, intent, [environment], work)


def command(store: Store, intent: Intent, ref: Ref, order: Order, gate: str = "", reason: str = "") -> Written:
    """Ask something of a rollout; what was done already is no error, and changes nothing.

    Raises WrongPhase where it cannot be done now, HeldBack where something forbids it and the intent has no override,
    NotFound, ReasonRequired.
    """
    meant = intent if intent.reason.strip() else replace(intent, reason=reason)

    def work(tx: Transaction, *, bare: bool = False) -> Written:
        demand_open(tx, ref.environment)
        required(tx, ref)
        demand_reason(tx, meant, [ref.environment])
        event = Command(at=tx.seconds(), order=order, by=meant.actor.name, reason=meant.reason, gate=gate)
        after = _transit(tx, meant, ref, event, bare=bare)
        if order in ADVANCING and after.notes:
            after = replace(after, heads={**after.heads, **_let_advance(tx, meant, ref, order)})
        document = required(tx, ref)
        head = required_head(tx, ref.environment)
        change = f"{ref.environment}:{after.heads[ref.environment]}" if after.heads else None
        return Written(
            environment=ref.environment,
            revision=head.revision,
            document=shown_rollout(tx, document),
            version=document.version,
            change_id=change,
            heads=after.heads or {ref.environment: head.revision},
            dry_run=meant.dry_run,
        )

    demand_clean([reason, gate, dict(meant.override or {})])
    try:
        return perform(store, meant, [ref.environment], work)
    except Invalid:  # what cannot be put back now is tried again, but the way back begins
        if order not in BACKWARD:
            raise
        return perform(store, meant, [ref.environment], partial(work, bare=True))


def _transit(tx: Transaction, intent: Intent, ref: Ref, event: Command, *, bare: bool) -> Transited:
    try:
        return transit(tx, intent, ref, event, bare=bare)
    except Illegible as error:
        detail = f"{error}: a newer version of the service began this rollout, and only such a one can move it."
        raise WrongPhase(detail[0].upper() + detail[1:]) from error


def _let_begin(
    tx: Transaction, intent: Intent, environment: str, plan: Plan, body: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Give the override that a new rollout has; one that starts later waits by itself, and is not refused now."""
    now, start_at, asked = tx.seconds(), start_seconds(body.get("startAt")), body.get("override")
    if start_at > now and asked is None:
        return None
    found = holds(tx, environment, plan, max(now, start_at), intent.rollbacks_per_hour)
    return let_pass(found, None, asked, intent.actor.name, now)


def _let_advance(tx: Transaction, intent: Intent, ref: Ref, order: Order) -> Mapping[str, int]:
    """Keep the override of a command in the rollout's document; gives the new revisions."""
    current, now = required(tx, ref), tx.seconds()
    members = members_of(current)
    plan = plan_of(members["plan"]) if order == "start" else None
    found = holds(tx, ref.environment, plan, now, intent.rollbacks_per_hour)
    override = let_pass(found, members.get("override"), intent.override, intent.actor.name, now)
    if override == members.get("override"):
        return {}
    edit = edit_of(ref, current, {**members, "override": override})
    return settle(tx, intent, WritePlan(f"{ROLLOUT}.override", [edit], ref)).heads


def shown_rollout(view: View, document: Document) -> dict[str, Any]:
    """Show a rollout's document with its status."""
    members = rendered(document)
    stored = view.rollout(document.ref.environment, document.ref.key)
    if stored is None:
        return {**members, "status": None}
    try:
        plan, state = legible_plan(members["plan"]), legible_state(stored.text)
    except Illegible as error:
        return {**members, "status": status_of_illegible(stored, str(error))}
    return {**members, "status": status_of(plan, state, observed_shares(view, document.ref.environment, plan))}


def _entry(entry: LogEntry) -> dict[str, Any]:
    notes = notes_of_text(entry.notes)
    return {
        "number": entry.number,
        "at": entry.at,
        "phase": entry.phase,
        "event": json.loads(entry.event),
        "notes": [{"kind": note.kind, "detail": note.detail, "meaning": _meaning(note)} for note in notes],
        "done": json.loads(entry.done),
    }


def _meaning(note: Note) -> str:
    """Say what a note means; of one that only a newer version knows, its kind."""
    meaning = NOTES.get(note.kind)
    return meaning.text if meaning else note.kind
