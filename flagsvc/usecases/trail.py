"""The next link of an environment's chain of changes."""

from collections.abc import Sequence

from flagsvc.domain.chain import linked
from flagsvc.domain.instants import text_of
from flagsvc.domain.records import CATALOG, Change, EditSummary
from flagsvc.ports import Transaction
from flagsvc.usecases.intent import Intent


def next_change(tx: Transaction, intent: Intent, environment: str, action: str, edits: Sequence[EditSummary]) -> Change:
    """Make the change that follows the newest one of an environment, whose lock the transaction holds."""
    head = tx.head(environment)
    return linked(
        Change(
            environment=environment,
            revision=head.revision + 1 if head else 1,
            at=max(text_of(intent.now), tx.changed_at(environment)),
            actor=intent.actor,
            reason=intent.reason,
            action=action,
            edits=tuple(edits),
            previous_hash=tx.chain_head(environment),
            hash="",
        )
    )


def note(tx: Transaction, intent: Intent, action: str, edits: Sequence[EditSummary] = ()) -> Change:
    """Write into the catalogue's trail what changed no document."""
    change = next_change(tx, intent, CATALOG, action, edits)
    tx.append(change, [], {})
    return change
