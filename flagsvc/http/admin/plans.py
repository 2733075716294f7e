"""Plans of rollouts: /api/v1/environments/{environment}/plans, and the plans that strategies make."""

from flagsvc.http.admin.documents import Noun, add_editing, add_life, add_reading, add_revert, add_users
from flagsvc.http.call import Answer, Call
from flagsvc.http.operation import Operations
from flagsvc.http.schemas.plans import Plan, PlanCreate, PlanMade, PlanPage, PlanReplace, PlanWritten, StrategyFacts
from flagsvc.http.schemas.writes import json_body
from flagsvc.usecases import plans

_TARGETS = [{"name": "edge", "kind": "split", "key": "checkout", "candidate": "canary", "baseline": "stable"}]
_BODY = {
    "strategy": "canary",
    "targets": _TARGETS,
    "steps": [
        {"name": "5 %", "weights": {"edge": 5_000}, "hold": "15m"},
        {"name": "everybody", "weights": {"edge": 100_000}},
    ],
}
_NOUN = Noun(
    kind="plan",
    plural="plans",
    title="plan",
    document=Plan,
    page=PlanPage,
    written=PlanWritten,
    replace=PlanReplace,
    replace_example=_BODY,
    patch_example={"cooldown": "1h"},
    create=PlanCreate,
    create_example={"key": "checkout", **_BODY},
)

operations = Operations("Plans")


@operations(
    f"POST {_NOUN.collection}/from-strategy",
    "Make a plan of a strategy",
    answer=PlanMade,
    body=json_body(StrategyFacts),
    example={"strategy": "canary", "targets": _TARGETS, "checks": [{"url": "https://checkout.example.com/health"}]},
)
def make_plan(call: Call) -> Answer:
    """Answer the plan that canary, blue-green, rolling, recreate or dark-launch means here. Nothing is stored."""
    return Answer({"plan": plans.plan_from_strategy(call.store, call.environment, call.body)})


add_reading(operations, _NOUN)
add_life(operations, _NOUN)
add_editing(operations, _NOUN)
add_revert(operations, _NOUN)
add_users(operations, _NOUN)
