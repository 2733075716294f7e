"""Which release may use which schema: the row that says so, and what a program makes of it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from alembic.script import Script
from sqlalchemy import Column, Connection, MetaData, String, Table, inspect, select, update

from flagsvc import __version__

FIRST_RELEASE = "0.1.0"
LEGACY = "alembic_version"
"""Where release 0.1.0 looks for the revision. It refuses one that it does not know, and knows nothing of VERSION."""

VERSION = "schema_version"
version_table = Table(
    VERSION,
    MetaData(),  # of its own: Alembic makes and moves the row, and compares tables without it
    Column("version_num", String(32), primary_key=True),
    Column("release", String(32)),
    Column("oldest", String(32)),
)
_legacy_table = Table(LEGACY, MetaData(), Column("version_num", String(32), primary_key=True))


class SchemaState(Enum):
    """How the schema of the database relates to this program."""

    EMPTY = "empty"
    OLDER = "older"
    CURRENT = "current"
    NEWER = "newer"


class Version(NamedTuple):
    """A revision of the schema, the release that brought it, and the oldest code that may use it."""

    revision: str
    release: str | None
    oldest: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A schema as a program finds it. `head` is the newest revision that the program knows."""

    state: SchemaState
    revision: str | None
    head: str
    release: str | None = None
    oldest: str | None = None
    code: str = __version__

    @property
    def usable(self) -> bool:
        """Whether this program may work on it as it is."""
        return self.state is SchemaState.CURRENT or self.ahead

    @property
    def ahead(self) -> bool:
        """Whether it is newer, and yet made to be used by this program too."""
        known = self.state is SchemaState.NEWER and self.oldest is not None
        return known and numbers_of(self.code) >= numbers_of(self.oldest or "")

    @property
    def sentence(self) -> str:
        """What is to be said about it, and what to do; "" where nothing is."""
        return _SENTENCES[self.state, self.ahead].format(
            revision=self.revision, head=self.head, code=self.code, release=self.release or "a later release",
            oldest=self.oldest or self.release or "a later release",
        )  # fmt: skip


_SENTENCES = {
    (SchemaState.CURRENT, False): "",
    (SchemaState.EMPTY, False): "The database schema is empty: run `flagsvc db upgrade` first.",
    (SchemaState.OLDER, False): "The database schema is older ({revision}, this is {head}): "
    "run `flagsvc db upgrade` first.",
    (SchemaState.NEWER, True): "The database schema ({revision}, of flagsvc {release}) is newer than this program "
    "({code}, which knows up to {head}). It still serves flagsvc {oldest} and later: going on.",
    (SchemaState.NEWER, False): "The database schema ({revision}, of flagsvc {release}) is newer than this program "
    "({code}, which knows up to {head}), and needs flagsvc {oldest} or later. Nothing was changed: "
    "start the newer version, or restore an older backup.",
}


def numbers_of(version: str) -> tuple[int, ...]:
    """Turn "0.10.2" into (0, 10, 2), to compare releases; what follows the numbers does not count."""
    found = re.match(r"\d+(?:\.\d+)*", version)
    if found is None:
        raise ValueError(f"{version!r} is no version")
    return tuple(map(int, found[0].split(".")))


def read_version(connection: Connection) -> Version | None:
    """Read what the database says; None for one without a schema of ours."""
    tables = inspect(connection)
    if tables.has_table(VERSION) and (row := connection.execute(select(version_table)).one_or_none()):
        return Version(row.version_num, row.release, row.oldest)
    if tables.has_table(LEGACY) and (row := connection.execute(select(_legacy_table)).one_or_none()):
        return Version(row.version_num, FIRST_RELEASE, FIRST_RELEASE)
    return None


def prepare_version(connection: Connection) -> None:
    """Make the row that Alembic moves, out of the one that release 0.1.0 left; again changes nothing."""
    found = read_version(connection)
    version_table.create(connection, checkfirst=True)
    if found and connection.execute(select(version_table)).one_or_none() is None:
        connection.execute(version_table.insert().values(version_num=found.revision))


def record_version(connection: Connection, applied: Sequence[Script]) -> None:
    """Say whose schema this is now, and tell 0.1.0 a revision that it knows, for as long as it may use the schema.

    `applied` are all migrations up to the present one, oldest first.
    """
    oldest = oldest_code(applied)
    release = applied[-1].module.release
    connection.execute(update(version_table).values(release=release, oldest=oldest))
    shown = [script.revision for script in applied if numbers_of(script.module.release) <= numbers_of(oldest)][-1]
    _legacy_table.create(connection, checkfirst=True)
    connection.execute(_legacy_table.delete())
    connection.execute(_legacy_table.insert().values(version_num=shown))


def oldest_code(applied: Sequence[Script]) -> str:
    """Name the first release that may use a schema after these migrations: the latest that they `contracts` to."""
    declared = [contracts_of(vars(script.module)) or FIRST_RELEASE for script in applied]
    return max(declared, key=numbers_of, default=FIRST_RELEASE)


def contracts_of(migration: Mapping[str, object]) -> str | None:
    """Read what a migration declares as `contracts`: the first release whose code no longer uses what it removes."""
    declared = migration.get("contracts")
    return None if declared is None else str(declared)
