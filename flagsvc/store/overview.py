"""Everything that is to be known about a database before and after an upgrade, on one page."""

from dataclasses import dataclass

from alembic.script import Script
from sqlalchemy import Connection, Engine, inspect

from flagsvc.store.backfills import Progress, progress
from flagsvc.store.postgres import be_patient
from flagsvc.store.schema import migrations, standing
from flagsvc.store.steps import steps_of, worst
from flagsvc.store.tables import backfills, documents
from flagsvc.store.versions import Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A migration that was not applied yet, and how safe it is (a value of steps.Kind)."""

    revision: str
    release: str
    title: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The schema, what waits to be applied, and how far the backfills are."""

    standing: Standing
    pending: tuple[Pending, ...]
    backfills: tuple[Progress, ...]

    @property
    def settled(self) -> bool:
        """Whether nothing is left to do."""
        return self.standing.usable and not self.pending and not any(each.left for each in self.backfills)


def status(engine: Engine) -> Status:
    """Read the status; the database may be empty, or of any release."""
    found = standing(engine)
    with engine.connect() as connection:
        be_patient(connection, writes=False)
        running = tuple(progress(connection)) if _has_backfills(connection) else ()
    waiting = [] if found.usable else migrations()
    known = found.revision in {script.revision for script in waiting} or found.revision is None
    pending = [_pending(script) for script in waiting if known and script.revision > (found.revision or "")]
    return Status(standing=found, pending=tuple(pending), backfills=running)


def _pending(script: Script) -> Pending:
    module = script.module
    kind = worst(steps_of(module)).value
    return Pending(revision=script.revision, release=module.release, title=script.doc.rstrip("."), kind=kind)


def _has_backfills(connection: Connection) -> bool:
    found = inspect(connection)
    if backfills.name not in found.get_table_names():
        return False
    return {column["name"] for column in found.get_columns(documents.name)} >= set(documents.c.keys())
