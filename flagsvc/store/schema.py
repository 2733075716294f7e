"""The schema: bring it up to date under a lock, and say whether this program and it belong together."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from flagsvc.domain.errors import Unavailable
from flagsvc.store.faults import LOCKED, Damaged, state_of
from flagsvc.store.postgres import ImpatientConnection, be_patient
from flagsvc.store.sqlite import WRITES
from flagsvc.store.tables import metadata
from flagsvc.store.versions import (
    LEGACY,
    VERSION,
    SchemaState,
    Standing,
    prepare_version,
    read_version,
    record_version,
)

LOCK = 0x666C6167737663  # "flagsvc", the number of the advisory lock
LOCK_SECONDS = 60
TABLE_SECONDS = 2
"""Whoever waits for a table stops everybody behind it: rather give up, and try again a little later."""

TRIES, PAUSE_SECONDS = 10, 2.0
SILENCE_SECONDS = 600.0  # a migration may be silent for long
MIGRATIONS = Path(__file__).parent / "migrations"

_TABLE_HELD = "a long transaction (a backup, a report) keeps a table that is to be changed; the schema is as it was"
_log = logging.getLogger(__name__)


def upgrade(engine: Engine) -> None:
    """Apply all missing migrations in one transaction, one process at a time.

    A newer schema that this program may use is left alone; for one that it may not, raises Damaged. Raises Unavailable,
    with nothing changed, while somebody else keeps a table, or the upgrade, to himself.
    """
    for _ in range(TRIES):
        try:
            with locked(engine) as connection:
                bring_to(connection, "head")
                return
        except DBAPIError as error:
            if state_of(error) != LOCKED:
                raise
            _log.warning(_TABLE_HELD)
            time.sleep(PAUSE_SECONDS)
    raise Unavailable(_TABLE_HELD)


def bring_to(connection: Connection, revision: str) -> None:
    """Apply what is missing up to a revision, in the caller's transaction and lock; raises Damaged as `upgrade`."""
    found = _standing(connection)
    if found.state is SchemaState.NEWER:
        _admit(found)
        return
    prepare_version(connection)
    command.upgrade(_config(connection), revision)
    version = read_version(connection)
    record_version(connection, [script for script in migrations() if version and script.revision <= version.revision])


def current(engine: Engine) -> SchemaState:
    """Compare the revision of the schema with the newest that this program knows."""
    return standing(engine).state


def standing(engine: Engine) -> Standing:
    """Tell how schema and program relate."""
    with engine.connect() as connection:
        be_patient(connection, writes=False)
        return _standing(connection)


def demand_current(engine: Engine) -> None:
    """Pass only when this program may use the schema, saying so where that is newer; raises Damaged with what to do."""
    _admit(standing(engine))


def check(engine: Engine) -> list[str]:
    """Differences between the tables of this program and those of the database; empty when they agree."""
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "version_table": VERSION, "include_name": _is_compared}
        )
        return [_words(difference) for difference in compare_metadata(context, metadata)]


def _words(difference: Any) -> str:
    """Say one difference; Alembic says what it would do about it, in tuples, and of a column in a list of them."""
    if isinstance(difference, list):
        return "; ".join(map(_words, difference))
    verb, _, kind = difference[0].partition("_")
    if verb == "modify":
        _, _, table, column, _, found, expected = difference
        return f"{table}.{column}: its {kind} is {found}, {expected} is expected"
    table = f"{difference[2]}." if kind == "column" else ""
    return f"{kind} {table}{difference[-1].name} {'is missing' if verb == 'add' else 'is not known to this program'}"


def migrations() -> list[Script]:
    """List all migrations that this program knows, oldest first."""
    return list(_scripts().walk_revisions())[::-1]


@contextmanager
def locked(engine: Engine) -> Iterator[Connection]:
    """One transaction that may take its time, and that no other process has at the same moment."""
    with engine.connect().execution_options(**{WRITES: True}) as connection:
        be_very_patient(connection)
        with connection.begin():
            if connection.dialect.name == "postgresql":
                _queue(connection)
            yield connection


def _queue(connection: Connection) -> None:
    connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'"))
    connection.execute(text("SET LOCAL statement_timeout = 0"))
    try:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    except DBAPIError as error:
        if state_of(error) != LOCKED:
            raise
        raise Unavailable(f"another process has been at the schema for {LOCK_SECONDS} s: try again") from error
    connection.execute(text(f"SET LOCAL lock_timeout = '{TABLE_SECONDS}s'"))


def be_very_patient(connection: Connection) -> None:
    """Let the server be silent for minutes on this connection, until it is given back."""
    raw = connection.connection.driver_connection
    if isinstance(raw, ImpatientConnection):
        raw.silence = SILENCE_SECONDS


def _admit(found: Standing) -> None:
    if not found.usable:
        raise Damaged(found.sentence)
    if found.sentence:
        _log.warning(found.sentence)


def _standing(connection: Connection) -> Standing:
    version, scripts = read_version(connection), _scripts()
    head = scripts.get_current_head() or ""
    if version is None:
        return Standing(state=SchemaState.EMPTY, revision=None, head=head)
    known = {script.revision for script in scripts.walk_revisions()}
    older = SchemaState.OLDER if version.revision in known else SchemaState.NEWER
    state = SchemaState.CURRENT if version.revision == head else older
    return Standing(
        state=state, revision=version.revision, head=head, release=version.release, oldest=version.oldest
    )  # fmt: skip


def _is_compared(name: str | None, kind: str, _parents: object) -> bool:
    return kind != "table" or name != LEGACY


@cache
def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config(None))


def _config(connection: Connection | None) -> Config:
    attributes: dict[str, Any] = {"connection": connection}
    config = Config(attributes=attributes)
    config.set_main_option("script_location", str(MIGRATIONS))
    return config
