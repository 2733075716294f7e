"""One page after another: an order, and a cursor in it that survives inserts."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, tuple_

from flagsvc.domain.errors import BadQuery
from flagsvc.domain.page import Page
from flagsvc.domain.texts import is_clean

INTEGER_END = 2**63
FORGED = "This is no cursor of this list and order: take it from nextCursor, unchanged."


@dataclass(frozen=True, slots=True)
class Order:
    """A total order of rows; `name` is part of the cursor, which therefore fits no other order."""

    name: str
    columns: tuple[ColumnElement[Any], ...]
    descending: bool


def turned(
    connection: Connection, query: Select[Any], order: Order, page: Page
) -> tuple[Sequence[Row[Any]], str | None]:
    """Read one page and say where the next begins; raises BadQuery for a cursor that was not written here."""
    if page.cursor is not None:
        here, there = tuple_(*order.columns), tuple_(*_values(page.cursor, order))
        query = query.where(here < there if order.descending else here > there)
    sorting = (column.desc() if order.descending else column.asc() for column in order.columns)
    rows = connection.execute(query.order_by(*sorting).limit(page.limit + 1)).all()
    shown = rows[: page.limit]
    return shown, _cursor(shown[-1], order) if len(rows) > page.limit else None


def _cursor(last: Row[Any], order: Order) -> str:
    text = json.dumps([order.name, *(getattr(last, column.key or "") for column in order.columns)])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _values(cursor: str, order: Order) -> list[Any]:
    try:
        decoded = json.loads(base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error, RecursionError) as fault:
        raise BadQuery("cursor", FORGED) from fault
    types = [str, *(column.type.python_type for column in order.columns)]
    if not isinstance(decoded, list) or [type(value) for value in decoded] != types or decoded[0] != order.name:
        raise BadQuery("cursor", FORGED)
    if not all(is_clean(value) if isinstance(value, str) else abs(value) < INTEGER_END for value in decoded):
        raise BadQuery("cursor", FORGED)
    return decoded[1:]
