"""Rollouts: states by compare-and-set under a fenced lease, and a log that has the event behind every state."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, insert, select, update

from flagsvc.domain.members import ROLLOUT
from flagsvc.domain.page import Page
from flagsvc.domain.records import Document
from flagsvc.domain.rollouts.records import LEASE, LogEntry, StoredRollout
from flagsvc.store.columns import document_of
from flagsvc.store.cursors import Order, turned
from flagsvc.store.sight import Sight
from flagsvc.store.tables import documents, environments, leases, rollout_log, rollouts

_STATE = (
    rollouts.c.phase,
    rollouts.c.text.label("state_text"),
    rollouts.c.version.label("state_number"),
    rollouts.c.at.label("state_at"),
)


class RolloutSight(Sight):
    """How rollouts are doing, seen through one connection."""

    def rollout(self, environment: str, key: str) -> StoredRollout | None:
        """Read how far one rollout is."""
        found = self._connection.execute(select(rollouts).where(*_at(environment, key))).one_or_none()
        return StoredRollout(**found._asdict()) if found else None

    def rollouts(self, environment: str | None, phases: Collection[str]) -> Sequence[StoredRollout]:
        """Read the rollouts of an environment (or of all) that are in one of these phases."""
        query = select(rollouts).where(rollouts.c.phase.in_(sorted(phases)))
        if environment is not None:
            query = query.where(rollouts.c.environment == environment)
        rows = self._connection.execute(query.order_by(rollouts.c.environment, rollouts.c.key))
        return [StoredRollout(**row._asdict()) for row in rows]

    def rollouts_since(self, phases: Collection[str], since: str) -> Sequence[StoredRollout]:
        """Read the rollouts of every environment in one of these phases that moved at `since` or later."""
        query = select(rollouts).where(rollouts.c.phase.in_(sorted(phases)), rollouts.c.at >= since)
        return [StoredRollout(**row._asdict()) for row in self._connection.execute(query.order_by(rollouts.c.at))]

    def rollouts_newest(
        self, environment: str | None, phases: Collection[str], page: Page
    ) -> tuple[Sequence[tuple[Document, StoredRollout]], str | None]:
        """Read a page of the rollouts of open environments in one of these phases, the newest first."""
        same = and_(documents.c.environment == rollouts.c.environment, documents.c.key == rollouts.c.key)
        query = select(documents, *_STATE).join(rollouts, and_(documents.c.kind == ROLLOUT, same))
        query = query.join(environments, environments.c.key == documents.c.environment)
        query = query.where(rollouts.c.phase.in_(sorted(phases)), ~environments.c.archived)
        if environment is not None:
            query = query.where(documents.c.environment == environment)
        by_birth = (documents.c.created_at, documents.c.environment, documents.c.key)
        rows, cursor = turned(self._connection, query, Order("rollouts", by_birth, descending=True), page)
        return [(document_of(row), _state_of(row)) for row in rows], cursor

    def rollout_entered(self, stored: StoredRollout) -> LogEntry | None:
        """Read the first entry of the log after the last one that is of another phase."""
        here = _of(stored.environment, stored.key)
        other = select(func.max(rollout_log.c.number)).where(*here, rollout_log.c.phase != stored.phase)
        query = select(rollout_log).where(*here, rollout_log.c.number > func.coalesce(other.scalar_subquery(), 0))
        row = self._connection.execute(query.order_by(rollout_log.c.number).limit(1)).one_or_none()
        return LogEntry(**row._asdict()) if row else None

    def rollout_log(self, environment: str, key: str, page: Page) -> tuple[Sequence[LogEntry], str | None]:
        """Read a page of what moved a rollout, newest first."""
        query = select(rollout_log).where(*_of(environment, key))
        order = Order("rollout-log", (rollout_log.c.number,), descending=True)
        rows, cursor = turned(self._connection, query, order, page)
        return [LogEntry(**row._asdict()) for row in rows], cursor


class RolloutWriting(RolloutSight):
    """The same, with what a transaction may write."""

    def put_rollout(self, state: StoredRollout, entry: LogEntry, fence: int | None) -> bool:
        """Store a state with what led to it, if nobody else moved it, and a fence is still the lease's token."""
        if fence is not None:
            held = select(leases.c.token).where(leases.c.name == LEASE).with_for_update()
            if self._connection.execute(held).scalar_one_or_none() != fence:
                return False
        if not self._stored(state):
            return False
        self._connection.execute(insert(rollout_log).values(**asdict(entry)))
        return True

    def _stored(self, state: StoredRollout) -> bool:
        row: dict[str, Any] = asdict(state)
        if state.version == 1:
            self._connection.execute(insert(rollouts).values(**row))
            return True
        here = and_(*_at(state.environment, state.key), rollouts.c.version == state.version - 1)
        return self._connection.execute(update(rollouts).where(here).values(**row)).rowcount == 1


def _state_of(row: Row[Any]) -> StoredRollout:
    return StoredRollout(row.environment, row.key, row.phase, row.state_text, row.state_number, row.state_at)


def _at(environment: str, key: str) -> tuple[ColumnElement[bool], ...]:
    return rollouts.c.environment == environment, rollouts.c.key == key


def _of(environment: str, key: str) -> tuple[ColumnElement[bool], ...]:
    return rollout_log.c.environment == environment, rollout_log.c.rollout == key
