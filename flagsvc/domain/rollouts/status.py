"""What a rollout looks like to people and programs: where it stands, what it waits for, and what may be asked of it."""

from collections.abc import Mapping
from typing import Any

from flagsvc.domain.analysis.judging import exposure_of
from flagsvc.domain.analysis.measurement import Exposure, MetricVerdict, Verdict
from flagsvc.domain.rollouts.deployment import moment
from flagsvc.domain.rollouts.events import Command, Order
from flagsvc.domain.rollouts.gates import gates_of
from flagsvc.domain.rollouts.machine import ACCEPTED, decide
from flagsvc.domain.rollouts.plan import Gate, Plan, PlanTarget
from flagsvc.domain.rollouts.records import StoredRollout
from flagsvc.domain.rollouts.state import GateState, RolloutState
from flagsvc.domain.rollouts.summary import summary_of

ORDERS: tuple[Order, ...] = ("start", "pause", "resume", "promote", "promote-full", "retry", "abort", "roll-back")
DRIVING = frozenset({"moving", "baking"})


def status_of(plan: Plan, state: RolloutState, observed: Mapping[str, int | None]) -> dict[str, Any]:
    """Show a state; `observed`: target → share of the candidate as really seen, in 1/100 000, where that is known."""
    return {
        "phase": state.phase,
        "since": _when(state.since),
        "summary": summary_of(plan, state),
        "cause": state.cause,
        "frozen": state.frozen,
        "step": state.step + 1 if state.step >= 0 else None,
        "steps": [_step(plan, state, index) for index in range(len(plan.steps))],
        "holdEndsAt": _hold_ends(plan, state),
        "targets": [_target(target, state, observed.get(target.name)) for target in plan.targets],
        "gates": [_gate(gate, state.gates.get(gate.name)) for gate in gates_of(plan, state)],
        "verdict": _verdict(state.verdict),
        "exposure": _exposure(plan, state),
        "commands": [order for order in ORDERS if _is_taken(plan, state, order)],
        "startAt": _when(state.start_at),
        "startedAt": _when(state.started_at),
        "endedAt": _when(state.ended_at),
        "rollback": _rollback(state),
        "downtime": plan.downtime,
        "reminder": plan.reminder,
    }


def status_of_illegible(stored: StoredRollout, why: str) -> dict[str, Any]:
    """Show a rollout that a newer version of the service began: where it stands, and that it is held here."""
    said = f"Held here: {why}. A newer version of the service began it, and only such a one can move it."
    nothing = status_of(_NO_PLAN, RolloutState(), {})
    return {**nothing, "phase": stored.phase, "since": stored.at, "summary": said, "cause": why, "commands": []}


_NO_PLAN = Plan(strategy="canary", targets=(), steps=())


def _when(seconds: float) -> str | None:
    return moment(seconds) if seconds else None


def _hold_ends(plan: Plan, state: RolloutState) -> str | None:
    if not state.held_since or state.step < 0 or state.phase not in {"baking", "paused"}:
        return None
    return moment(state.held_since + plan.steps[state.step].hold_seconds)


def _step(plan: Plan, state: RolloutState, index: int) -> dict[str, Any]:
    step = plan.steps[index]
    where = _where(state, index)
    gates = state.gates if where == "current" and gates_of(plan, state) == step.gates else {}
    return {
        "number": index + 1,
        "name": step.name,
        "weights": {name: weight if isinstance(weight, int) else dict(weight) for name, weight in step.weights.items()},
        "holdSeconds": step.hold_seconds,
        "state": where,
        "say": step.say,
        "gates": [_gate(gate, gates.get(gate.name)) for gate in step.gates],
        "hook": _hook(state.hook) if where == "current" and step.hook else None,
    }


def _where(state: RolloutState, index: int) -> str:
    if state.phase == "succeeded" or index < state.step or (index == state.step and state.phase == "verifying"):
        return "done"
    return "current" if index == state.step else "next"


def _hook(hook: GateState | None) -> dict[str, Any] | None:
    return {"standing": hook.standing, "detail": hook.detail} if hook else None


def _target(target: PlanTarget, state: RolloutState, observed: int | None) -> dict[str, Any]:
    stands = state.target(target.name)
    return {
        "name": target.name,
        "kind": target.kind,
        "key": target.key,
        "rule": target.rule or None,
        "candidate": target.candidate,
        "baseline": target.baseline,
        "weight": stands.weight,
        "standing": stands.standing,
        "observed": observed,
        "revisionBefore": stands.saved_version or None,
        "detail": stands.detail,
    }


def _gate(gate: Gate, state: GateState | None) -> dict[str, Any]:
    return {
        "name": gate.name,
        "kind": gate.kind,
        "title": gate.title,
        "standing": state.standing if state else None,
        "detail": state.detail if state else "",
        "by": state.by if state else "",
        "tries": state.tries if state else 0,
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "kind": verdict.kind,
        "reason": verdict.reason,
        "metric": verdict.metric or None,
        "e": finite(verdict.e),
        "p": verdict.p,
        "proven": verdict.proven,
        "warnings": list(verdict.warnings),
        "metrics": [shown_metric(each) for each in verdict.metrics],
    }


def shown_metric(each: MetricVerdict) -> dict[str, Any]:
    """Show what is said about one metric."""
    return {
        "metric": each.metric,
        "kind": each.kind,
        "e": finite(each.e),
        "proof": finite(each.proof),
        "ratio": finite(each.ratio),
        "baseline": each.baseline,
        "candidate": each.candidate,
        "detail": each.detail,
    }


def finite(number: float | None) -> float | None:
    """Give what JSON can carry: a ratio to nothing is null, and evidence beyond all bounds a very large number."""
    if number is None or number != number:  # noqa: PLR0124  # NaN alone differs from itself
        return None
    return min(number, 1e300)


def _exposure(plan: Plan, state: RolloutState) -> dict[str, Any] | None:
    if plan.analysis is None or state.evidence is None:
        return None
    return shown_exposure(exposure_of(plan.analysis, state.evidence))


def shown_exposure(exposure: Exposure) -> dict[str, Any]:
    """Show what a rollout has put at risk."""
    return {
        "requests": exposure.requests,
        "bad": exposure.bad,
        "excess": exposure.excess,
        "excessLow": exposure.excess_low,
        "excessHigh": exposure.excess_high,
        "units": exposure.units,
    }


def _rollback(state: RolloutState) -> dict[str, Any] | None:
    if not state.back_since:
        return None
    took = state.ended_at - state.back_since if state.phase == "rolled-back" else None
    return {"cause": state.cause, "at": moment(state.back_since), "automatic": state.automatic, "seconds": took}


def _is_taken(plan: Plan, state: RolloutState, order: Order) -> bool:
    """Whether asking for this does anything now."""
    event = Command(at=state.since, order=order)
    return order in ACCEPTED[state.phase] and not decide(plan, state, event).refusal
