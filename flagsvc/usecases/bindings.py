"""Bindings with how far they are, what happened to them, and what people ask of them: another try, going on."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from flagsvc.domain.errors import WrongPhase
from flagsvc.domain.members import BINDING
from flagsvc.domain.page import Listing, Page
from flagsvc.domain.records import Document, Ref
from flagsvc.domain.routing.binding import Binding, binding_of
from flagsvc.domain.routing.capabilities import Capabilities
from flagsvc.domain.routing.events import EVENTS
from flagsvc.domain.routing.records import BindingEvent
from flagsvc.domain.routing.state import BindingState, Phase, state_of_text
from flagsvc.domain.routing.status import status_of
from flagsvc.domain.routing.target import Target, target_of
from flagsvc.ports import Store, Transaction, View
from flagsvc.usecases.conditions import demand_live
from flagsvc.usecases.documents import editable
from flagsvc.usecases.intent import Found, Intent, Written
from flagsvc.usecases.reading import (
    demand_open,
    members_of,
    open_environments,
    rendered,
    required,
    required_head,
)
from flagsvc.usecases.writing import Plan, edit_of, locks_of, perform, settle

Routers = Mapping[str, Capabilities]


class Command(NamedTuple):
    """What may be asked of a binding: its name in the trail, the phase that it is for, and that phase in words."""

    name: str
    phase: Phase
    meaning: str


RETRY = Command("retry", "failed", "could not be brought about")
RESUME = Command("resume", "paused", "is paused")


def list_bindings(store: Store, environment: str, page: Page, routers: Routers) -> Listing:
    """List bindings, each with `status`; raises NotFound for the environment, BadQuery for the page."""
    with store.reading() as view:
        demand_open(view, environment)
        found, cursor = view.find(environment, BINDING, page)
        states = _states(view, environment)
    return Listing([_shown(document, states, routers) for document in found], cursor)


def get_binding(store: Store, ref: Ref, routers: Routers) -> Found:
    """Read one binding with `status`, archived or not; raises NotFound."""
    with store.reading() as view:
        demand_open(view, ref.environment)
        document = required(view, ref)
        states = _states(view, ref.environment)
        revision = required_head(view, ref.environment).revision
    return Found(_shown(document, states, routers), document.version, revision)


def ask_again(store: Store, intent: Intent, ref: Ref, command: Command) -> Written:
    """Ask for another attempt, as an edit of the binding; nothing changes while one is under way already.

    Raises WrongPhase where it is neither in the command's phase nor on its way, and what `put_document` raises.
    """

    def work(tx: Transaction) -> Written:
        current = editable(tx, intent, ref)
        demand_live(current)
        members = members_of(current)
        under_way = _under_way(members, _states(tx, ref.environment).get(ref.key), command)
        after = members if under_way else {**members, "attempt": members["attempt"] + 1}
        return settle(tx, intent, Plan(f"{BINDING}.{command.name}", [edit_of(ref, current, after)], ref))

    return perform(store, intent, locks_of(ref.environment, BINDING), work)


def list_events(store: Store, environment: str, key: str | None, page: Page) -> Listing:
    """List what happened to the bindings of an environment, or to one, newest first; raises NotFound, BadQuery."""
    with store.reading() as view:
        demand_open(view, environment)
        if key is not None:
            required(view, Ref(environment, BINDING, key))
        found, cursor = view.binding_events(environment, key, page)
    return Listing([_event(event) for event in found], cursor)


def drivers(store: Store) -> dict[str, Ref]:
    """Name the binding that drives each router, switched on or not, in every open environment."""
    with store.reading() as view:
        documents = [
            document for environment in open_environments(view) for document in view.documents(environment, BINDING)
        ]
    live = (document for document in documents if not document.archived)
    return {router: document.ref for document in live for router in members_of(document)["routers"]}


def wanted_now(store: Store, ref: Ref) -> tuple[Binding, Target]:
    """Read a binding, and what its routers would be told now; raises NotFound, Archived."""
    with store.reading() as view:
        demand_open(view, ref.environment)
        document = required(view, ref)
        demand_live(document)
        binding = binding_of(ref.environment, members_of(document))
        split = required(view, Ref(ref.environment, "split", binding.split))
        epoch = required_head(view, ref.environment).epoch
    return binding, target_of(ref.environment, members_of(split), f"{epoch}.{split.version}")


def _under_way(members: Mapping[str, Any], state: BindingState | None, command: Command) -> bool:
    """Tell whether an attempt was asked for already; raises WrongPhase where none can be."""
    if not members["enabled"]:
        raise WrongPhase(f"The binding is switched off: only one that {command.meaning} takes this.")
    if state is None or members["attempt"] != state.attempt or state.phase == "applying":
        return True
    if state.phase != command.phase:
        raise WrongPhase(f"The binding is {state.phase}: only one that {command.meaning} takes this.")
    return False


def _states(view: View, environment: str) -> dict[str, BindingState]:
    return {stored.key: state_of_text(stored.text) for stored in view.binding_states(environment)}


def _shown(document: Document, states: Mapping[str, BindingState], routers: Routers) -> dict[str, Any]:
    members = rendered(document)
    state = states.get(document.ref.key)
    shown = state is not None and members["enabled"] and not document.archived
    return {**members, "status": status_of(state, routers) if state and shown else None}


def _event(event: BindingEvent) -> dict[str, Any]:
    return {
        "number": event.number,
        "at": event.at,
        "binding": event.binding,
        "router": event.router or None,
        "kind": event.kind,
        "meaning": EVENTS.get(event.kind, ""),
        "detail": event.detail,
    }
