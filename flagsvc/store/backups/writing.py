"""Taking a backup: one consistent sight of the database, streamed, while everybody else goes on."""

import gzip
from collections.abc import Iterator
from functools import cache
from typing import Any, BinaryIO

from sqlalchemy import Connection, Engine, MetaData, Table, func, inspect, select, text

from flagsvc import __version__
from flagsvc.store.backups.form import FORMAT, KIND, Digest, line_of
from flagsvc.store.faults import Damaged
from flagsvc.store.schema import be_very_patient, migrations, standing
from flagsvc.store.steps import steps_of
from flagsvc.store.versions import SchemaState, read_version

BATCH = 1000
_UNFIT = {
    SchemaState.EMPTY: "There is nothing to back up: the database is empty.",
    SchemaState.NEWER: "The database schema is newer than this program: back up with the newer version.",
}


def back_up(engine: Engine, file: BinaryIO, now: str) -> dict[str, int]:
    """Write a backup; `now` is a text of domain.instants. Gives the number of rows of each table.

    The schema may be older than this program, which is how one takes a backup before an upgrade. Raises Damaged for one
    that is newer, or for none.
    """
    state = standing(engine).state
    if state in _UNFIT:
        raise Damaged(_UNFIT[state])
    with engine.connect() as connection:
        be_very_patient(connection)
        if connection.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with connection.begin():
            _take_time(connection)
            tables = present_tables(connection)
            header = _header(connection, tables, now)
            _write(file, header, connection, tables)
    counts: dict[str, int] = header["rows"]
    return counts


def present_tables(connection: Connection) -> list[Table]:
    """Describe the tables of ours as they are in the database, whatever release made them."""
    known = sorted(our_tables() & set(inspect(connection).get_table_names()))
    found = MetaData()
    found.reflect(connection, only=known)
    return [found.tables[name] for name in known]


@cache
def our_tables() -> frozenset[str]:
    """Name every table that a migration ever made, dropped again or not."""
    return frozenset(step.makes for script in migrations() for step in steps_of(script.module) if step.makes)


def _take_time(connection: Connection) -> None:
    """Lift the limits of time: the reader of a pipe may be slow, and a big table takes a while."""
    if connection.dialect.name == "postgresql":
        for limit in ("statement_timeout", "idle_in_transaction_session_timeout"):
            connection.execute(text(f"SET LOCAL {limit} = 0"))


def _header(connection: Connection, tables: list[Table], now: str) -> dict[str, Any]:
    version = read_version(connection)
    count = {table.name: connection.execute(select(func.count()).select_from(table)).scalar_one() for table in tables}
    return {
        "kind": KIND,
        "format": FORMAT,
        "createdAt": now,
        "createdBy": __version__,
        "database": connection.dialect.name,
        "schema": {
            "revision": version and version.revision,
            "release": version and version.release,
            "oldestCode": version and version.oldest,
        },
        "tables": {table.name: [column.name for column in table.columns] for table in tables},
        "rows": count,
    }


def _write(file: BinaryIO, header: dict[str, Any], connection: Connection, tables: list[Table]) -> None:
    digest = Digest()
    with gzip.GzipFile(filename="", fileobj=file, mode="wb", compresslevel=6, mtime=0) as packed:
        packed.write(digest.add(line_of(header)))
        for table in tables:
            packed.write(digest.add(line_of(table.name)))
            for row in _rows(connection, table):
                packed.write(digest.add(line_of(list(row))))
        packed.write(line_of({"rows": sum(header["rows"].values()), "digest": digest.text}))


def _rows(connection: Connection, table: Table) -> Iterator[Any]:
    query = select(table).order_by(*table.primary_key.columns).execution_options(yield_per=BATCH)
    yield from connection.execute(query)
