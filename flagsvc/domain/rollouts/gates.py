"""Gates: how they open, how an answer or a person moves them, and when they are late."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from flagsvc.domain.rollouts.events import Answered, Command, Shared
from flagsvc.domain.rollouts.plan import Gate, Plan
from flagsvc.domain.rollouts.state import GateStanding, GateState, RolloutState

BY_PEOPLE = frozenset({"approval", "checklist"})
ASKED = frozenset({"smoke", "webhook"})
"""Kinds that the service asks by itself."""
COUNTS_SECONDS = 15.0
"""How often new counts behind the same verdict on a share are written down."""


def opened(gates: Iterable[Gate], at: float) -> Mapping[str, GateState]:
    """Open gates."""
    return {gate.name: GateState(opened_at=at, due_at=at) for gate in gates}


def gates_of(plan: Plan, state: RolloutState) -> tuple[Gate, ...]:
    """Give the gates that a rollout stands before now."""
    phase = state.resume_to if state.phase == "paused" else state.phase
    if phase in {"scheduled", "preparing"}:
        return plan.before
    if phase == "verifying":
        return plan.after
    return plan.steps[state.step].gates if phase == "baking" else ()


def moment_of_asking(state: RolloutState) -> str:
    """Name where a rollout is, as far as questions go: an answer to what was asked elsewhere answers nothing here."""
    phase = state.resume_to if state.phase == "paused" else state.phase
    return f"{phase}/{state.step}/{state.undone}/{state.attempt}"


def passed_all(gates: Mapping[str, GateState]) -> bool:
    """Whether nothing is waited for."""
    return all(gate.standing == "passed" for gate in gates.values())


def trouble(gates: Iterable[Gate], states: Mapping[str, GateState], at: float) -> str:
    """Say which gate failed, or is open for too long; "" when none is."""
    for gate in gates:
        state = states.get(gate.name, GateState(opened_at=at))
        detail = f": {state.detail}" if state.detail else ""
        if state.standing == "failed":
            return f"the gate {gate.name!r} failed{detail}"
        deadline = gate.deadline_seconds or (gate.hook.deadline_seconds if gate.hook else 0.0)
        late = deadline and at - state.opened_at > deadline
        if state.standing == "open" and late:
            return f"the gate {gate.name!r} was not passed in {deadline:g} s{detail}"
    return ""


def answered(gate: Gate, state: GateState, event: Answered) -> GateState:
    """Take in what became of asking; a smoke test may fail a few times before its gate does."""
    due = event.at + (gate.hook.every_seconds if gate.hook else gate.every_seconds)
    if event.outcome == "passed":
        return replace(state, standing="passed", detail=event.detail, tries=0)
    if event.outcome == "waiting":
        return replace(state, detail=event.detail, due_at=due)
    tries = state.tries + 1
    lost = gate.kind != "smoke" or tries >= gate.attempts
    return replace(state, standing="failed" if lost else "open", tries=tries, detail=event.detail, due_at=due)


def shared(gate: GateState, event: Shared) -> GateState:
    """Take in how traffic splits; counts that say the same as before are heard now and then, for each is a write."""
    standing: GateStanding = "passed" if event.verdict == "ok" else "open"
    off = int(event.verdict == "off")
    if (standing, off) == (gate.standing, gate.tries) and event.at < gate.due_at and gate.detail:
        return gate
    if (standing, off, event.detail) == (gate.standing, gate.tries, gate.detail):
        return gate
    return replace(gate, standing=standing, tries=off, detail=event.detail, due_at=event.at + COUNTS_SECONDS)


def moved_by_hand(gate: GateState, event: Command) -> GateState:
    """Pass or fail a gate because somebody says so."""
    passed = event.order == "pass"
    return replace(gate, standing="passed" if passed else "failed", by=event.by, detail=event.reason)


def refusal_by_hand(gates: Iterable[Gate], states: Mapping[str, GateState], name: str) -> str:
    """Say why nobody can pass or fail this gate now; "" when somebody can."""
    kinds = {gate.name: gate.kind for gate in gates}
    if name not in kinds or name not in states:
        known = ", ".join(sorted(kinds)) or "none"
        return f"There is no gate {name!r} open now; open: {known}."
    if kinds[name] == "analysis":
        return f"The gate {name!r} is passed by the verdict alone: `promote` ends the step without it."
    return ""
