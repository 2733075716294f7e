"""Flags that nobody needs any more, and keys that no flag has: /api/v1/hygiene."""

from flagsvc.http.call import Answer, Call
from flagsvc.http.operation import Operations
from flagsvc.http.parameters import HygieneQuery
from flagsvc.http.schemas.hygiene import Hygiene, UnknownKeys
from flagsvc.usecases.hygiene import list_stale_flags
from flagsvc.usecases.unknown import list_unknown_keys

operations = Operations("Overview")


@operations("GET /api/v1/hygiene", "List stale flags", answer=Hygiene, query=HygieneQuery, everywhere=True)
def list_all_stale_flags(call: Call) -> Answer:
    """List the flags that stand still for so many days that somebody may remove them, with reasons and advice.

    What is said of evaluations is what clients reported, and no more.
    """
    days = call.query.days
    return Answer({"days": days, "items": list_stale_flags(call.store, call.services.clock(), days)})


@operations("GET /api/v1/hygiene/unknown-keys", "List unknown keys", answer=UnknownKeys, everywhere=True)
def list_all_unknown_keys(call: Call) -> Answer:
    """List the keys that clients asked for and that their environment does not have, with the flags that may be meant.

    A client that asks for such a key gets its default. What does not have the form of a key, or is one of too many, is
    counted in `others`. Remote evaluation is not in these numbers.
    """
    return Answer(list_unknown_keys(call.store))
