"""Changes as lines of a file: one JSON text each, or a table in which nobody may inject a formula. Pure."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

COLUMNS = (
    *("environment", "revision", "at", "actorKind", "actor", "tokenId", "address", "requestId"),
    *("action", "reason", "documents", "previousHash", "hash"),
)
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet takes a cell that begins so for a formula, and runs it."""


def json_lines(changes: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Write a change per line, as the API answers it."""
    for change in changes:
        yield json.dumps(change, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n"


def csv_lines(changes: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Write a table (RFC 4180) with a line of names first; an apostrophe disarms what looks like a formula."""
    yield _row(COLUMNS)
    for change in changes:
        yield _row(_cells(change))


def _cells(change: Mapping[str, Any]) -> list[Any]:
    actor = change["actor"]
    documents = "; ".join(f"{edit['action']} {edit['kind']}/{edit['key']}" for edit in change["edits"])
    said = {
        **change,
        "actorKind": actor["kind"],
        "actor": actor["name"],
        **{name: actor.get(name, "") for name in ("tokenId", "address", "requestId")},
        "documents": documents,
    }
    return [said[name] for name in COLUMNS]


def _row(cells: Iterable[Any]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow([_disarmed(cell) for cell in cells])
    return line.getvalue()


def _disarmed(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell
