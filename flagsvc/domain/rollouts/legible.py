"""Whether a stored rollout can be read here: one that a newer version wrote is held, neither moved nor rolled back."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, get_args

from flagsvc.domain.analysis.measurement import VerdictKind
from flagsvc.domain.analysis.spec import Analysis, MetricKind
from flagsvc.domain.rollouts.check import STRATEGIES
from flagsvc.domain.rollouts.plan import FORMAT, Gate, GateKind, Plan, PlanTarget
from flagsvc.domain.rollouts.reading import TARGET, plan_of, read_members
from flagsvc.domain.rollouts.state import STATE_FORMAT, GateStanding, Phase, RolloutState, TargetState
from flagsvc.domain.rollouts.text import state_of_text

_WORDS: Mapping[str, frozenset[str]] = {
    "strategy": frozenset(STRATEGIES),
    "onFailure": frozenset({"rollback", "pause"}),
    "back": frozenset({"traffic-first", "hooks-first"}),
    "gate": frozenset(get_args(GateKind)),
    "target": frozenset({"flag", "split"}),
    "metric": frozenset(get_args(MetricKind)),
    "phase": frozenset(get_args(Phase)),
    "gate's standing": frozenset(get_args(GateStanding)),
    "target's standing": frozenset(get_args(TargetState.__annotations__["standing"])),
    "verdict": frozenset(get_args(VerdictKind)),
    **{
        name: frozenset(get_args(Analysis.__annotations__[name])) for name in ("advance_when", "evidence", "on_unknown")
    },
}


class Illegible(ValueError):
    """A plan or a state that this version cannot read, and why."""


def legible_plan(members: Mapping[str, Any]) -> Plan:
    """Read a stored plan; raises Illegible for one of a newer format, or with words that mean nothing here."""
    if members.get("format", FORMAT) > FORMAT:
        raise Illegible(f"its plan has the format {members['format']}, and this version reads {FORMAT}")
    try:
        plan = plan_of(members)
    except (LookupError, TypeError, ValueError) as error:
        raise Illegible(f"its plan cannot be read here ({type(error).__name__}: {error})") from error
    _demand_known("plan", _words_of_plan(plan))
    return plan


def legible_state(text: str) -> RolloutState:
    """Read a stored state; raises Illegible in the same way."""
    try:
        form = json.loads(text).get("format", STATE_FORMAT)
        if form > STATE_FORMAT:
            raise Illegible(f"its state has the format {form}, and this version reads {STATE_FORMAT}")  # noqa: TRY301
        state = state_of_text(text)
        _demand_known("state", _words_of_state(state))
    except Illegible:
        raise
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise Illegible(f"its state cannot be read here ({type(error).__name__}: {error})") from error
    return state


@contextmanager
def legible_log() -> Iterator[None]:
    """Turn what telling a log raises into Illegible, where a newer version wrote events that mean nothing here."""
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise Illegible(f"its log cannot be read here ({type(error).__name__}: {error})") from error


def targets_of(members: Mapping[str, Any]) -> tuple[PlanTarget, ...]:
    """Read what a stored plan moves, whoever wrote the rest of it."""
    return tuple(read_members(PlanTarget, TARGET, each) for each in members.get("targets", ()))


def _demand_known(what: str, words: Iterator[tuple[str, object]]) -> None:
    for kind, word in words:
        if word not in _WORDS[kind]:
            raise Illegible(f"its {what} says {word!r} of a {kind}, which this version does not know")


def _words_of_plan(plan: Plan) -> Iterator[tuple[str, object]]:
    yield from (("strategy", plan.strategy), ("onFailure", plan.on_failure), ("back", plan.back))
    yield from (("target", target.kind) for target in plan.targets)
    yield from (("gate", gate.kind) for gate in _gates_of(plan))
    if plan.analysis:
        yield from ((name, getattr(plan.analysis, name)) for name in ("advance_when", "evidence", "on_unknown"))
        yield from (("metric", metric.kind) for metric in plan.analysis.metrics)


def _gates_of(plan: Plan) -> Iterator[Gate]:
    yield from (*plan.before, *plan.after)
    for step in plan.steps:
        yield from step.gates


def _words_of_state(state: RolloutState) -> Iterator[tuple[str, object]]:
    yield from (("phase", state.phase), ("phase", state.resume_to), ("verdict", state.verdict.kind))
    gates = [*state.gates.values(), *([state.hook] if state.hook else [])]
    yield from (("gate's standing", gate.standing) for gate in gates)
    yield from (("target's standing", target.standing) for target in state.targets)
