"""Reading the trail of changes: one, a page of them, all in the order of the chain."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, exists, or_, select, true

from flagsvc.domain.actor import Actor
from flagsvc.domain.errors import BadQuery
from flagsvc.domain.instants import text_of
from flagsvc.domain.page import Page
from flagsvc.domain.records import UNTEXTED, Change, EditSummary, Ref
from flagsvc.domain.texts import is_clean
from flagsvc.store.cursors import Order, turned
from flagsvc.store.sight import Sight
from flagsvc.store.tables import changes, document_revisions


def _time(name: str, text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as fault:
        raise BadQuery(name, "must be an RFC 3339 time") from fault
    if moment.tzinfo is None:
        raise BadQuery(name, "must be an RFC 3339 time with an offset, for instance Z")
    return text_of(moment)


FILTERS: Mapping[str, Callable[[str], ColumnElement[bool]]] = {
    "environment": lambda text: changes.c.environment == text,
    "actor": lambda text: changes.c.actor == text,
    "since": lambda text: changes.c.at >= _time("since", text),
    "until": lambda text: changes.c.at <= _time("until", text),
    "action": lambda text: changes.c.action.startswith(text, autoescape=True),
}
DOCUMENT = ("kind", "key")
"""Filters that mean one and the same document together."""


class Trail(Sight):
    """The changes, seen through one connection."""

    def change(self, environment: str, revision: int) -> Change | None:
        """One change."""
        query = select(changes).where(changes.c.environment == environment, changes.c.revision == revision)
        row = self._connection.execute(query).one_or_none()
        return None if row is None else change_of(row)

    def changes(self, environment: str, page: Page, ref: Ref | None = None) -> tuple[Sequence[Change], str | None]:
        """Read a page of one environment's changes, newest first."""
        query = select(changes).where(changes.c.environment == environment)
        if ref is not None:
            query = query.join(document_revisions, _wrote(ref))
        return self._page(query, page, Order("revision", (changes.c.revision,), descending=True))

    def audit(self, page: Page) -> tuple[Sequence[Change], str | None]:
        """Read a page of everybody's changes, newest first."""
        query = select(changes)
        for name, text in page.filters.items():
            if name not in {*FILTERS, *DOCUMENT} or not is_clean(text):
                raise BadQuery(name, f"unknown filter; known: {', '.join([*FILTERS, *DOCUMENT])}")
            query = query.where(FILTERS[name](text)) if name in FILTERS else query
        if wanted := {name: page.filters[name] for name in DOCUMENT if name in page.filters}:
            query = query.where(_touched(wanted))
        by_time = (changes.c.at, changes.c.environment, changes.c.revision)
        return self._page(query, page, Order("audit", by_time, descending=True))

    def trail(self, environment: str, after: int, limit: int) -> Sequence[Change]:
        """Read changes in the order of the chain."""
        query = select(changes).where(changes.c.environment == environment, changes.c.revision > after)
        rows = self._connection.execute(query.order_by(changes.c.revision).limit(limit))
        return [change_of(row) for row in rows]

    def written(self, environment: str, first: int, last: int) -> Sequence[tuple[int, str, str]]:
        """(revision, name, text) of everything that these revisions wrote."""
        stored = document_revisions
        query = select(stored).where(stored.c.environment == environment, stored.c.revision.between(first, last))
        return [(row.revision, f"{row.kind}/{row.key}", row.text) for row in self._connection.execute(query)]

    def _page(self, query: Select[Any], page: Page, order: Order) -> tuple[Sequence[Change], str | None]:
        rows, cursor = turned(self._connection, query, order, page)
        return [change_of(row) for row in rows], cursor


def _touched(wanted: Mapping[str, str]) -> ColumnElement[bool]:
    """Hold for the changes that wrote such a document; a token is none, and stands in the change alone."""
    stored = document_revisions.c
    same = (stored.environment == changes.c.environment, stored.revision == changes.c.revision)
    written = exists().where(*same, *(stored[name] == text for name, text in wanted.items()))
    kind, key = wanted.get("kind", UNTEXTED), wanted.get("key")
    if kind != UNTEXTED:
        return written
    of_token = changes.c.action.startswith(f"{UNTEXTED}.")
    named = true() if key is None else changes.c.edits.contains(f'"key":{json.dumps(key)}', autoescape=True)
    return or_(written, and_(of_token, named))


def change_of(row: Row[Any]) -> Change:
    """Turn a row of `changes` into a value."""
    return Change(
        environment=row.environment,
        revision=row.revision,
        at=row.at,
        actor=Actor(row.actor_kind, row.actor, row.token_id, row.address, row.request_id, row.via),
        reason=row.reason,
        action=row.action,
        edits=tuple(EditSummary(**edit) for edit in json.loads(row.edits)),
        previous_hash=row.previous_hash,
        hash=row.hash,
    )


def row_of(change: Change) -> dict[str, Any]:
    """Turn a change into a row of `changes`."""
    return {
        "environment": change.environment,
        "revision": change.revision,
        "at": change.at,
        "actor_kind": change.actor.kind,
        "actor": change.actor.name,
        "token_id": change.actor.token_id,
        "address": change.actor.address,
        "request_id": change.actor.request_id,
        "via": change.actor.via,
        "reason": change.reason,
        "action": change.action,
        "edits": json.dumps([asdict(edit) for edit in change.edits], ensure_ascii=False, separators=(",", ":")),
        "previous_hash": change.previous_hash,
        "hash": change.hash,
    }


def _wrote(ref: Ref) -> ColumnElement[bool]:
    stored = document_revisions.c
    return and_(
        stored.environment == changes.c.environment,
        stored.revision == changes.c.revision,
        stored.kind == ref.kind,
        stored.key == ref.key,
    )
