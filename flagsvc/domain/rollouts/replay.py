"""A rollout told once more by its log: from the plan and the events alone to the very state that is stored."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from flagsvc.domain.rollouts.events import Event
from flagsvc.domain.rollouts.machine import decide, placed, restored, scheduled
from flagsvc.domain.rollouts.plan import Plan
from flagsvc.domain.rollouts.records import LogEntry
from flagsvc.domain.rollouts.state import RolloutState
from flagsvc.domain.rollouts.text import event_of_text


class Stage(NamedTuple):
    """A rollout after one entry of its log; `event` is None for the first, which no machine takes."""

    entry: LogEntry
    event: Event | None
    state: RolloutState


def created_text(start_at: float, at: float) -> str:
    """Write the first entry's event, which no machine takes: when a rollout was made, and when it is to begin."""
    return json.dumps({"event": "created", "startAt": start_at, "at": at}, separators=(",", ":"))


def replayed(plan: Plan, entries: Iterable[LogEntry]) -> RolloutState:
    """Give the state that a log leads to; `entries` from the first on, in order.

    Every decision, its verdict among them, is made anew from its inputs; what effects found is taken from the log.
    Raises ValueError for a log without its beginning.
    """
    state = None
    for stage in stages(plan, entries):
        state = stage.state
    if state is None:
        raise ValueError("a log begins with the making of its rollout")
    return state


def stages(plan: Plan, entries: Iterable[LogEntry], state: RolloutState | None = None) -> Iterator[Stage]:
    """Yield the rollout after each entry, in one pass; `state`: the one before the first entry, None at the beginning.

    Raises ValueError for a log without its beginning.
    """
    for entry in entries:
        event = event_of_text(entry.event) if state else None
        state = _after(plan, state, event, entry.done) if state and event else _begun(plan, entry.event)
        yield Stage(entry, event, state)


def _begun(plan: Plan, text: str) -> RolloutState:
    members = json.loads(text)
    if members["event"] != "created":
        raise ValueError("a log begins with the making of its rollout")
    return scheduled(plan, members["startAt"], members["at"])


def _after(plan: Plan, state: RolloutState, event: Event, effects: str) -> RolloutState:
    state = decide(plan, state, event).state
    for done in json.loads(effects):
        state = _done(state, done, event.at)
    return state


def _done(state: RolloutState, done: Mapping[str, Any], at: float) -> RolloutState:
    before, after = tuple(done["before"]), tuple(done["after"])
    if done["effect"] == "move":
        return placed(state, done["target"], (before[0], before[1]), (after[0], after[1]), at)
    return restored(state, done["target"], (after[0], after[1]), at)
