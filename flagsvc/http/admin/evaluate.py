"""Evaluate and explain: /api/v1/environments/{environment}/evaluate, of all flags, of many units, and of segments."""

from collections.abc import Mapping

from pydantic import BaseModel, TypeAdapter

from flagsvc.domain.actor import Actor
from flagsvc.http.admin.documents import ROOT
from flagsvc.http.call import Answer, Call
from flagsvc.http.endpoint import checked
from flagsvc.http.operation import Operations
from flagsvc.http.schemas.evaluations import (
    BatchQuestion,
    Evaluation,
    EvaluationOfAll,
    EvaluationOfBatch,
    MatchQuestion,
    Question,
    QuestionOfAll,
    SegmentMatch,
)
from flagsvc.http.schemas.flags import ConfigurationReplace
from flagsvc.http.schemas.segments import SegmentReplace
from flagsvc.http.schemas.splits import TrafficSplitReplace
from flagsvc.http.schemas.writes import json_body
from flagsvc.usecases import batches, evaluations
from flagsvc.usecases.intent import Intent

_DRAFTS: Mapping[str, TypeAdapter[BaseModel]] = {
    "flag": TypeAdapter(ConfigurationReplace),
    "segment": TypeAdapter(SegmentReplace),
    "split": TypeAdapter(TrafficSplitReplace),
}
_SAVING = ("archived", "in-use", "rollout-active")

operations = Operations("Evaluate")


@operations(
    f"POST {ROOT}/evaluate",
    "Evaluate and explain",
    answer=Evaluation,
    body=json_body(Question),
    example={"flag": "new-checkout", "context": {"targetingKey": "user-42", "country": "DE"}, "explain": True},
    errors=_SAVING,
)
def evaluate(call: Call) -> Answer:
    """Run the function that every SDK runs; with `explain` tell every condition, its operands and its outcome.

    With a `draft` the same once more, as it would be after saving it.
    """
    return Answer(evaluations.evaluate(call.store, call.environment, call.body, _drafting(call, _asked(call))))


@operations(
    f"POST {ROOT}/evaluate/all",
    "Evaluate every flag",
    answer=EvaluationOfAll,
    body=json_body(QuestionOfAll),
    example={"context": {"targetingKey": "user-42", "country": "DE"}},
)
def evaluate_all(call: Call) -> Answer:
    """Tell what one context gets of every flag of the environment, in one go."""
    return Answer(evaluations.evaluate_all(call.store, call.environment, call.body))


@operations(
    f"POST {ROOT}/evaluate/batch",
    "Evaluate many units",
    answer=EvaluationOfBatch,
    body=json_body(BatchQuestion),
    example={"flag": "new-checkout", "units": ["user-1", "user-2", "user-3"], "context": {"country": "DE"}},
    errors=_SAVING,
)
def evaluate_batch(call: Call) -> Answer:
    """Up to 10,000 units: how many get which variant, whether that is as the split says, and what a draft would change.

    A draft goes through the very write, which is then undone: what is told is what saving it does.
    """
    return Answer(batches.evaluate_batch(call.store, call.environment, call.body, _drafting(call, _asked(call))))


@operations(
    f"POST {ROOT}/segments/{{key}}/match",
    "Look for somebody in a segment",
    answer=SegmentMatch,
    body=json_body(MatchQuestion),
    example={"context": {"targetingKey": "user-42", "email": "user-42@example.com"}},
    errors=_SAVING,
)
def match_segment(call: Call) -> Answer:
    """Tell whether a context is in the segment, by which list, or by which parts of its condition.

    It is what a rule with the condition "in this segment" would find. With a `draft` the same once more, as it would
    be after saving it.
    """
    intent = _drafting(call, "segment")
    return Answer(evaluations.match_segment(call.store, call.environment, call.key, call.body, intent))


def _asked(call: Call) -> str:
    return "split" if call.body.get("flag") is None else "flag"


def _drafting(call: Call, kind: str) -> Intent | None:
    """Check a draft as the write that would save it is checked; gives the intent of a write that is not stored."""
    draft = call.body.get("draft")
    if draft is None:
        return None
    checked(_DRAFTS[kind], draft, "/draft")
    return Intent(
        actor=Actor("token", call.principal.name),
        now=call.services.clock(),
        mint=call.services.mint,
        dry_run=True,
        rerandomise=True,
        routers=call.services.routers,
    )
