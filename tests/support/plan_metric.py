"""A metric of a page, read as it stands there: by the check and the reader of plans, as a member of a plan."""

from collections.abc import Mapping
from typing import Any

from flagsvc.domain.analysis.spec import Metric
from flagsvc.domain.rollouts.check import plan_problems
from flagsvc.domain.rollouts.reading import plan_of


def plan_metric(members: Mapping[str, Any]) -> Metric:
    """Read it; raises AssertionError with everything that a plan would be refused for because of it."""
    plan = {
        "strategy": "canary",
        "targets": [{"name": "edge", "kind": "split", "key": "web", "candidate": "canary", "baseline": "stable"}],
        "steps": [{"weights": {"edge": 50_000}}, {"weights": {"edge": 100_000}}],
        "analysis": {"metrics": [members]},
    }
    assert plan_problems(plan) == []
    analysis = plan_of(plan).analysis
    assert analysis is not None
    return analysis.metrics[0]
