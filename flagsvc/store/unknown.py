"""What clients asked for in vain: counts that add up, bounded in number, forgotten in time."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, case, delete, exists, func, or_, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite

from flagsdk.wire.members import MAX_NUMBER
from flagsvc.domain.unknown import Asked, Asking
from flagsvc.store.sight import Sight
from flagsvc.store.tables import documents, unknown_keys

_INSERTS: Mapping[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}
_HERE = unknown_keys.c
_KEY = tuple(unknown_keys.primary_key.columns)


class UnknownSight(Sight):
    """What was asked for in vain, seen through one connection."""

    def asked(self, environment: str) -> Sequence[Asked]:
        """Read all that is kept of an environment, by key and application."""
        query = select(unknown_keys).where(_HERE.environment == environment).order_by(*_KEY)
        return [
            Asked(Asking(row.environment, row.key, row.application), row.sdk, row.times, row.first_at, row.last_at)
            for row in self._connection.execute(query)
        ]


class UnknownWriting(UnknownSight):
    """The same, with what a transaction may write.

    Rows are touched in the order of their keys, and what somebody else has locked is removed another time: no rings of
    waiters.
    """

    def add_asked(self, asked: Sequence[Asked], most: int) -> None:
        """Add up what was asked for; above `most` rows of an environment, those not asked for the longest go."""
        statement = _INSERTS[self._connection.dialect.name](unknown_keys)
        new = statement.excluded
        times = _HERE.times + new.times
        statement = statement.on_conflict_do_update(
            index_elements=[column.name for column in _KEY],
            set_={
                "sdk": new.sdk,
                "times": case((times > MAX_NUMBER, MAX_NUMBER), else_=times),
                "last_at": case((new.last_at > _HERE.last_at, new.last_at), else_=_HERE.last_at),
            },
        )
        rows = [each.asking._asdict() | {**each._asdict(), "times": min(each.times, MAX_NUMBER)} for each in asked]
        if rows:
            self._connection.execute(statement, [{name: row[name] for name in _HERE.keys()} for row in rows])  # noqa: SIM118 - no dictionary
        for environment in sorted({each.asking.environment for each in asked}):
            self._bound(environment, most)

    def forget_asked(self, before: str, limit: int) -> int:
        """Remove at most `limit` rows of what was last asked for before that time, or is there now; how many."""
        there = exists().where(
            documents.c.environment == _HERE.environment,
            documents.c.kind == "flag",
            documents.c.key == _HERE.key,
            ~documents.c.archived,
        )
        return self._drop(or_(_HERE.last_at < before, there), limit)

    def _bound(self, environment: str, most: int) -> None:
        here = _HERE.environment == environment
        size: int = self._connection.execute(select(func.count()).select_from(unknown_keys).where(here)).scalar_one()
        if size > most:
            self._drop(here, size - most)

    def _drop(self, which: ColumnElement[bool], limit: int) -> int:
        """Remove the rows that were not asked for the longest."""
        oldest = select(*_KEY).where(which).order_by(_HERE.last_at, _HERE.times, *_KEY).limit(limit)
        found = self._connection.execute(oldest.with_for_update(skip_locked=True)).all()
        if found:
            self._connection.execute(delete(unknown_keys).where(tuple_(*_KEY).in_([tuple(row) for row in found])))
        return len(found)
