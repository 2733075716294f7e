"""Who switched something off: what a person has taken out of force in a hurry, no program may put back."""

from flagsvc.domain.actor import Actor
from flagsvc.domain.page import Page
from flagsvc.domain.records import Ref
from flagsvc.ports import View
from flagsvc.usecases.conditions import parsed

MOST_CHANGES = 100
"""So many changes of a document are looked through; what was switched off before them was so by somebody."""


def switched_off_by(view: View, ref: Ref, actor: Actor) -> str:
    """Name who switched a document off that was on; "" when that was `actor`, or when it never was on.

    "somebody" when that is too long ago to be found.
    """
    changes, _ = view.changes(ref.environment, Page(limit=MOST_CHANGES), ref)
    for change in changes:
        before = view.document_at(ref, change.revision - 1)
        if before is None:
            return ""
        if parsed(before[0]).get("enabled"):
            return "" if _is_same(change.actor, actor) else change.actor.name
    return "somebody" if len(changes) == MOST_CHANGES else ""


def _is_same(one: Actor, other: Actor) -> bool:
    return (one.token_id or f"{one.kind}:{one.name}") == (other.token_id or f"{other.kind}:{other.name}")
