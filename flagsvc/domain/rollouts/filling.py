"""What the metrics of a plan need to know of the plan, filled in where their queries do not say it themselves."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flagsvc.domain.analysis.spec import Metric
from flagsvc.domain.rollouts.plan import Plan

OWN = "own"
"""The source that is always there: the service's own counts."""


def filled(environment: str, plan: Plan) -> Plan:
    """Give a plan whose metrics name both arms: those of its first target, unless a query names its own."""
    if plan.analysis is None or not plan.targets:
        return plan
    metrics = tuple(_filled(environment, plan, metric) for metric in plan.analysis.metrics)
    return replace(plan, analysis=replace(plan.analysis, metrics=metrics))


def with_bounds(plan: Plan, bounds: Mapping[str, float]) -> Plan:
    """Give a plan whose latency metrics have these bounds in seconds, by name, where they had none."""
    if plan.analysis is None:
        return plan
    metrics = tuple(
        replace(metric, bound_seconds=bounds[metric.name])
        if metric.name in bounds and not metric.bound_seconds
        else metric
        for metric in plan.analysis.metrics
    )
    return replace(plan, analysis=replace(plan.analysis, metrics=metrics))


def _filled(environment: str, plan: Plan, metric: Metric) -> Metric:
    target = plan.targets[0]
    arms: dict[str, Any] = {"baseline": target.baseline, "candidate": target.candidate}
    if metric.source == OWN:
        told = {"environment": environment, "kind": target.kind, "key": target.key, **arms}
    else:
        told = {"arms": arms}
    return replace(metric, query={**told, **metric.query})
