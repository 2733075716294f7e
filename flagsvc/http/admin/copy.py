"""From environment to environment: /api/v1/environments/{environment}/copy."""

from flagsvc.http.admin.documents import ROOT
from flagsvc.http.call import Answer, Call
from flagsvc.http.operation import Operations
from flagsvc.http.parameters import WriteQuery
from flagsvc.http.rendering import written
from flagsvc.http.schemas.writes import Copy, Written, json_body
from flagsvc.usecases import copies

operations = Operations("Copy")


@operations(
    f"POST {ROOT}/copy",
    "Copy from another environment",
    answer=Written,
    query=WriteQuery,
    body=json_body(Copy),
    example={"from": "staging", "flags": ["new-checkout"]},
    writes=True,
    conditional=True,
    errors=("in-use", "archived"),
)
def copy_documents(call: Call) -> Answer:
    """One change for all documents. Salts and allocation tables come along, so cohorts stay the same."""
    call.require(call.body["from"])
    return written(call, copies.copy_documents(call.store, call.intent, call.environment, call.body))
