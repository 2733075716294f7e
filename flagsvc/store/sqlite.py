"""SQLite: one file, write-ahead log, and no silent new beginning when the file is damaged."""

import sqlite3
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL

from flagsvc.store.faults import Damaged

BUSY_SECONDS = 5.0
POOL_SIZE = 20
POOL_SECONDS = 5.0
WRITES = "flagsvc_writes"  # execution option: the transaction will write

RESTORE = """
Nothing was changed. To restore:
  1. Stop every process that uses {path}.
  2. Move {path}, {path}-wal and {path}-shm aside (keep them: they may hold the newest changes).
  3. Put your last backup at {path}; or try to rescue: sqlite3 DAMAGED_FILE .recover | sqlite3 {path}
  4. Start again; because history may have been lost, give it a new epoch.
To begin with an empty database instead, remove the three files yourself."""


def sqlite_engine(url: URL) -> Engine:
    """Make an engine over a sound (or not yet existing) file; raises Damaged with the steps to restore it."""
    path = Path(url.database or "")
    if not url.database or url.database == ":memory:":
        raise Damaged("SQLite needs a file: sqlite:///PATH. A database in memory would forget everything at the end.")
    _demand_sound(path)
    engine = create_engine(
        url.set(drivername="sqlite+pysqlite"),
        pool_size=POOL_SIZE,
        max_overflow=0,
        pool_timeout=POOL_SECONDS,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _demand_sound(path: Path) -> None:
    if not path.exists():
        return
    if path.stat().st_size == 0:
        raise Damaged(f"{path} is an empty file, not a database." + RESTORE.format(path=path))
    found = _findings(path)
    if found != ["ok"]:
        raise Damaged(f"{path} is damaged: {'; '.join(found[:3])}." + RESTORE.format(path=path))


def _findings(path: Path) -> list[str]:
    try:
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS)
    except sqlite3.Error as error:
        return [str(error)]
    try:
        return [str(row[0]) for row in connection.execute("PRAGMA quick_check")]
    except sqlite3.DatabaseError as error:
        return [str(error)]
    finally:
        connection.close()


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # the driver must not begin transactions: _begin does
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    """Take the write lock at once: a deferred transaction that reads and then writes fails in spite of the timeout."""
    writes = connection.get_execution_options().get(WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
