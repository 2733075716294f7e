"""Plans for tests, and a world without I/O in which a rollout moves places and its log can be replayed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from flagsvc.domain.analysis.measurement import Arm, Measurement
from flagsvc.domain.analysis.spec import Analysis, Metric
from flagsvc.domain.rollouts.decision import Decision
from flagsvc.domain.rollouts.events import Command, Event, Move, Note
from flagsvc.domain.rollouts.machine import decide, placed, restored, scheduled
from flagsvc.domain.rollouts.plan import Gate, Plan, PlanTarget, Step
from flagsvc.domain.rollouts.records import LogEntry
from flagsvc.domain.rollouts.replay import created_text
from flagsvc.domain.rollouts.state import RolloutState
from flagsvc.domain.rollouts.text import text_of_event, text_of_notes

START = 1_800_000_000.0
ERRORS = Metric(name="errors", kind="errors", source="own", guard=2.0)


def target(name: str, kind: Any = "split") -> PlanTarget:
    return PlanTarget(name=name, kind=kind, key=name, candidate="canary", baseline="stable")


def step(weight: int, *names: str, hold: float = 60.0, **members: Any) -> Step:
    return Step(name=f"{weight / 1000:g} %", weights=dict.fromkeys(names, weight), hold_seconds=hold, **members)


def canary(*, names: tuple[str, ...] = ("edge", "flag"), analysis: Analysis | None = None, **members: Any) -> Plan:
    """Three steps over the targets: 5 %, 50 %, all."""
    weights = (5_000, 50_000, 100_000)
    steps = tuple(step(weight, *names) for weight in weights)
    given = {"steps": steps, "targets": tuple(target(name) for name in names), **members}
    return Plan(strategy="canary", analysis=analysis, **given)


def judged(**members: Any) -> Analysis:
    return Analysis(metrics=(ERRORS,), **{"every_seconds": 15.0, "warmup_seconds": 0.0, **members})


def approval(name: str = "approval", **members: Any) -> Gate:
    return Gate(name=name, kind="approval", **members)


def window(start: float, bad: float = 0.0, events: float = 1000.0, seconds: float = 15.0) -> Measurement:
    """One window of the metric errors: 1 % of the baseline's events are bad, and so many of the candidate's."""
    baseline = Arm(events=events, bad=events / 100)
    candidate = Arm(events=events, bad=bad)
    return Measurement(metric="errors", start=start, end=start + seconds, baseline=baseline, candidate=candidate)


def nothing(start: float, seconds: float = 15.0) -> Measurement:
    return Measurement(metric="errors", start=start, end=start + seconds, missing="unreachable", detail="refused")


@dataclass
class World:
    """A rollout, what its places hold, and everything that moved it."""

    plan: Plan
    now: float = START
    state: RolloutState = field(init=False)
    places: dict[str, str] = field(init=False)
    log: list[tuple[Event, list[Mapping[str, Any]]]] = field(default_factory=list)
    moves: list[tuple[int, str, Any]] = field(default_factory=list)
    restores: list[str] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    said_at: list[tuple[Note, ...]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.state = scheduled(self.plan, 0.0, self.now)
        self.places = {each.name: self.original(each.name) for each in self.plan.targets}

    def original(self, name: str) -> str:
        return f"{name} as it was"

    def tell(self, event: Event) -> Decision:
        """Let an event happen, and do what follows from it."""
        decision = decide(self.plan, self.state, event)
        if decision.refusal or (decision.state == self.state and not decision.effects):
            return decision
        state = decision.state
        done: list[Mapping[str, Any]] = []
        for effect in decision.effects:
            before = (self.places[effect.target], 1)
            if isinstance(effect, Move):
                self.moves.append((state.step, effect.target, effect.weights))
                self.places[effect.target] = f"{effect.target} in step {state.step}: {effect.weights}"
                after = (self.places[effect.target], 2)
                state = placed(state, effect.target, before, after, event.at)
            else:
                self.restores.append(effect.target)
                self.places[effect.target] = state.target(effect.target).saved
                after = (self.places[effect.target], 3)
                state = restored(state, effect.target, after, event.at)
            done.append({"effect": type(effect).__name__, "target": effect.target, "before": before, "after": after})
        self.state = state
        self.log.append((event, done))
        self.notes += decision.notes
        self.said_at.append(decision.notes)
        return replace(decision, state=state)

    def order(self, order: Any, gate: str = "", reason: str = "because") -> Decision:
        return self.tell(Command(at=self.now, order=order, by="somebody", reason=reason, gate=gate))

    def replayed(self) -> RolloutState:
        """Give the state that the log alone leads to."""
        state = scheduled(self.plan, 0.0, START)
        for event, done in self.log:
            state = decide(self.plan, state, event).state
            for each in done:
                before, after = each["before"], each["after"]
                moved = each["effect"] == "Move"
                state = (
                    placed(state, each["target"], before, after, event.at)
                    if moved
                    else restored(state, each["target"], after, event.at)
                )
        return state

    def entries(self) -> list[LogEntry]:
        """Give the log as the store keeps it."""
        first = LogEntry("prod", "release", 1, "", "scheduled", created_text(0.0, START), "[]", "[]")
        return [first, *(self._entry(index) for index in range(len(self.log)))]

    def _entry(self, index: int) -> LogEntry:
        (event, done), said = self.log[index], text_of_notes(self.said_at[index])
        effects = json.dumps([{**each, "effect": each["effect"].lower()} for each in done])
        return LogEntry("prod", "release", index + 2, "", "baking", text_of_event(event), said, effects)

    def said(self) -> list[str]:
        return [note.kind for note in self.notes]
