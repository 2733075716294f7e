"""Starts at a time: when one is due, and what it is called, so that it happens once however the clock behaves.

Times are Unix seconds by the database's clock. A rollout leaves the phase "scheduled" once and never comes back to it,
in one compare-and-set with its log row; so no start is doubled. One that was slept through is due at once; so none is
skipped.
"""

from datetime import UTC, datetime

from flagsvc.domain.instants import text_of
from flagsvc.domain.rollouts.state import RolloutState

LONGEST_SLEEP_SECONDS = 30.0
"""The clock is looked at so often, because it may be set forward while somebody waits for a time to come."""


def is_due(state: RolloutState, now: float) -> bool:
    """Tell whether a rollout has to leave "scheduled" now; a time in the past, and 0, are due at once."""
    return state.phase == "scheduled" and state.start_at <= now


def sleep_seconds(state: RolloutState, now: float) -> float:
    """Tell how long nothing has to be done about a start: 0 when it is due, and never long."""
    return 0.0 if state.phase != "scheduled" else min(LONGEST_SLEEP_SECONDS, max(0.0, state.start_at - now))


def occurrence_of(environment: str, key: str, start_at: float) -> str:
    """Name one planned start, the same at every attempt: "production/checkout-7@2026-11-27T08:00:00.000000Z".

    A start that is moved to another time is another one. 0 is called "once": it has no time of its own.
    """
    when = text_of(datetime.fromtimestamp(start_at, UTC)) if start_at else "once"
    return f"{environment}/{key}@{when}"
