"""Restoring a backup: one transaction, so that killed anywhere it leaves everything as it was."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Integer, Table, func, insert, inspect, select, text

from flagsvc.ports import Transaction, View
from flagsvc.store.backups.reading import Header, examine, rows_of
from flagsvc.store.backups.writing import our_tables, present_tables
from flagsvc.store.faults import Damaged
from flagsvc.store.schema import bring_to, locked, migrations
from flagsvc.store.tables import metadata
from flagsvc.store.transaction import SqlTransaction, SqlView
from flagsvc.store.versions import LEGACY, VERSION

BATCH = 500
T = TypeVar("T")


class Within:
    """A store inside a transaction that is not over: what is written here is there when that commits, or not at all."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @contextmanager
    def reading(self) -> Iterator[View]:
        """See what the transaction sees."""
        yield SqlView(self._connection)

    def run(self, environments: Sequence[str], work: Callable[[Transaction], T], *, dry_run: bool = False) -> T:
        """Do `work` in the transaction; there is no dry run of a part of it."""
        if dry_run:
            raise NotImplementedError
        writer = SqlTransaction(self._connection)
        writer.lock(environments)
        return work(writer)


def restore(engine: Engine, path: Path, finish: Callable[[Within], T], *, replace: bool = False) -> T:
    """Put a backup into an empty database, bring its schema up to date, do what `finish` asks, and commit all at once.

    With `replace` whatever is there is dropped first. Raises Damaged for a file that is not whole, is not ours or comes
    from a newer version, and for a database that is not empty; then, and whenever `finish` raises, nothing was changed.
    """
    header = examine(path)
    _demand_known(path, header)
    with locked(engine) as connection:
        if replace:
            _drop_all(connection)
        elif _has_rows(connection):
            raise Damaged(
                "The database is not empty. Nothing was changed. To put the backup in its place, and lose what is "
                "there, say --replace (and take a backup of it first)."
            )
        else:
            _drop_all(connection)
        bring_to(connection, header.revision)
        _load(connection, path, header)
        bring_to(connection, "head")
        return finish(Within(connection))


def _demand_known(path: Path, header: Header) -> None:
    known = {script.revision for script in migrations()}
    if header.revision not in known:
        raise Damaged(
            f"{path} has the schema {header.revision}, made by flagsvc {header.created_by}, which this program does "
            "not know. Nothing was changed; restore with that version or a later one."
        )
    if strange := sorted(header.tables.keys() - our_tables()):
        raise Damaged(f"{path} has tables that are not flagsvc's: {', '.join(strange)}. Nothing was changed.")


def _has_rows(connection: Connection) -> bool:
    tables = present_tables(connection)
    return any(connection.execute(select(1).select_from(table).limit(1)).first() for table in tables)


def _drop_all(connection: Connection) -> None:
    """Drop what is ours; tables of others in the same database are left alone."""
    here = set(inspect(connection).get_table_names())
    quote = connection.dialect.identifier_preparer.quote
    for name in sorted({*our_tables(), VERSION, LEGACY} & here):
        connection.execute(text(f"DROP TABLE {quote(name)}"))
    if connection.dialect.name == "postgresql":
        connection.execute(text("DROP FUNCTION IF EXISTS flagsvc_append_only()"))


def _load(connection: Connection, path: Path, header: Header) -> None:
    tables = {table.name: table for table in present_tables(connection)}
    for name, rows in groupby(rows_of(path), key=itemgetter(0)):
        table, columns = tables.get(name), header.tables[name]
        if table is None or set(columns) - set(table.columns.keys()):
            raise Damaged(f"{path}: its {name} is none of schema {header.revision}. Nothing was changed.")
        while batch := [dict(zip(columns, row, strict=True)) for _, row in islice(rows, BATCH)]:
            connection.execute(insert(table), batch)
    for table in tables.values():
        _advance_sequence(connection, table)


def _advance_sequence(connection: Connection, table: Table) -> None:
    """Let PostgreSQL number new rows after those that were put in with their numbers; SQLite looks by itself."""
    numbered: list[Any] = [column for column in table.primary_key if _is_drawn(table, column)]
    if connection.dialect.name != "postgresql" or not numbered:
        return
    (column,) = numbered
    highest = connection.execute(select(func.max(column))).scalar_one()
    if highest is not None:
        drawn = func.pg_get_serial_sequence(table.name, column.name)
        connection.execute(select(func.setval(drawn, highest)))


def _is_drawn(table: Table, column: Any) -> bool:
    described = metadata.tables.get(table.name)
    if described is None:
        return False
    return isinstance(column.type, Integer) and described.columns[column.name].autoincrement is True
