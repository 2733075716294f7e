"""A rollout told once more by its log: from the plan and the events alone to the very state that is stored."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from flagsvc.domain.rollouts.machine import decide, placed, restored, scheduled
from flagsvc.domain.rollouts.plan import Plan
from flagsvc.domain.rollouts.records import LogEntry
from flagsvc.domain.rollouts.state import RolloutState
from flagsvc.domain.rollouts.text import event_of_text


def created_text(start_at: float, at: float) -> str:
    """Write the first entry's event, which no machine takes: when a rollout was made, and when it is to begin."""
    return json.dumps({"event": "created", "startAt": start_at, "at": at}, separators=(",", ":"))


def replayed(plan: Plan, entries: Iterable[LogEntry]) -> RolloutState:
    """Give the state that a log leads to; `entries` from the first on, in order.

    Every decision, its verdict among them, is made anew from its inputs; what effects found is taken from the log.
    Raises ValueError for a log without its beginning.
    """
    state = None
    for entry in entries:
        state = _begun(plan, entry.event) if state is None else _after(plan, state, entry)
    if state is None:
        raise ValueError("a log begins with the making of its rollout")
    return state


def _begun(plan: Plan, text: str) -> RolloutState:
    members = json.loads(text)
    if members["event"] != "created":
        raise ValueError("a log begins with the making of its rollout")
    return scheduled(plan, members["startAt"], members["at"])


def _after(plan: Plan, state: RolloutState, entry: LogEntry) -> RolloutState:
    event = event_of_text(entry.event)
    state = decide(plan, state, event).state
    for done in json.loads(entry.done):
        state = _done(state, done, event.at)
    return state


def _done(state: RolloutState, done: Mapping[str, Any], at: float) -> RolloutState:
    before, after = tuple(done["before"]), tuple(done["after"])
    if done["effect"] == "move":
        return placed(state, done["target"], (before[0], before[1]), (after[0], after[1]), at)
    return restored(state, done["target"], (after[0], after[1]), at)
