"""The check before a rollout: what stands in its way, what its steps can see, and what is slow from now on."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import isfinite
from typing import Any

from flagsvc.domain.analysis.power import Power, sentences
from flagsvc.domain.analysis.spec import Metric
from flagsvc.domain.errors import Fault, Invalid
from flagsvc.domain.members import BINDING
from flagsvc.domain.records import Ref
from flagsvc.domain.rollouts.check import plan_problems
from flagsvc.domain.rollouts.filling import filled, with_bounds
from flagsvc.domain.rollouts.finding import Finding
from flagsvc.domain.rollouts.plan import Plan, PlanTarget
from flagsvc.domain.rollouts.preflight_metrics import (
    Seen,
    StepPower,
    bound_of,
    bounds_of,
    metric_findings,
    power_findings,
    powers_of,
)
from flagsvc.domain.rollouts.preflight_places import Around, place_findings
from flagsvc.domain.rollouts.preflight_steps import step_findings
from flagsvc.domain.rollouts.reading import plan_members, plan_of
from flagsvc.domain.routing.binding import binding_of
from flagsvc.domain.routing.capabilities import Capabilities
from flagsvc.ports import Baseline, MetricSource, Store, View
from flagsvc.usecases.conditions import demand_clean
from flagsvc.usecases.driving import drivers_of
from flagsvc.usecases.new_rollouts import plan_given
from flagsvc.usecases.reading import Documents, demand_open, members_of

HISTORY_SECONDS = 3_600.0
"""The baseline's past that is looked at."""
Look = Callable[[Sequence[Metric]], Mapping[str, Seen]]


def preflight(
    store: Store, environment: str, body: Mapping[str, Any], routers: Mapping[str, Capabilities], look: Look
) -> dict[str, Any]:
    """Check the plan of a new rollout, and begin nothing.

    `body` is that of a new rollout, `look` asks the metric sources (outside of any transaction). Answers {"ok",
    "summary", "findings", "steps", "bounds", "plan"}: the plan as it would be judged, with every bound that was fixed.
    Raises NotFound for the environment or the plan, Invalid for a plan that cannot be read.
    """
    demand_clean(body)
    with store.reading() as view:
        demand_open(view, environment)
        plan = filled(environment, _plan(view, environment, body))
        found = [*place_findings(plan, _around(view, environment, plan, routers)), *step_findings(plan)]
    seen = look(plan.analysis.metrics if plan.analysis else ())
    powers = powers_of(plan, seen)
    found += [*metric_findings(plan, seen), *power_findings(plan, powers)]
    return _answer(plan, found, powers, bounds_of(plan, seen))


def fixed_bounds(store: Store, environment: str, body: Mapping[str, Any], look: Look) -> Mapping[str, float]:
    """Fix what is slow, in seconds, for the latency metrics of a new rollout that say none; asks nobody for others.

    A plan with problems has none: whoever begins the rollout says what they are. Raises NotFound for the environment or
    the plan, Invalid for neither or both of `plan` and `planKey`.
    """
    demand_clean(body)
    with store.reading() as view:
        demand_open(view, environment)
        members, _ = plan_given(view, environment, body)
    if plan_problems(members):
        return {}
    plan = filled(environment, plan_of(members))
    metrics = plan.analysis.metrics if plan.analysis else ()
    loose = [metric for metric in metrics if metric.kind == "latency" and not metric.bound_seconds]
    return bounds_of(plan, {metric.name: Seen() for metric in metrics} | dict(look(loose))) if loose else {}


def seen_of(sources: Mapping[str, MetricSource], metric: Metric, now: float) -> Seen:
    """Ask a metric's source for the baseline's last hour; what fails is in the answer."""
    source = sources.get(metric.source)
    if source is None:
        return Seen(known=False, sources=tuple(sorted(sources)))
    if faults := tuple(source.check(metric)):
        return Seen(faults=faults)
    if not isinstance(source, Baseline):
        return Seen()
    end = now - source.settled_seconds()
    start = end - HISTORY_SECONDS
    bounds = source.bounds(metric, start, end) if metric.kind == "latency" else {}
    fixed = replace(metric, bound_seconds=metric.bound_seconds or bound_of(bounds) or 0.0)
    return Seen(history=source.history(fixed, start, end), bounds=bounds)


def _plan(view: View, environment: str, body: Mapping[str, Any]) -> Plan:
    members, at = plan_given(view, environment, body)
    if problems := plan_problems(members):
        raise Invalid([Fault(at + problem.pointer, problem.code, problem.detail) for problem in problems])
    return plan_of(members)


def _around(view: View, environment: str, plan: Plan, routers: Mapping[str, Capabilities]) -> Around:
    return Around(
        environment=environment,
        documents=Documents(view, environment, {}),
        routers={target.name: _told(view, environment, target, routers) for target in plan.targets},
        rollouts={target.name: key for target in plan.targets if (key := _driver(view, environment, target))},
    )


def _told(
    view: View, environment: str, target: PlanTarget, routers: Mapping[str, Capabilities]
) -> Mapping[str, Capabilities]:
    """Give the routers that are told of a split, by the bindings in force and switched on."""
    names: list[str] = []
    for user in view.users(environment, f"{target.kind}/{target.key}"):
        kind, _, key = user.partition("/")
        if kind == BINDING:
            binding = binding_of(environment, members_of(view.document(Ref(environment, kind, key))))
            names += binding.routers if binding.enabled else ()
    return {name: routers[name] for name in names if name in routers}


def _driver(view: View, environment: str, target: PlanTarget) -> str:
    drivers = drivers_of(view, Ref(environment, target.kind, target.key))
    return next((driver.rollout.key for driver in drivers if driver.target.rule == target.rule), "")


def _answer(
    plan: Plan, found: Sequence[Finding], powers: Sequence[StepPower], bounds: Mapping[str, float]
) -> dict[str, Any]:
    errors = sum(finding.level == "error" for finding in found)
    return {
        "ok": not errors,
        "summary": _summary(errors, len(found) - errors),
        "findings": [finding._asdict() for finding in found],
        "steps": [_step(plan, index, powers) for index in sorted({each.step for each in powers})],
        "bounds": dict(bounds),
        "plan": plan_members(with_bounds(plan, bounds)),
    }


def _summary(errors: int, warnings: int) -> str:
    counted = f"{_counted(errors, 'error')} and {_counted(warnings, 'warning')}"
    if errors:
        return f"{counted}: do not begin before the errors are gone."
    return f"{counted}: it can begin." if warnings else "Nothing stands in the way: it can begin."


def _counted(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _step(plan: Plan, index: int, powers: Sequence[StepPower]) -> dict[str, Any]:
    return {
        "number": index + 1,
        "name": plan.steps[index].name,
        "metrics": [_power(each.power) for each in powers if each.step == index],
    }


def _power(power: Power) -> dict[str, Any]:
    return {
        "metric": power.metric.name,
        "share": power.share,
        "holdSeconds": power.hold_seconds,
        "perSecond": power.traffic.per_second,
        "badRate": power.traffic.bad_rate,
        "half": power.half,
        "nineOfTen": power.nine_of_ten,
        "enough": power.enough,
        "proves": power.proves,
        "goalSeconds": _finite(power.goal_seconds),
        "proofSeconds": _finite(power.proof_seconds),
        "exposed": power.exposed,
        "extraBad": power.extra_bad,
        "sentences": list(sentences(power)),
    }


def _finite(seconds: float) -> float | None:
    return seconds if isfinite(seconds) else None
