"""What lists of documents can be filtered and sorted by."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select

from flagsvc.domain.errors import BadQuery
from flagsvc.domain.page import Page
from flagsvc.domain.texts import is_clean
from flagsvc.store.cursors import Order
from flagsvc.store.tables import documents

SWITCH = {"true": True, "false": False}

SORTS: Mapping[str, ColumnElement[Any]] = {
    "key": documents.c.key,
    "name": documents.c.name,
    "changedAt": documents.c.version,
    "createdAt": documents.c.created_at,
}


def _switch(column: ColumnElement[Any], name: str) -> Callable[[str], ColumnElement[bool]]:
    def condition(text: str) -> ColumnElement[bool]:
        if text not in SWITCH:
            raise BadQuery(name, f"must be true or false, not {text!r}")
        return column == SWITCH[text]

    return condition


FILTERS: Mapping[str, Callable[[str], ColumnElement[bool]]] = {
    "archived": _switch(documents.c.archived, "archived"),
    "enabled": _switch(documents.c.enabled, "enabled"),
    "tag": lambda text: documents.c.tags.contains(f"\n{text}\n", autoescape=True),
    "owner": lambda text: documents.c.owner == text,
    "type": lambda text: documents.c.type == text,
}
"""Filters by name; archived documents are left out unless asked for."""


def filtered(query: Select[Any], page: Page) -> Select[Any]:
    """Apply search and filters; raises BadQuery for a filter that is not on the list."""
    for name, text in {"archived": "false", **page.filters}.items():
        if name not in FILTERS or not is_clean(text):
            raise BadQuery(name, f"unknown filter; known: {', '.join(FILTERS)}")
        query = query.where(FILTERS[name](text))
    if page.search:
        if not is_clean(page.search):
            raise BadQuery("search", "must be Unicode text without NUL")
        query = query.where(documents.c.search.contains(page.search.lower(), autoescape=True))
    return query


def order_of(page: Page) -> Order:
    """Read the order asked for; raises BadQuery."""
    sort = page.sort or "key"
    column = SORTS.get(sort.removeprefix("-"))
    if column is None:
        raise BadQuery("sort", f"must be one of {', '.join(SORTS)}, with - before it for descending")
    columns = (column,) if column is documents.c.key else (column, documents.c.key)
    return Order(sort, columns, descending=sort.startswith("-"))
