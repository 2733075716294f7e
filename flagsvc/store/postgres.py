"""PostgreSQL: connections that never wait long for a silent server."""

import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from flagsvc.domain.errors import Unavailable
from flagsvc.store.faults import HELD
from flagsvc.store.patience import Patience

POOL_SIZE = 20
LOOK_SECONDS = 0.12  # the driver waits for a tenth of a second at most before it looks up


class Silent(psycopg.OperationalError):
    """The server accepted our bytes and said nothing for too long."""


class ImpatientConnection(psycopg.Connection[Any]):
    """A connection that is closed when the server says nothing for `silence` seconds; progress resets the clock.

    The statement timeout is the server's own and does not help against a server that is frozen.
    """

    patience: ClassVar[Patience]
    silence: float

    def wait(self, gen: Generator[Any, Any, Any], interval: float = 0.05, timeout: float | None = None) -> Any:
        """Consume a generator of the driver; raises Silent."""
        try:
            return super().wait(_impatient(gen, self.silence), interval, timeout)
        except Silent:
            self.pgconn.finish()
            raise

    @classmethod
    def _connect_gen(cls, *arguments: Any, **options: Any) -> Generator[Any, Any, Any]:
        return _impatient(super()._connect_gen(*arguments, **options), cls.patience.connect)


def postgres_engine(url: URL, patience: Patience) -> Engine:
    """Make an engine whose connections are checked before use, bounded in number and in every wait."""
    conninfo = url.set(drivername="postgresql").render_as_string(hide_password=False)
    options, kind = _options(patience), _connection_class(patience)
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        creator=lambda: kind.connect(conninfo, options=options, application_name="flagsvc"),
        pool_size=POOL_SIZE,
        max_overflow=0,
        pool_timeout=patience.pool,
        pool_pre_ping=True,
        pool_recycle=1800,
    )
    event.listen(engine, "checkin", _hurry)
    return engine


def be_patient(connection: Connection, *, writes: bool) -> None:
    """Let the server be silent for as long as a read, or a write, may be. Elsewhere than here it does nothing."""
    raw = connection.connection.driver_connection
    if isinstance(raw, ImpatientConnection):
        raw.silence = raw.patience.write if writes else raw.patience.read


@contextmanager
def waiting_for_locks(connection: Connection) -> Iterator[None]:
    """Bound a statement that locks rows; raises Unavailable when others keep them. Elsewhere than here it does nothing.

    The lock timeout alone does not do it: it begins anew for each row, and for each writer that is queued before us.
    """
    raw = connection.connection.driver_connection
    if not isinstance(raw, ImpatientConnection):
        yield
        return
    connection.exec_driver_sql(f"SET LOCAL statement_timeout = {raw.patience.lock_milliseconds}")
    try:
        yield
    except DBAPIError as error:
        if isinstance(error.orig, psycopg.errors.QueryCanceled | psycopg.errors.LockNotAvailable):
            raise Unavailable(HELD) from error
        raise
    connection.exec_driver_sql("SET LOCAL statement_timeout TO DEFAULT")


def _connection_class(limits: Patience) -> type[ImpatientConnection]:
    class Connection(ImpatientConnection):
        patience = limits
        silence = limits.write

    return Connection


def _options(patience: Patience) -> str:
    limits = {
        "lock_timeout": patience.lock_milliseconds,
        "statement_timeout": 30_000,
        "idle_in_transaction_session_timeout": 10_000,
        "timezone": "UTC",
    }
    return " ".join(f"-c {name}={value}" for name, value in limits.items())


def _hurry(connection: ImpatientConnection | None, _record: object) -> None:
    """Leave no patience for the check before the next use: whoever comes next may have none."""
    if connection is not None:
        connection.silence = connection.patience.ping


def _impatient(gen: Generator[Any, Any, Any], silence: float) -> Generator[Any, Any, Any]:
    """Pass everything through, and give up when nothing was ready for that long.

    A wait that took longer than the driver meant it to was a pause of our own and counts as a short one.
    """
    try:
        wanted, began, silent = next(gen), time.monotonic(), 0.0
        while True:
            ready = yield wanted
            began, waited = (now := time.monotonic()), now - began
            silent = 0.0 if ready else silent + min(waited, LOOK_SECONDS)
            if silent > silence:
                raise Silent(f"no answer for {silence:g} s")
            wanted = gen.send(ready)
    except StopIteration as done:
        return done.value
