"""History of an environment: changes, differences, as-of snapshots, and the way back."""

from flagsvc.http.admin.documents import ROOT
from flagsvc.http.call import Answer, Call
from flagsvc.http.operation import Operations
from flagsvc.http.parameters import ChangeQuery, DiffQuery, SnapshotQuery, WriteQuery
from flagsvc.http.rendering import listed, written
from flagsvc.http.schemas.history import ChangeInFull, ChangePage, Diff, Snapshot
from flagsvc.http.schemas.writes import Revert, Written, json_body
from flagsvc.usecases import diffs, history, reverts, snapshots

operations = Operations("History")


@operations(f"GET {ROOT}/changes", "List changes", answer=ChangePage, query=ChangeQuery)
def list_changes(call: Call) -> Answer:
    """Newest first; of one document with `kind` and `key`."""
    kind, key = call.query.kind, call.query.key
    return listed(call, history.list_changes(call.store, call.environment, call.paging(), kind, key))


@operations(f"GET {ROOT}/changes/{{revision}}", "Read a change", answer=ChangeInFull, trail=True)
def get_change(call: Call) -> Answer:
    """One change with its documents before and after; of a token nothing is kept but that it was changed."""
    return Answer(history.get_change(call.store, call.environment, call.path["revision"]))


@operations(f"GET {ROOT}/diff", "Compare two revisions", answer=Diff, query=DiffQuery)
def get_diff(call: Call) -> Answer:
    """Per document: before, after, a JSON Patch between them, and who moves."""
    query = call.query
    content = diffs.diff(call.store, call.environment, query.from_, query.to, query.kind, query.key)
    return Answer(content)


@operations(f"GET {ROOT}/snapshot", "Read everything as of a moment", answer=Snapshot, query=SnapshotQuery)
def get_snapshot(call: Call) -> Answer:
    """Read the documents at a revision, at a time, or now."""
    return Answer(snapshots.snapshot(call.store, call.environment, call.query.revision, call.query.at))


@operations(
    f"POST {ROOT}/revert",
    "Revert an environment",
    answer=Written,
    query=WriteQuery,
    body=json_body(Revert),
    example={"revision": 1},
    writes=True,
    conditional=True,
    errors=("in-use", "archived"),
)
def revert_environment(call: Call) -> Answer:
    """Put the whole environment back to a revision, as one new change; stored tables return as they were."""
    return written(call, reverts.revert_environment(call.store, call.intent, call.environment, call.body["revision"]))
