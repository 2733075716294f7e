"""Notices and their parcels: written with what they tell of, dealt once, taken by one replica at a time."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, exists, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from flagsdk.wire import canonical
from flagsvc.domain.rollouts.notice import Notice
from flagsvc.domain.rollouts.parcel import Parcel
from flagsvc.store.routing import RoutingSight
from flagsvc.store.tables import notices, parcels

_INSERTS: dict[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}
_NAME = (notices.c.environment, notices.c.rollout, notices.c.number)
_TOLD = (*_NAME, notices.c.kind, notices.c.urgency, notices.c.summary, notices.c.at, notices.c.facts)


class NoticeSight(RoutingSight):
    """What waits to be told, seen through one connection."""

    def has_new_notices(self) -> bool:
        """Tell whether any notice has not been dealt out."""
        return bool(self._connection.execute(select(exists().where(notices.c.dealt.is_(False)))).scalar_one())

    def due_parcels(self, notifier: str, limit: int) -> Sequence[Parcel]:
        """Read parcels that may be taken now: of each rollout the first only, the longest due first."""
        before = parcels.alias()
        earlier = exists().where(
            before.c.notifier == parcels.c.notifier,
            before.c.environment == parcels.c.environment,
            before.c.rollout == parcels.c.rollout,
            before.c.number < parcels.c.number,
        )
        query = select(*_TOLD, parcels.c.notifier, parcels.c.tries, parcels.c.due_ms).join(parcels, _together())
        query = query.where(parcels.c.notifier == notifier, parcels.c.due_ms <= self._now_ms(), ~earlier)
        rows: Any = self._connection.execute(query.order_by(parcels.c.due_ms, *_NAME).limit(limit))
        return [_parcel(row) for row in rows]

    def _now_ms(self) -> int:
        return round(self.seconds() * 1000)


class NoticeWriting(NoticeSight):
    """The same, with what a transaction may write."""

    def add_notices(self, told: Sequence[Notice]) -> None:
        """Keep notices until they have been told; one that is kept already stays as it is."""
        rows = [
            {
                **{column.name: getattr(notice, column.name) for column in _TOLD},
                "facts": canonical(dict(notice.facts)),
                "dealt": False,
            }
            for notice in told
        ]
        if rows:
            insert = _INSERTS[self._connection.dialect.name](notices)
            self._connection.execute(insert.on_conflict_do_nothing(), rows)

    def take_new_notices(self, limit: int) -> Sequence[Notice]:
        """Take notices to deal them out, the oldest first: of several who do so at once one gets each."""
        oldest = select(*_NAME).where(notices.c.dealt.is_(False)).order_by(notices.c.at, *_NAME).limit(limit)
        mine = update(notices).where(tuple_(*_NAME).in_(oldest), notices.c.dealt.is_(False)).values(dealt=True)
        taken = [_notice(row) for row in self._connection.execute(mine.returning(*_TOLD))]
        return sorted(taken, key=lambda notice: (notice.at, notice.environment, notice.rollout, notice.number))

    def add_parcels(self, sent: Sequence[Parcel]) -> None:
        """Put parcels on their way."""
        rows = [{**_name_of(parcel), "tries": parcel.tries, "due_ms": parcel.due_ms, "detail": ""} for parcel in sent]
        if rows:
            insert = _INSERTS[self._connection.dialect.name](parcels)
            self._connection.execute(insert.on_conflict_do_nothing(), rows)

    def take_parcel(self, parcel: Parcel, seconds: float) -> Parcel | None:
        """Take a parcel for so long, as it was read; None when somebody else took it, or it is gone."""
        until = self._now_ms() + round(seconds * 1000)
        mine = update(parcels).where(_unchanged(parcel)).values(due_ms=until)
        taken = self._connection.execute(mine.returning(parcels.c.due_ms)).one_or_none()
        return replace(parcel, due_ms=until) if taken else None

    def postpone_parcel(self, parcel: Parcel, seconds: float, detail: str) -> None:
        """Put a parcel that was taken back, to be tried again after so long; nothing when somebody else has it now."""
        later = {"tries": parcel.tries + 1, "due_ms": self._now_ms() + round(seconds * 1000), "detail": detail}
        self._connection.execute(update(parcels).where(_unchanged(parcel)).values(**later))

    def drop_parcel(self, parcel: Parcel) -> None:
        """Forget a parcel: it was delivered, or nobody tries any more."""
        self._connection.execute(delete(parcels).where(_is(parcel)))

    def forget_notices(self, before: str, limit: int) -> int:
        """Remove at most `limit` notices older than that, told or not; tells how many."""
        old = select(*_NAME).where(notices.c.at < before).order_by(notices.c.at).limit(limit)
        found = self._connection.execute(old).all()
        names = [tuple(row) for row in found]
        if names:
            of_parcel = tuple_(parcels.c.environment, parcels.c.rollout, parcels.c.number)
            self._connection.execute(delete(parcels).where(of_parcel.in_(names)))
            self._connection.execute(delete(notices).where(tuple_(*_NAME).in_(names)))
        return len(names)


def _together() -> ColumnElement[bool]:
    return and_(*(parcels.c[column.name] == column for column in _NAME))


def _name_of(parcel: Parcel) -> dict[str, Any]:
    notice = parcel.notice
    named = {"environment": notice.environment, "rollout": notice.rollout, "number": notice.number}
    return {"notifier": parcel.notifier, **named}


def _is(parcel: Parcel) -> ColumnElement[bool]:
    return and_(*(parcels.c[name] == value for name, value in _name_of(parcel).items()))


def _unchanged(parcel: Parcel) -> ColumnElement[bool]:
    return and_(_is(parcel), parcels.c.tries == parcel.tries, parcels.c.due_ms == parcel.due_ms)


def _notice(row: Row[Any]) -> Notice:
    told: dict[str, Any] = {column.name: getattr(row, column.name) for column in _TOLD}
    return Notice(**{**told, "facts": json.loads(row.facts)})


def _parcel(row: Row[Any]) -> Parcel:
    return Parcel(notifier=row.notifier, notice=_notice(row), tries=row.tries, due_ms=row.due_ms)
