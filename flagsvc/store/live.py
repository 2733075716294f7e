"""What moved lately: narrow answers to questions that are asked every second while somebody follows."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from sqlalchemy import ColumnElement, func, select, tuple_

from flagsvc.domain.live import Mark, Place
from flagsvc.domain.routing.records import StoredState
from flagsvc.store.sight import Sight
from flagsvc.store.tables import binding_events, binding_states, rollouts

CHUNK = 300  # places per statement


class LiveSight(Sight):
    """What moved, seen through one connection."""

    def rollout_marks(self, since: str) -> Sequence[Mark]:
        """Read which rollouts moved at `since` or later."""
        table = rollouts.c
        query = select(table.environment, table.key, table.version, table.phase).where(table.at >= since)
        rows = self._connection.execute(query.order_by(table.environment, table.key))
        return [Mark(Place(row.environment, row.key), row.version, row.phase) for row in rows]

    def binding_marks(self, since: str) -> Sequence[Mark]:
        """Read which bindings were stored at `since` or later."""
        table = binding_states.c
        query = select(table.environment, table.key, table.version).where(table.at >= since)
        rows = self._connection.execute(query.order_by(table.environment, table.key))
        return [Mark(Place(row.environment, row.key), row.version) for row in rows]

    def binding_states_at(self, places: Collection[Place]) -> Sequence[StoredState]:
        """Read the states at these places."""
        table, found = binding_states.c, list[StoredState]()
        for here in _among(places, table.environment, table.key):
            rows = self._connection.execute(select(binding_states).where(here))
            found += [StoredState(**row._asdict()) for row in rows]
        return found

    def binding_numbers(self, places: Collection[Place]) -> Mapping[Place, int]:
        """Read the number of the newest event at each of these places."""
        table, found = binding_events.c, dict[Place, int]()
        for here in _among(places, table.environment, table.binding):
            query = select(table.environment, table.binding, func.max(table.number).label("newest")).where(here)
            for row in self._connection.execute(query.group_by(table.environment, table.binding)):
                found[Place(row.environment, row.binding)] = row.newest
        return found


def _among(places: Collection[Place], *columns: ColumnElement[str]) -> Iterator[ColumnElement[bool]]:
    ordered = sorted(places)
    for start in range(0, len(ordered), CHUNK):
        yield tuple_(*columns).in_(ordered[start : start + CHUNK])
