"""SQLite: one file, write-ahead log, and no silent new beginning when the file is damaged."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import OperationalError

from flagsvc.domain.errors import Unavailable
from flagsvc.store.faults import Damaged
from flagsvc.store.patience import Patience

CHECK_SECONDS = 5.0
POOL_SIZE = 20
MARK = "alembic_version"  # a table that every schema of ours has
LOG_HEAD_BYTES = 32
LOG_MARKS = frozenset(bytes.fromhex(mark) for mark in ("377f0682", "377f0683", "00000000"))
WRITES = "flagsvc_writes"  # execution option: the transaction will write

MAKING_SECONDS = 1.0
PRIMARY = 0xFF  # the lower byte of a result code says what it is, the others say more
CLOSED = {
    sqlite3.SQLITE_BUSY: "is locked by another program: end that, or wait for it",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened: may this user read and write it and its folder?",
    sqlite3.SQLITE_READONLY: "cannot be written: may this user write it and its folder?",
    sqlite3.SQLITE_PERM: "cannot be opened: may this user read and write it and its folder?",
}
"""What says nothing about the content: such a file is not damaged, and must not be put aside."""

RESTORE = """
Nothing was changed. To restore:
  1. Stop every process that uses {path}.
  2. Move {path}, {path}-wal and {path}-shm aside (keep them: they may hold the newest changes).
  3. Restore your last backup: flagsvc db restore BACKUP. Or put a copy of the file at {path}; or try to rescue:
     sqlite3 DAMAGED_FILE .recover | sqlite3 {path}
  4. After anything but `flagsvc db restore`: flagsvc db new-epoch --yes, because history may have been lost.
  5. Start again.
To begin with an empty database instead, remove the three files yourself."""


def sqlite_engine(url: URL, patience: Patience) -> Engine:
    """Make an engine over a sound (or not yet existing) file; raises Damaged with the steps to restore it.

    Raises Unavailable for one that is locked, or closed to this user: nothing is known of its content then.
    A file that holds the tables of another program, and none of ours, is refused, too: the path is mistyped.
    """
    path = Path(url.database or "")
    if not url.database or url.database == ":memory:":
        raise Damaged("SQLite needs a file: sqlite:///PATH. A database in memory would forget everything at the end.")
    if path.exists():
        _demand_sound(path)
        _demand_ours(path)
    engine = create_engine(
        url.set(drivername="sqlite+pysqlite"),
        pool_size=POOL_SIZE,
        max_overflow=0,
        pool_timeout=patience.turn,
        connect_args={"timeout": patience.turn, "check_same_thread": False},
    )
    place = _Place(path)
    event.listen(engine, "connect", lambda connection, _: place.prepare(connection))
    event.listen(engine, "begin", lambda connection: _begin(connection, place))
    return engine


class _Place:
    """Where the file is: who moves or replaces it under a running service must not have writes go to the old one.

    What was acknowledged then would be gone with the process.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._opened: tuple[int, int] | None = None

    def prepare(self, connection: sqlite3.Connection) -> None:
        """Prepare a new connection, unless it would be to another file, or make one."""
        self.demand()
        _prepare(connection)
        self._opened = self._opened or self._found()

    def demand(self) -> None:
        """Pass when the file that was opened is still there."""
        if self._opened is not None and self._found() != self._opened:
            words = f"{self._path} was moved or replaced while in use: put it back, or restart"
            gone = sqlite3.OperationalError(words)
            raise OperationalError("BEGIN", {}, gone)

    def _found(self) -> tuple[int, int] | None:
        try:
            seen = self._path.stat()
        except OSError:
            return None
        return seen.st_dev, seen.st_ino


def _demand_sound(path: Path) -> None:
    if _stays_empty(path):
        raise Damaged(f"{path} is an empty file, not a database." + RESTORE.format(path=path))
    if _is_log_lost(path.with_name(f"{path.name}-wal")):  # first: the last connection that closes deletes such a log
        raise Damaged(f"{path}-wal is damaged: it holds no write-ahead log." + RESTORE.format(path=path))
    found = _findings(path)
    if found != ["ok"]:
        raise Damaged(f"{path} is damaged: {'; '.join(found[:3])}." + RESTORE.format(path=path))


def _stays_empty(path: Path) -> bool:
    """Whether it holds nothing: one that somebody else is just making is empty for a moment."""
    deadline = time.monotonic() + MAKING_SECONDS
    while path.stat().st_size == 0:
        if time.monotonic() >= deadline:
            return True
        time.sleep(0.02)
    return False


def _is_log_lost(log: Path) -> bool:
    """Whether a log begins with something else than a log does: SQLite would pass over it and lose what it held.

    Too short a file, or zeros, are what a crash can leave of a log that nothing was committed to yet.
    Source: https://www.sqlite.org/fileformat2.html, section 4.1.
    """
    if not log.exists() or log.stat().st_size < LOG_HEAD_BYTES:
        return False
    with log.open("rb") as file:
        return file.read(4) not in LOG_MARKS


def _findings(path: Path) -> list[str]:
    try:
        return _asked(path, "PRAGMA quick_check")
    except sqlite3.DatabaseError as error:
        if words := CLOSED.get((error.sqlite_errorcode or 0) & PRIMARY):
            raise Unavailable(f"{path} {words}. Nothing was changed.", cause=str(error)) from error
        return [str(error)]


def _demand_ours(path: Path) -> None:
    tables = _asked(path, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    if tables and MARK not in tables:
        raise Damaged(
            f"{path} belongs to another program: it has tables ({', '.join(tables[:3])}), but none of flagsvc. "
            "Nothing was changed. Name another file, which need not exist yet, in FLAGSVC_DATABASE_URL."
        )


def _asked(path: Path, statement: str) -> list[str]:
    with closing(sqlite3.connect(path, timeout=CHECK_SECONDS)) as connection:
        return [str(row[0]) for row in connection.execute(statement)]


def _prepare(connection: sqlite3.Connection) -> None:
    connection.isolation_level = None  # the driver must not begin transactions: _begin does
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection, place: _Place) -> None:
    """Take the write lock at once: a deferred transaction that reads and then writes fails in spite of the timeout."""
    place.demand()
    writes = connection.get_execution_options().get(WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
