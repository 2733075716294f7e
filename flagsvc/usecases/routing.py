"""What the loop that tells routers asks of the store: what is bound, how far it is, and putting a split back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flagsvc.domain.actor import Actor
from flagsvc.domain.errors import Refused
from flagsvc.domain.records import Head, Ref
from flagsvc.domain.routing.binding import Binding, binding_of
from flagsvc.domain.routing.machine import goal_of
from flagsvc.domain.routing.records import BindingEvent, StoredState
from flagsvc.domain.routing.target import Target, target_of
from flagsvc.ports import Store, View
from flagsvc.usecases.intent import Intent
from flagsvc.usecases.reading import members_of
from flagsvc.usecases.reverts import revert_document

ROUTING = Actor("system", "routing")


@dataclass(frozen=True, slots=True)
class Driven:
    """A binding that is to be driven: the target of its split now, and how far it was when last stored."""

    binding: Binding
    target: Target
    stored: StoredState | None


def driven(view: View) -> Sequence[Driven]:
    """Read every enabled binding of every open environment whose split is in force."""
    states = {(state.environment, state.key): state for state in view.binding_states()}
    return [one for environment, head in view.heads().items() for one in _bound(view, environment, head, states)]


def _bound(view: View, environment: str, head: Head, states: Mapping[tuple[str, str], StoredState]) -> Sequence[Driven]:
    found = []
    for document in view.documents(environment, "binding"):
        if document.archived:
            continue
        binding = binding_of(environment, members_of(document))
        split = view.document(Ref(environment, "split", binding.split))
        if binding.enabled and split is not None and not split.archived:
            target = target_of(environment, members_of(split), f"{head.epoch}.{split.version}")
            found.append(Driven(binding, target, states.get((environment, binding.key))))
    return found


def keep_state(store: Store, state: StoredState, fence: int, events: Sequence[BindingEvent]) -> bool:
    """Store how far a binding is, with what happened; False, and nothing stored, when it is no longer ours to say."""

    def work(tx: Any) -> bool:
        kept: bool = tx.put_binding_state(state, fence)
        if kept:
            tx.add_binding_events(events)
        return kept

    return store.run([], work)


def put_back(store: Store, intent: Intent, desired: Target, settled: Target) -> str:
    """Put a split back to what is in force at its routers, table and all; "" when done, else why not.

    Only where the split is still at the change that could not be told, and in the same history.
    """
    environment, _, key = desired.split.partition("/")
    epoch, _, revision = settled.revision.rpartition(".")
    if not desired.revision.startswith(f"{epoch}."):
        return "it is of another history"
    try:
        revert_document(store, intent, Ref(environment, "split", key), int(revision))
    except Refused as refusal:
        return "" if _is_back(store, Ref(environment, "split", key), settled) else str(refusal)
    return ""


def _is_back(store: Store, ref: Ref, settled: Target) -> bool:
    """Whether the split says what is settled already: an answer of the database may have been lost."""
    with store.reading() as view:
        split = view.document(ref)
    if split is None or split.archived:
        return False
    return goal_of(target_of(ref.environment, members_of(split), "")) == goal_of(settled)


def expected_version(target: Target) -> int:
    """Give the version of the split's document that a target was made from."""
    return int(target.revision.rpartition(".")[2])
