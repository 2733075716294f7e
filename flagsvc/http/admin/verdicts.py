"""Verdicts for other controllers: /api/v1/environments/{environment}/rollouts/{key}/verdict."""

from flagsvc.domain.rollouts.dialects import verdict_members
from flagsvc.http.admin.rollouts import ITEM
from flagsvc.http.call import Answer, Call
from flagsvc.http.operation import Operations
from flagsvc.http.schemas.verdicts import Verdict
from flagsvc.usecases.verdicts import verdict_now

operations = Operations("Rollouts")


@operations(f"GET {ITEM}/verdict", "Read a verdict", answer=Verdict, kinds=("admin", "evaluation"))
def get_verdict(call: Call) -> Answer:
    """As of now; an evaluation token of the environment may read it, too, so that other controllers need no more."""
    return Answer(verdict_members(verdict_now(call.store, call.environment, call.key)))
