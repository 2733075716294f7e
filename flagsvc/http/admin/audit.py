"""The audit trail across environments: /api/v1/audit."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from flagsvc.domain.audit_lines import csv_lines, json_lines
from flagsvc.http.call import Answer, Call
from flagsvc.http.operation import Operations
from flagsvc.http.parameters import AuditExportQuery, AuditQuery
from flagsvc.http.rendering import listed
from flagsvc.http.schemas.history import Change, ChangePage, Verification
from flagsvc.usecases import history

JSON_LINES = "application/jsonl"
CSV = "text/csv"
_FORMATS: Mapping[str, tuple[str, Callable[[Iterable[Mapping[str, Any]]], Iterator[str]]]] = {
    "jsonl": (JSON_LINES, json_lines),
    "csv": (CSV, csv_lines),
}

operations = Operations("Audit")


@operations("GET /api/v1/audit", "List all changes", answer=ChangePage, query=AuditQuery, everywhere=True)
def list_audit(call: Call) -> Answer:
    """Newest first, over all environments; by environment, actor, time, document and action."""
    return listed(call, history.list_audit(call.store, call.page()))


@operations(
    "GET /api/v1/audit/export",
    "Export all changes",
    answer=Change,
    media=(JSON_LINES, CSV),
    query=AuditExportQuery,
    everywhere=True,
)
def export_audit(call: Call) -> Answer:
    """Send every change that the filters let through, newest first, as a file; it is never whole in memory.

    Each line of JSON is a change with all its documents. In a table, a cell that a spreadsheet would take for a formula
    begins with an apostrophe.
    """
    form = call.query.format
    media, lines = _FORMATS[form]
    filters = {name: text for name, text in call.page().filters.items() if name != "format"}
    octets = (line.encode() for line in lines(history.export_audit(call.store, filters)))
    begun = chain([next(octets, b"")], octets)  # what goes wrong at once is a problem, not half a file
    name = f"audit-{call.services.clock():%Y%m%dT%H%M%SZ}.{form}"
    headers = {
        "Content-Type": f"{media}; charset=utf-8",
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "private, no-store",
    }
    return Answer(None, 200, headers, begun)


@operations("GET /api/v1/audit/verify", "Verify the audit trail", answer=Verification, everywhere=True)
def verify_audit(call: Call) -> Answer:
    """Recomputes the hash chain of every environment and names the first break."""
    return Answer(history.verify_audit(call.store))
