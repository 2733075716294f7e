"""Doing a backfill: a batch at a time, each one transaction that moves the row of its state along."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects import postgresql, sqlite

from flagsvc.store.backfills.registry import BACKFILLS, Backfill
from flagsvc.store.sql_store import SqlStore
from flagsvc.store.tables import backfills

BATCH = 200
_INSERTS: dict[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a backfill is, in rows. It is over when none is left; `finished_at` is the time of that, RFC 3339."""

    name: str
    revision: str
    done: int
    left: int
    started_at: str | None
    moved_at: str | None
    finished_at: str | None


def progress(connection: Connection, known: Sequence[Backfill] = BACKFILLS) -> list[Progress]:
    """Tell how far each is."""
    rows = {row.name: row for row in connection.execute(select(backfills))}
    return [_told(each, rows.get(each.name), each.left(connection)) for each in known]


def take_batch(store: SqlStore, now: str, known: Sequence[Backfill] = BACKFILLS, most: int = BATCH) -> Progress | None:
    """Do one batch of the first backfill that has rows left, and tell how far it is; None where all are over.

    Batch and state are one transaction, under the lock of the state's row: killed anywhere, it goes on where it was,
    and no row is counted twice. `now` is a text of domain.instants.
    """
    return store.transacted(lambda connection: _batch(connection, now, known, most))


def _batch(connection: Connection, now: str, known: Sequence[Backfill], most: int) -> Progress | None:
    for each in known:
        seen = connection.execute(_of(each)).one_or_none()
        if seen is not None and seen.finished_at is not None and each.left(connection) == 0:
            continue
        row = _locked(connection, each, now)
        changed, place = each.batch(connection, row.place, most)
        left = each.left(connection)
        moved = {"place": place, "done": row.done + changed, "moved_at": now, "finished_at": None if left else now}
        connection.execute(update(backfills).where(backfills.c.name == each.name).values(**moved))
        return _told(each, connection.execute(_of(each)).one(), left)
    return None


def _locked(connection: Connection, each: Backfill, now: str) -> Any:
    fresh = {"name": each.name, "place": "", "done": 0, "started_at": now, "moved_at": now}
    begun = _INSERTS[connection.dialect.name](backfills).values(**fresh).on_conflict_do_nothing()
    connection.execute(begun)
    return connection.execute(_of(each).with_for_update()).one()


def _of(each: Backfill) -> Any:
    return select(backfills).where(backfills.c.name == each.name)


def _told(each: Backfill, row: Any, left: int) -> Progress:
    times = {name: getattr(row, name, None) for name in ("started_at", "moved_at", "finished_at")}
    return Progress(name=each.name, revision=each.revision, done=row.done if row else 0, left=left, **times)
