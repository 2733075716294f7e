"""Plans that strategies make of a few facts, checked against the environment in which they are to run."""

from collections.abc import Mapping
from typing import Any

from flagsdk.core.validate import Problem
from flagsvc.domain.errors import Fault, Invalid
from flagsvc.domain.rollouts.check_document import target_problems
from flagsvc.domain.rollouts.strategies import plan_from
from flagsvc.ports import Store
from flagsvc.usecases.conditions import demand_clean
from flagsvc.usecases.reading import Documents, demand_open


def plan_from_strategy(store: Store, environment: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Make the members of a plan; stores nothing. Raises NotFound for the environment, Invalid with all faults."""
    demand_clean(facts)
    made, problems = plan_from(facts)
    with store.reading() as view:
        demand_open(view, environment)
        documents = Documents(view, environment, {})
        problems = problems or target_problems(facts, documents) or _unplaced(target_problems(made, documents))
    if problems:
        raise Invalid([Fault(*problem) for problem in problems])
    return made


def _unplaced(problems: list[Problem]) -> list[Problem]:
    """Say of the plan what no member of the facts says by itself: rules and instances that are not there."""
    return [Problem("", code, f"The plan would be wrong at {pointer}: {detail}") for pointer, code, detail in problems]
