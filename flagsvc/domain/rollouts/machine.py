"""The machine of a rollout: what each event does in each phase. Everything that moves a rollout comes through here.

Reports are only taken in; a tick advances, and a bad verdict, a failure or a command leads back. Effects are done in
the transaction that stores the state, or not at all. Pure.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from flagsvc.domain.rollouts.commands import COMMANDS
from flagsvc.domain.rollouts.decision import Decision
from flagsvc.domain.rollouts.events import Command, Event
from flagsvc.domain.rollouts.plan import Plan
from flagsvc.domain.rollouts.reports import REPORTS
from flagsvc.domain.rollouts.state import Phase, RolloutState, TargetState
from flagsvc.domain.rollouts.ticks import tick

_FACTS = frozenset({"tick", "routed", "answered", "measured", "primed", "shared", "interfered", "refused"})
_STOPS = frozenset({"pause", "abort", "roll-back"})

ACCEPTED: Mapping[Phase, frozenset[str]] = {
    "scheduled": frozenset({"tick", "start", "interfered", "abort"}),
    "preparing": frozenset({"tick", "answered", "primed", "refused", "interfered", "pass", "fail"}) | _STOPS,
    "moving": frozenset({"tick", "routed", "answered", "primed", "refused", "interfered", "pass", "fail"}) | _STOPS,
    "baking": _FACTS | _STOPS | {"promote", "promote-full", "pass", "fail"},
    "verifying": _FACTS | _STOPS | {"promote", "pass", "fail"},
    "paused": _FACTS | {"resume", "retry", "promote", "promote-full", "abort", "roll-back", "pass", "fail"},
    "rolling-back": frozenset({"tick", "routed", "answered", "refused", "interfered", "retry", "pass"}),
    "succeeded": frozenset(),
    "rolled-back": frozenset(),
    "aborted": frozenset(),
}
"""Which events each phase takes: commands by their order, everything else by its kind."""

ALREADY: Mapping[str, frozenset[Phase]] = {
    "start": frozenset({"preparing", "moving", "baking", "verifying"}),
    "pause": frozenset({"paused"}),
    "resume": frozenset({"preparing", "moving", "baking", "verifying"}),
    "abort": frozenset({"rolling-back", "rolled-back", "aborted"}),
    "roll-back": frozenset({"rolling-back", "rolled-back", "aborted"}),
}
"""Commands that were done already, so that asking twice is asking once."""


def kind_of(event: Event) -> str:
    """Give the word of ACCEPTED for an event."""
    return event.order if isinstance(event, Command) else type(event).__name__.lower()


def decide(plan: Plan, state: RolloutState, event: Event) -> Decision:
    """Say what becomes of a rollout when this happens."""
    kind = kind_of(event)
    if kind not in ACCEPTED[state.phase]:
        done = state.phase in ALREADY.get(kind, ())
        return Decision(state, refusal="" if done else f"A rollout that is {state.phase} does not take {kind!r}.")
    return _HANDLERS[kind](plan, state, event)


def scheduled(plan: Plan, start_at: float, now: float) -> RolloutState:
    """Give the state of a new rollout; with `start_at` 0 it begins at the first tick."""
    targets = tuple(TargetState(name=target.name) for target in plan.targets)
    return RolloutState(since=now, start_at=start_at, targets=targets)


def placed(state: RolloutState, name: str, before: tuple[str, int], after: tuple[str, int], at: float) -> RolloutState:
    """Take in that a target was moved: what its place held before and holds now, each with the document's version."""
    target = state.target(name)
    if not target.saved:
        target = replace(target, saved=before[0], saved_version=before[1])
    moved = replace(target, placed=after[0], placed_version=after[1], placed_at=at, standing="placed", detail="")
    return state.with_target(moved)


def restored(state: RolloutState, name: str, after: tuple[str, int], at: float) -> RolloutState:
    """Take in that a target holds what it held before the rollout."""
    target = replace(state.target(name), placed=after[0], placed_version=after[1], placed_at=at)
    return state.with_target(replace(target, standing="restored", weight=None, detail=""))


_HANDLERS: Mapping[str, Callable[[Plan, RolloutState, Any], Decision]] = {"tick": tick, **REPORTS, **COMMANDS}
