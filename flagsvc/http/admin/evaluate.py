"""Evaluate and explain: /api/v1/environments/{environment}/evaluate."""

from flagsvc.http.admin.documents import ROOT
from flagsvc.http.call import Answer, Call
from flagsvc.http.operation import Operations
from flagsvc.http.schemas.evaluations import Evaluation, Question
from flagsvc.http.schemas.writes import json_body
from flagsvc.usecases import evaluations

operations = Operations("Evaluate")


@operations(
    f"POST {ROOT}/evaluate",
    "Evaluate and explain",
    answer=Evaluation,
    body=json_body(Question),
    example={"flag": "new-checkout", "context": {"targetingKey": "user-42", "country": "DE"}, "explain": True},
)
def evaluate(call: Call) -> Answer:
    """Run the function that every SDK runs; with `explain` tell every condition, its operands and its outcome."""
    return Answer(evaluations.evaluate(call.store, call.environment, call.body))
