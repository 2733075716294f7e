"""Usage and delivery receipts: /api/v1/environments/{environment}/usage and …/clients."""

from flagsvc.domain.errors import BadQuery
from flagsvc.domain.page import Listing
from flagsvc.domain.usage import Subject
from flagsvc.http.admin.documents import ROOT
from flagsvc.http.call import Answer, Call
from flagsvc.http.operation import Operations
from flagsvc.http.pagination import page_body
from flagsvc.http.parameters import ClientQuery, UsageQuery
from flagsvc.http.rendering import listed
from flagsvc.http.schemas.usage import ClientPage, UsagePage
from flagsvc.usecases import usage

operations = Operations("Usage")


@operations(f"GET {ROOT}/usage", "Show usage", answer=UsagePage, query=UsageQuery)
def get_usage(call: Call) -> Answer:
    """Show one by hour, with an estimate of its units, or all flags (with `kind=split`, all traffic splits).

    The list includes those that nobody has evaluated. Without `since` it is about seven days.
    """
    query = call.query
    until = query.until or call.services.clock()
    if query.flag and query.split:
        raise BadQuery("split", "name a flag or a split, not both")
    if key := query.flag or query.split:
        subject = Subject(call.environment, "flag" if query.flag else "split", key)
        return listed(call, Listing([usage.get_usage(call.store, subject, query.since, until)]))
    found = usage.list_usage(call.store, call.environment, query.kind, call.paging(), query.since, until)
    return listed(call, found)


@operations(f"GET {ROOT}/clients", "List clients", answer=ClientPage, query=ClientQuery)
def list_clients(call: Call) -> Answer:
    """List the processes with an SDK that reported within three minutes, each with the revision that it holds.

    `summary` says how far the present revision, or the one that is asked for, has come among all of them.
    """
    now = call.services.clock()
    found, summary = usage.list_clients(call.store, call.environment, now, call.paging(), call.query.revision)
    answer = listed(call, found)
    return Answer(page_body(found) | {"summary": summary}, answer.status, answer.headers)
