"""PostgreSQL: connections that never wait long for a silent server."""

import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from flagsvc.domain.errors import Unavailable
from flagsvc.store.faults import HELD

CONNECT_SECONDS = 0.4
PING_SECONDS = 0.3
WRITE_SECONDS = 0.7
READ_SECONDS = 3.0
POOL_SECONDS = 0.3
POOL_SIZE = 20

LOCKS_MILLISECONDS = 600
"""The server gives up before we do: a lock held by somebody else is no silence."""

OPTIONS = "-c lock_timeout=600 -c statement_timeout=30000 -c idle_in_transaction_session_timeout=10000 -c timezone=UTC"


class Silent(psycopg.OperationalError):
    """The server accepted our bytes and said nothing for too long."""


class ImpatientConnection(psycopg.Connection[Any]):
    """A connection that is closed when the server says nothing for `patience` seconds; progress resets the clock.

    The statement timeout is the server's own and does not help against a server that is frozen.
    """

    patience = WRITE_SECONDS

    def wait(self, gen: Generator[Any, Any, Any], interval: float = 0.05, timeout: float | None = None) -> Any:
        """Consume a generator of the driver; raises Silent."""
        try:
            return super().wait(_impatient(gen, self.patience), interval, timeout)
        except Silent:
            self.pgconn.finish()
            raise

    @classmethod
    def _connect_gen(cls, *arguments: Any, **options: Any) -> Generator[Any, Any, Any]:
        return _impatient(super()._connect_gen(*arguments, **options), CONNECT_SECONDS)


def postgres_engine(url: URL) -> Engine:
    """Make an engine whose connections are checked before use, bounded in number and in every wait."""
    conninfo = url.set(drivername="postgresql").render_as_string(hide_password=False)
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        creator=lambda: _connect(conninfo),
        pool_size=POOL_SIZE,
        max_overflow=0,
        pool_timeout=POOL_SECONDS,
        pool_pre_ping=True,
        pool_recycle=1800,
    )
    event.listen(engine, "checkin", _hurry)
    return engine


@contextmanager
def waiting_for_locks(connection: Connection) -> Iterator[None]:
    """Bound a statement that locks rows; raises Unavailable when others keep them. Elsewhere than here it does nothing.

    The lock timeout alone does not do it: it begins anew for each row, and for each writer that is queued before us.
    """
    if connection.dialect.name != "postgresql":
        yield
        return
    connection.exec_driver_sql(f"SET LOCAL statement_timeout = {LOCKS_MILLISECONDS}")
    try:
        yield
    except DBAPIError as error:
        if isinstance(error.orig, psycopg.errors.QueryCanceled | psycopg.errors.LockNotAvailable):
            raise Unavailable(HELD) from error
        raise
    connection.exec_driver_sql("SET LOCAL statement_timeout TO DEFAULT")


def _connect(conninfo: str) -> ImpatientConnection:
    return ImpatientConnection.connect(conninfo, options=OPTIONS, application_name="flagsvc")


def _hurry(connection: ImpatientConnection | None, _record: object) -> None:
    """Leave no patience for the check before the next use: whoever comes next may have none."""
    if connection is not None:
        connection.patience = PING_SECONDS


def _impatient(gen: Generator[Any, Any, Any], patience: float) -> Generator[Any, Any, Any]:
    """Pass everything through, and give up when nothing was ready for that long."""
    try:
        wanted, heard = next(gen), time.monotonic()
        while True:
            ready = yield wanted
            now = time.monotonic()
            if not ready and now - heard > patience:
                raise Silent(f"no answer for {patience} s")
            heard = now if ready else heard
            wanted = gen.send(ready)
    except StopIteration as done:
        return done.value
