"""Evaluation for callers who want the whole decision; the hot path asks `Snapshot.decide` itself."""

from typing import Any

from .decision import Decision
from .outcome import Outcome
from .snapshot import Snapshot


def evaluate(snapshot: Snapshot, key: str, context: Any) -> Decision:
    """Decide a flag for a context. Never raises: what goes wrong is in `error` and `detail`."""
    return decision_of(snapshot.decide[key](context), context, snapshot.revision)


def evaluate_split(snapshot: Snapshot, key: str, context: Any) -> Decision:
    """Decide a traffic split for a context; the variant is the backend. Never raises."""
    return decision_of(snapshot.cohorts[key](context), context, snapshot.revision)


def evaluate_all(snapshot: Snapshot, context: Any) -> dict[str, Decision]:
    """Decide every flag that is not archived, by key, as a bulk: a use of each outcome is counted. Never raises."""
    return {key: decision_of(outcome, context, snapshot.revision) for key, outcome in snapshot.bulk(context).items()}


def decision_of(outcome: Outcome, context: Any, revision: int | None) -> Decision:
    """Turn the outcome that a context led to into a decision."""
    return Decision(
        value=outcome.value,
        variant=outcome.variant,
        reason=outcome.reason,
        rule=outcome.rule,
        bucket=outcome.bucket(context),
        revision=revision,
        error=outcome.error,
        detail=outcome.detail,
        prerequisite=outcome.prerequisite,
    )
