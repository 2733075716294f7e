"""A revert takes places from the rollouts that move them: they are aborted first, and put back everything else."""

from collections.abc import Collection
from contextlib import suppress

from flagsvc.domain.records import Ref
from flagsvc.domain.rollouts.events import Interfered
from flagsvc.domain.rollouts.legible import Illegible
from flagsvc.domain.rollouts.state import LIVE
from flagsvc.ports import Transaction
from flagsvc.usecases.driving import drivers_of
from flagsvc.usecases.intent import Intent
from flagsvc.usecases.transitions import transit


def release(tx: Transaction, intent: Intent, refs: Collection[Ref]) -> None:
    """Take what rollouts drive of these documents from them."""
    taken: dict[Ref, list[str]] = {}
    for ref in refs:
        for driver in drivers_of(tx, ref):
            taken.setdefault(driver.rollout, []).append(driver.target.name)
    for rollout, targets in taken.items():
        said = f"was reverted by {intent.actor.name}"
        event = Interfered(at=tx.seconds(), targets=tuple(targets), detail=said, released=True)
        with suppress(Illegible):  # whoever can read it sees that its place was changed, and pauses it
            transit(tx, intent, rollout, event)


def release_all(tx: Transaction, intent: Intent, environment: str) -> None:
    """Take everything from the rollouts of an environment."""
    live = [stored.key for stored in tx.rollouts(environment, LIVE)]
    documents = [document.ref for kind in ("flag", "split") for document in tx.documents(environment, kind)]
    release(tx, intent, documents if live else [])
