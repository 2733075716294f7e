"""Flags that nobody needs any more: /api/v1/hygiene."""

from flagsvc.http.call import Answer, Call
from flagsvc.http.operation import Operations
from flagsvc.http.parameters import HygieneQuery
from flagsvc.http.schemas.hygiene import Hygiene
from flagsvc.usecases.hygiene import list_stale_flags

operations = Operations("Overview")


@operations("GET /api/v1/hygiene", "List stale flags", answer=Hygiene, query=HygieneQuery, everywhere=True)
def list_all_stale_flags(call: Call) -> Answer:
    """List the flags that stand still for so many days that somebody may remove them, with reasons and advice.

    What is said of evaluations is what clients reported, and no more. Keys that clients asked for and that do not exist
    are not kept.
    """
    days = call.query.days
    return Answer({"days": days, "items": list_stale_flags(call.store, call.services.clock(), days)})
