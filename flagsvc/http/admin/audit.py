"""The audit trail across environments: /api/v1/audit."""

from flagsvc.http.call import Answer, Call
from flagsvc.http.operation import Operations
from flagsvc.http.parameters import AuditQuery
from flagsvc.http.rendering import listed
from flagsvc.http.schemas.history import ChangePage, Verification
from flagsvc.usecases import history

operations = Operations("Audit")


@operations("GET /api/v1/audit", "List all changes", answer=ChangePage, query=AuditQuery, everywhere=True)
def list_audit(call: Call) -> Answer:
    """Newest first, over all environments; by environment, actor and time."""
    return listed(call, history.list_audit(call.store, call.page()))


@operations("GET /api/v1/audit/verify", "Verify the audit trail", answer=Verification, everywhere=True)
def verify_audit(call: Call) -> Answer:
    """Recomputes the hash chain of every environment and names the first break."""
    return Answer(history.verify_audit(call.store))
