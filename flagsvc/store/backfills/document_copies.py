"""Copies for lists, taken again of documents that an older release wrote: its search knows no description and owner."""

import json
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, func, select, tuple_, update

from flagsvc.domain.records import Ref
from flagsvc.store.columns import columns_of
from flagsvc.store.tables import documents, environments

_KEY = (documents.c.environment, documents.c.kind, documents.c.key)
_STALE = documents.c.copied_version.is_distinct_from(documents.c.version)
_COPIES = ("name", "search", "tags", "type", "owner", "enabled")
_UPDATE = (
    update(documents)
    .where(*(column == bindparam(f"of_{column.name}") for column in _KEY))
    .values({name: bindparam(name) for name in (*_COPIES, "copied_version")})
)


class DocumentCopies:
    """Rows of `documents` whose copies are of another version than the row, or of none that is known."""

    name = "document-copies"
    revision = "0009"

    def left(self, connection: Connection) -> int:
        """Count them."""
        return int(connection.execute(select(func.count()).select_from(documents).where(_STALE)).scalar_one())

    def batch(self, connection: Connection, place: str, most: int) -> tuple[int, str]:
        """Take the copies again, of one environment at a time, under its lock: nobody writes to it meanwhile."""
        environment = self._next(connection, place)
        if environment is None:
            return 0, ""
        lock = select(environments.c.key).where(environments.c.key == environment).with_for_update()
        connection.execute(lock).all()
        query = select(documents).where(_STALE, documents.c.environment == environment, *_after(place))
        rows = connection.execute(query.order_by(*_KEY).limit(most)).all()
        if rows:
            connection.execute(_UPDATE, [_fresh(row) for row in rows])
        return len(rows), _place(rows[-1]) if rows else json.dumps([environment, "\U0010ffff", ""])

    def _next(self, connection: Connection, place: str) -> str | None:
        query = select(documents.c.environment).where(_STALE, *_after(place)).order_by(*_KEY).limit(1)
        found: str | None = connection.execute(query).scalar_one_or_none()
        return found


def _after(place: str) -> tuple[ColumnElement[bool], ...]:
    return (tuple_(*_KEY) > tuple_(*json.loads(place)),) if place else ()


def _place(row: Row[Any]) -> str:
    return json.dumps([row.environment, row.kind, row.key])


def _fresh(row: Row[Any]) -> dict[str, Any]:
    ref = Ref(row.environment, row.kind, row.key)
    copies = columns_of(ref, row.text)
    return {
        **{f"of_{name}": value for name, value in ref._asdict().items()},
        **{name: copies[name] for name in _COPIES},
        "copied_version": row.version,
    }
