"""The check before a rollout: POST /api/v1/environments/{environment}/rollouts/preflight."""

from flagsvc.http.admin.documents import ROOT
from flagsvc.http.call import Answer, Call
from flagsvc.http.looking import look_of
from flagsvc.http.operation import Operations
from flagsvc.http.schemas.preflight import Preflight
from flagsvc.http.schemas.rollouts import RolloutCreate
from flagsvc.http.schemas.writes import json_body
from flagsvc.usecases import preflight

_TARGETS = [{"name": "edge", "kind": "split", "key": "checkout", "candidate": "canary", "baseline": "stable"}]
_PLAN = {
    "strategy": "canary",
    "targets": _TARGETS,
    "steps": [{"weights": {"edge": 5_000}, "hold": "15m"}, {"weights": {"edge": 100_000}}],
    "analysis": {"metrics": [{"name": "errors", "kind": "errors", "source": "own"}]},
}

operations = Operations("Rollouts")


@operations(
    f"POST {ROOT}/rollouts/preflight",
    "Check a rollout before it begins",
    answer=Preflight,
    body=json_body(RolloutCreate),
    example={"plan": _PLAN},
)
def check_rollout(call: Call) -> Answer:
    """Say what stands in its way, and what its steps can and cannot see at the traffic of the last hour."""
    found = preflight.preflight(call.store, call.environment, call.body, call.services.routers, look_of(call))
    return Answer(found)
