"""The schema: bring it up to date under a lock, and say whether this program and it belong together."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from flagsvc.store.faults import Damaged
from flagsvc.store.postgres import ImpatientConnection
from flagsvc.store.sqlite import WRITES
from flagsvc.store.tables import metadata

LOCK = 0x666C6167737663  # "flagsvc", the number of the advisory lock
LOCK_SECONDS = 60
SILENCE_SECONDS = 600.0  # a migration may be silent for long


class SchemaState(Enum):
    """How the schema of the database relates to this program."""

    EMPTY = "empty"
    OLDER = "older"
    CURRENT = "current"
    NEWER = "newer"


def upgrade(engine: Engine) -> None:
    """Apply all missing migrations in one transaction, one process at a time; raises Damaged on a newer schema."""
    with _locked(engine) as connection:
        _refuse_newer(connection)
        command.upgrade(_config(connection), "head")


def current(engine: Engine) -> SchemaState:
    """Compare the revision of the schema with the newest that this program knows."""
    with engine.connect() as connection:
        return _state(connection)


def demand_current(engine: Engine) -> None:
    """Pass only when program and schema belong together; raises Damaged with what to do."""
    with engine.connect() as connection:
        _refuse_newer(connection)
        if (state := _state(connection)) is not SchemaState.CURRENT:
            raise Damaged(f"The database schema is {state.value}: run `flagsvc db upgrade` first.")


def check(engine: Engine) -> list[str]:
    """Differences between the tables of this program and those of the database; empty when they agree."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return [str(difference) for difference in compare_metadata(context, metadata)]


@contextmanager
def _locked(engine: Engine) -> Iterator[Connection]:
    with engine.connect().execution_options(**{WRITES: True}) as connection:
        raw = connection.connection.driver_connection
        if isinstance(raw, ImpatientConnection):
            raw.silence = SILENCE_SECONDS
        with connection.begin():
            if connection.dialect.name == "postgresql":
                connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'"))
                connection.execute(text("SET LOCAL statement_timeout = 0"))
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            yield connection


def _refuse_newer(connection: Connection) -> None:
    if _state(connection) is SchemaState.NEWER:
        raise Damaged(
            f"The database schema ({_revision(connection)}) is newer than this program "
            f"(it knows up to {_scripts().get_current_head()}): start the newer version, or restore an older backup."
        )


def _state(connection: Connection) -> SchemaState:
    revision, scripts = _revision(connection), _scripts()
    if revision is None:
        return SchemaState.EMPTY
    if revision == scripts.get_current_head():
        return SchemaState.CURRENT
    known = {script.revision for script in scripts.walk_revisions()}
    return SchemaState.OLDER if revision in known else SchemaState.NEWER


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config(None))


def _config(connection: Connection | None) -> Config:
    attributes: dict[str, Any] = {"connection": connection}
    config = Config(attributes=attributes)
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config
