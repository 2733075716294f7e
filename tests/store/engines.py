"""Stores for tests, on both engines: migrated once, and each test begins with an empty one."""

import itertools
import random
import shutil
from pathlib import Path

import psycopg
from sqlalchemy import text

from flagsvc.store import SqlStore, open_store, upgrade
from flagsvc.store.tables import metadata

ENGINES = ("sqlite", "postgresql")
PATIENCE_SECONDS = 60.0  # only the tests of a silent database are impatient
_NUMBERS = itertools.count()
_ORDERED = ", ".join(sorted(metadata.tables))


def prepare_sqlite(path: Path) -> None:
    """Make a migrated, empty database file to copy."""
    store = open_store(f"sqlite:///{path}", chance=random.random)
    upgrade(store.engine)
    with store.engine.connect() as connection:
        connection.commit()
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()


def sqlite_store(prepared: Path, path: Path, patience_seconds: float = PATIENCE_SECONDS) -> SqlStore:
    """Open a copy of a prepared file."""
    shutil.copy(prepared, path)
    return open_store(f"sqlite:///{path}", chance=random.random, patience_seconds=patience_seconds)


def prepare_postgres(server_url: str) -> str:
    """Make a migrated database in a cluster; answers its address."""
    name = f"flagsvc_store_{next(_NUMBERS)}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    url = f"{server_url.rsplit('/', 1)[0]}/{name}"
    store = open_store(url, chance=random.random, patience_seconds=PATIENCE_SECONDS)
    upgrade(store.engine)
    store.close()
    return url


def postgres_store(url: str) -> SqlStore:
    """Open the database, emptied (the triggers refuse that to everybody but a superuser who turns them off)."""
    store = open_store(url, chance=random.random, patience_seconds=PATIENCE_SECONDS)
    with store.engine.connect() as connection:
        without_triggers(connection.exec_driver_sql, f"TRUNCATE {_ORDERED}")
        connection.commit()
    return store


def without_triggers(execute: object, *statements: str) -> None:
    """Run statements on PostgreSQL past the append-only triggers."""
    assert callable(execute)
    for statement in ("SET session_replication_role = replica", *statements, "SET session_replication_role = DEFAULT"):
        execute(statement)


def tamper(store: SqlStore, *statements: str) -> None:
    """Change rows behind the service's back, as somebody with the database's password can."""
    with store.engine.connect() as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            without_triggers(connection.exec_driver_sql, *statements)
            return
        triggers = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
        for name, _ in triggers:
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        for statement in (*statements, *(sql for _, sql in triggers)):
            connection.exec_driver_sql(statement)


def empty(store: SqlStore) -> None:
    """Forget everything."""
    tamper(store, *(f"DELETE FROM {table}" for table in metadata.tables))  # noqa: S608 -- our own names


def contents(store: SqlStore) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, in a fixed order: the database, byte for byte."""
    with store.engine.connect() as connection:
        return {
            name: sorted((tuple(row) for row in connection.execute(table.select())), key=repr)
            for name, table in metadata.tables.items()
        }
