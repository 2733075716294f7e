"""Rollouts: states by compare-and-set under a fenced lease, and a log that has the event behind every state."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import ColumnElement, and_, insert, select, update

from flagsvc.domain.page import Page
from flagsvc.domain.rollouts.records import LEASE, LogEntry, StoredRollout
from flagsvc.store.cursors import Order, turned
from flagsvc.store.sight import Sight
from flagsvc.store.tables import leases, rollout_log, rollouts


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


def _at(environment: str, key: str) -> tuple[ColumnElement[bool], ...]:
    return rollouts.c.environment == environment, rollouts.c.key == key


def _of(environment: str, key: str) -> tuple[ColumnElement[bool], ...]:
    return rollout_log.c.environment == environment, rollout_log.c.rollout == key
