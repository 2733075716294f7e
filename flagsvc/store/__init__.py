"""The store: SQLite by default, PostgreSQL by URL. Nothing else in the service knows SQL."""

from collections.abc import Callable

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from flagsvc.store.backfills import Progress, take_batch
from flagsvc.store.backups import Header, back_up, examine, restore
from flagsvc.store.faults import Damaged, in_words
from flagsvc.store.overview import Status, status
from flagsvc.store.patience import Patience
from flagsvc.store.postgres import postgres_engine
from flagsvc.store.schema import check, current, demand_current, standing, upgrade
from flagsvc.store.sql_store import SqlStore
from flagsvc.store.sqlite import sqlite_engine
from flagsvc.store.versions import SchemaState, Standing

__all__ = [
    "Damaged",
    "Header",
    "Progress",
    "SchemaState",
    "SqlStore",
    "Standing",
    "Status",
    "back_up",
    "check",
    "current",
    "demand_current",
    "examine",
    "in_words",
    "open_store",
    "restore",
    "standing",
    "status",
    "take_batch",
    "upgrade",
]

_ENGINES = {"sqlite": sqlite_engine, "postgresql": postgres_engine}


def open_store(url: str, *, chance: Callable[[], float], patience_seconds: float = 1.0) -> SqlStore:
    """Open `sqlite:///PATH` or `postgresql://USER:PASSWORD@HOST/DATABASE`; the schema is not touched.

    `chance` gives numbers in [0, 1). A write gives up before a silent server, or a lock of somebody else, has cost it
    `patience_seconds`; on SQLite, before its turn has not come for five times that. Raises Damaged for a corrupt SQLite
    file, with the steps to restore it, and ValueError for any other URL. PostgreSQL is not contacted yet.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise ValueError("the database URL cannot be read") from error
    engine = _ENGINES.get(parsed.get_backend_name())
    if engine is None:
        raise ValueError(f"unknown database {parsed.get_backend_name()!r}; known: {', '.join(_ENGINES)}")
    patience = Patience(patience_seconds)
    return SqlStore(engine(parsed, patience), chance, patience)
