"""What a rollout drives is moved by it alone: others are refused, and a revert takes the place from the rollout."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple

from flagsvc.domain.errors import RolloutActive
from flagsvc.domain.members import ROLLOUT
from flagsvc.domain.records import CATALOG, Edit, Ref, is_archived
from flagsvc.domain.rollouts.legible import Illegible, legible_state, targets_of
from flagsvc.domain.rollouts.places import served_text
from flagsvc.domain.rollouts.plan import PlanTarget
from flagsvc.domain.rollouts.state import TERMINAL
from flagsvc.ports import View
from flagsvc.usecases.conditions import parsed
from flagsvc.usecases.intent import Intent
from flagsvc.usecases.reading import NOUNS, members_of

DRIVEN_KINDS = frozenset({"flag", "split"})


class Driver(NamedTuple):
    """A live rollout, and one of its targets."""

    rollout: Ref
    target: PlanTarget


def drivers_of(view: View, ref: Ref) -> Iterator[Driver]:
    """Yield the live rollouts that drive places of a document."""
    for name in view.users(ref.environment, ref.name):
        kind, _, key = name.partition("/")
        if kind == ROLLOUT:
            yield from (
                Driver(Ref(ref.environment, ROLLOUT, key), target)
                for target in live_targets(view, Ref(ref.environment, ROLLOUT, key))
                if (target.kind, target.key) == (ref.kind, ref.key)
            )


def live_targets(view: View, rollout: Ref) -> tuple[PlanTarget, ...]:
    """Read what a rollout moves that has not ended and what nobody has taken from it; nothing for any other.

    Of one that only a newer version can read this is all that its plan names.
    """
    stored = view.rollout(rollout.environment, rollout.key)
    if stored is None or stored.phase in TERMINAL:
        return ()
    taken: set[str] = set()
    with suppress(Illegible):
        taken = {target.name for target in legible_state(stored.text).targets if target.released}
    targets = targets_of(members_of(view.document(rollout))["plan"])
    return tuple(target for target in targets if target.name not in taken)


def demand_undriven(view: View, intent: Intent, edits: Sequence[Edit]) -> None:
    """Pass for edits that move nothing that somebody else's rollout drives; raises RolloutActive.

    A revert takes what it needs, and the service itself (routers that could not be told, the rollout) may: the rollout
    sees it, and does what its plan says. Switching a flag or split off is no move.
    """
    if intent.actor.kind == "system" or intent.takes:
        return
    for edit in edits:
        if edit.before is None or edit.ref.kind not in DRIVEN_KINDS or edit.ref.environment == CATALOG:
            continue
        for driver in drivers_of(view, edit.ref):
            if driver.rollout.key != intent.rollout and _moves(edit, driver.target.rule):
                what = f"{NOUNS[edit.ref.kind].capitalize()} {edit.ref.key!r}"
                raise RolloutActive(what, driver.rollout.key)


def _moves(edit: Edit, rule: str) -> bool:
    if is_archived(edit.after):
        return True
    before = parsed(edit.before or "{}")
    return served_text(before, rule) != served_text(parsed(edit.after), rule)
