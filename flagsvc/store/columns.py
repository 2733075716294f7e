"""From a canonical text to the columns that lists search, filter and sort by, and from rows to values."""

import json
from typing import Any

from sqlalchemy import Row

from flagsvc.domain.records import Document, Ref

NAME_LENGTH = 200  # an index entry has room for it


def columns_of(ref: Ref, text: str) -> dict[str, Any]:
    """Columns of a document's row that are copies of members of its text.

    Whoever changes these rules changes those of the rows that are there: with a backfill (store/backfills).
    """
    members = json.loads(text)
    name = str(members.get("name") or ref.key)
    tags = [str(tag) for tag in members.get("tags") or ()]
    words = [str(members.get(member) or "") for member in ("owner", "description")]
    return {
        "text": text,
        "archived": members.get("archived") is True,
        "name": name[:NAME_LENGTH],
        "search": "\n".join([ref.key, name, *tags, *words]).lower(),
        "tags": "".join(f"\n{tag}\n" for tag in tags),
        "type": str(members.get("type") or ""),
        "owner": str(members.get("owner") or ""),
        "enabled": members.get("enabled"),
    }


def document_of(row: Row[Any]) -> Document:
    """Turn a row of `documents` into a value."""
    return Document(
        ref=Ref(row.environment, row.kind, row.key),
        text=row.text,
        version=row.version,
        archived=row.archived,
        created_at=row.created_at,
        changed_at=row.changed_at,
        changed_by=row.changed_by,
    )
