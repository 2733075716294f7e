"""Bindings and edges: leases with fencing by the database's clock, states by compare-and-set, events, shelves."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, case, delete, extract, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from flagsvc.domain.page import Page
from flagsvc.domain.routing.records import LEASE, BindingEvent, Node, ShelfItem, StoredState
from flagsvc.store.cursors import Order, turned
from flagsvc.store.sight import Sight
from flagsvc.store.tables import binding_events, binding_states, leases, nodes, shelf_items

_INSERTS: dict[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


class RoutingSight(Sight):
    """How bindings are doing, seen through one connection."""

    def binding_states(self, environment: str | None = None) -> Sequence[StoredState]:
        """Read the states of an environment's bindings, or of all."""
        query = select(binding_states).order_by(binding_states.c.environment, binding_states.c.key)
        if environment is not None:
            query = query.where(binding_states.c.environment == environment)
        return [StoredState(**row._asdict()) for row in self._connection.execute(query)]

    def binding_events(
        self, environment: str, key: str | None, page: Page
    ) -> tuple[Sequence[BindingEvent], str | None]:
        """Read a page of events, newest first."""
        query = select(binding_events).where(binding_events.c.environment == environment)
        if key is not None:
            query = query.where(binding_events.c.binding == key)
        order = Order("binding-events", (binding_events.c.number,), descending=True)
        rows, cursor = turned(self._connection, query, order, page)
        return [BindingEvent(**row._asdict()) for row in rows], cursor

    def seconds(self) -> float:
        """Unix seconds by the database's clock."""
        return float(self._connection.execute(select(_NOW[self._connection.dialect.name])).scalar_one()) / 1000

    def lease_token(self, name: str) -> int:
        """Fencing token of the newest holder."""
        token: int | None = self._connection.execute(
            select(leases.c.token).where(leases.c.name == name)
        ).scalar_one_or_none()
        return token or 0

    def shelf_items(self) -> Sequence[ShelfItem]:
        """Read everything that lies ready."""
        rows = self._connection.execute(select(shelf_items).order_by(shelf_items.c.router))
        return [ShelfItem(**row._asdict()) for row in rows]

    def nodes(self, router: str) -> Sequence[Node]:
        """Read the edges of a router."""
        query = select(nodes).where(nodes.c.router == router).order_by(nodes.c.id)
        return [Node(**row._asdict()) for row in self._connection.execute(query)]


class RoutingWriting(RoutingSight):
    """The same, with what a transaction may write."""

    def hurry(self, seconds: float) -> None:
        """Have the server end this transaction when its process is silent for so long; SQLite has no server."""
        if self._connection.dialect.name == "postgresql":
            limit = f"{round(seconds * 1000)}ms"
            self._connection.exec_driver_sql(f"SET LOCAL idle_in_transaction_session_timeout = '{limit}'")

    def claim_lease(self, name: str, holder: str, seconds: float) -> int | None:
        """Take or keep a lease: by one statement, so that of two at once one gets it."""
        now = round(self.seconds() * 1000)
        entry = {"name": name, "holder": holder, "token": 1, "expires_ms": now + round(seconds * 1000)}
        statement = self._insert(leases).values(**entry)
        mine = leases.c.holder == statement.excluded.holder
        statement = statement.on_conflict_do_update(
            index_elements=["name"],
            set_={
                "token": leases.c.token + case((mine, 0), else_=1),
                "holder": statement.excluded.holder,
                "expires_ms": statement.excluded.expires_ms,
            },
            where=mine | (leases.c.expires_ms <= now),
        ).returning(leases.c.token)
        token: int | None = self._connection.execute(statement).scalar_one_or_none()
        return token

    def release_lease(self, name: str, holder: str) -> None:
        """Let a lease run out now, if it is still that holder's; its token stays, so that the next one is higher."""
        mine = and_(leases.c.name == name, leases.c.holder == holder)
        self._connection.execute(update(leases).where(mine).values(expires_ms=0, holder=""))

    def put_binding_state(self, state: StoredState, fence: int) -> bool:
        """Store a state if nobody else did, and the lease is still ours; the lease's row is locked meanwhile."""
        held = select(leases.c.token).where(leases.c.name == LEASE).with_for_update()
        if self._connection.execute(held).scalar_one_or_none() != fence:
            return False
        row = asdict(state)
        if state.version == 1:
            statement = self._insert(binding_states).values(**row).on_conflict_do_nothing()
        else:
            here = and_(*_of(state), binding_states.c.version == state.version - 1)
            statement = update(binding_states).where(here).values(**row)
        return self._connection.execute(statement.returning(binding_states.c.version)).one_or_none() is not None

    def drop_binding_state(self, environment: str, key: str) -> None:
        """Forget a binding."""
        here = (binding_states.c.environment == environment, binding_states.c.key == key)
        self._connection.execute(delete(binding_states).where(*here))

    def add_binding_events(self, events: Sequence[BindingEvent]) -> None:
        """Append events."""
        rows = [{name: value for name, value in asdict(event).items() if name != "number"} for event in events]
        if rows:
            self._connection.execute(insert(binding_events), rows)

    def forget_binding_events(self, before: str, limit: int) -> int:
        """Remove the oldest events."""
        old = select(binding_events.c.number).where(binding_events.c.at < before)
        old = old.order_by(binding_events.c.number).limit(limit)
        return int(self._connection.execute(delete(binding_events).where(binding_events.c.number.in_(old))).rowcount)

    def put_shelf_item(self, item: ShelfItem) -> None:
        """Lay something ready."""
        statement = self._insert(shelf_items).values(**asdict(item))
        fresh = {name: statement.excluded[name] for name in ("version", "content", "at")}
        self._connection.execute(statement.on_conflict_do_update(index_elements=["router"], set_=fresh))

    def put_nodes(self, seen: Sequence[Node], forget_before: str) -> None:
        """Remember what edges hold; of two sights of one edge the later stays."""
        for node in sorted(seen, key=lambda node: (node.router, node.id)):
            statement = self._insert(nodes).values(**asdict(node))
            fresh = {name: statement.excluded[name] for name in ("held", "offered", "seen_at")}
            later = nodes.c.seen_at <= statement.excluded.seen_at
            self._connection.execute(
                statement.on_conflict_do_update(index_elements=["router", "id"], set_=fresh, where=later)
            )
        self._connection.execute(delete(nodes).where(nodes.c.seen_at < forget_before))

    def _insert(self, table: Table) -> Any:
        return _INSERTS[self._connection.dialect.name](table)


_NOW: dict[str, ColumnElement[Any]] = {
    "postgresql": extract("epoch", func.clock_timestamp()) * 1000,
    "sqlite": (func.julianday("now") - 2440587.5) * 86_400_000,  # days since noon of 24 November 4714 BC
}
"""Unix milliseconds by the database's own clock, the same for every replica."""


def _of(state: StoredState) -> tuple[ColumnElement[bool], ...]:
    return binding_states.c.environment == state.environment, binding_states.c.key == state.key
