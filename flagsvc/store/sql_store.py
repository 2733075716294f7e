"""The store over SQLAlchemy Core: one transaction per intention, bounded waits, an honest word about the outcome."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar, cast

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from flagsvc.domain.errors import Unavailable
from flagsvc.ports import Transaction, View
from flagsvc.span import Span, part
from flagsvc.store.faults import READ_ONLY, LostRace, is_disconnect, state_of, translated
from flagsvc.store.patience import Patience
from flagsvc.store.postgres import be_patient
from flagsvc.store.sqlite import WRITES
from flagsvc.store.transaction import SqlTransaction, SqlView

T = TypeVar("T")

TRIES = 5
PAUSE_SECONDS = 0.02  # doubled at each further try, with full jitter

UNKNOWN = "The connection was lost at COMMIT, so the write may have been stored: retry with the same Idempotency-Key."
BUSY = "Too many writes at once: try again."


class SqlStore:
    """The only truth, on SQLite or PostgreSQL. `chance` gives a number in [0, 1) for the jitter of retries."""

    def __init__(self, engine: Engine, chance: Callable[[], float], patience: Patience) -> None:
        self.engine = engine
        self._patience = patience
        self._chance = chance
        self._named = {"db.system.name": engine.dialect.name}
        self._writing = threading.Lock() if engine.dialect.name == "sqlite" else None

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[View]:
        """One consistent sight of the store."""
        with part("database read", "client", self._named), self._guarded(), self.engine.connect() as connection:
            be_patient(connection, writes=False)
            if connection.dialect.name == "postgresql":
                connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with connection.begin():
                yield SqlView(connection)

    def run(self, environments: Sequence[str], work: Callable[[Transaction], T], *, dry_run: bool = False) -> T:
        """Do `work` in one transaction, again if it lost a race."""
        with part("database transaction", "client", self._named) as one:
            return self._tried(environments, work, one, dry_run=dry_run)

    def _tried(self, environments: Sequence[str], work: Callable[[Transaction], T], one: Span, *, dry_run: bool) -> T:
        for attempt in range(TRIES):
            try:
                with self._turn(), self._guarded():
                    return self._once(environments, work, dry_run=dry_run)
            except LostRace:
                one.note({"flagsvc.database.lost_races": attempt + 1})
                time.sleep(self._chance() * PAUSE_SECONDS * 2**attempt)
        raise Unavailable(BUSY)

    def transacted(self, work: Callable[[Connection], T]) -> T:
        """Do `work` likewise on the bare connection: for what the store looks after by itself."""
        return self.run([], lambda tx: work(cast("SqlTransaction", tx).connection))

    def _once(self, environments: Sequence[str], work: Callable[[Transaction], T], *, dry_run: bool) -> T:
        with self.engine.connect().execution_options(**{WRITES: True}) as connection:
            be_patient(connection, writes=True)
            transaction = connection.begin()
            writer = SqlTransaction(connection)
            writer.lock(environments)
            result = work(writer)
            if dry_run:
                transaction.rollback()
            else:
                _commit(transaction.commit)
        return result

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Let the writers of this process queue fairly; SQLite's own waiting is by lot."""
        if self._writing is None:
            yield
            return
        if not self._writing.acquire(timeout=self._patience.turn):
            raise Unavailable(BUSY)
        try:
            yield
        finally:
            self._writing.release()

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except PoolTimeout as error:
            raise Unavailable(BUSY) from error
        except DBAPIError as error:
            if state_of(error) in READ_ONLY:
                self.engine.dispose()  # the primary moved: look for it with new connections
            raise translated(error) from error


def _commit(commit: Callable[[], None]) -> None:
    try:
        commit()
    except DBAPIError as error:
        if is_disconnect(error):
            raise Unavailable(UNKNOWN, outcome_unknown=True) from error
        raise
