"""The commands of docs/operate/backup.md and upgrade.md, as they stand there, on a PostgreSQL with sample data."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from flagsvc.app import Founding
from flagsvc.app.founding import found
from flagsvc.store import SqlStore, open_store, status, upgrade
from tests.store.engines import PATIENCE_SECONDS, contents
from tests.support.servers import PostgresServer
from tests.system.drills import commands, shell

pytestmark = pytest.mark.servers

BACKUP, UPGRADE = "docs/operate/backup.md", "docs/operate/upgrade.md"
THEIRS = "postgresql://flagsvc@db.example.com/flagsvc"


@pytest.fixture
def store(postgres_database_url: str) -> Iterator[SqlStore]:
    with closing(open_store(postgres_database_url, chance=lambda: 0.5, patience_seconds=PATIENCE_SECONDS)) as made:
        upgrade(made.engine)
        found(made, Founding(sample_data=True))
        yield made


@pytest.fixture
def other(shared_postgres: PostgresServer) -> Iterator[str]:
    """Give the address of an empty database."""
    with psycopg.connect(shared_postgres.url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE operate_other")
        yield shared_postgres.url_of("operate_other")
        connection.execute("DROP DATABASE operate_other WITH (FORCE)")


@pytest.fixture
def surroundings(postgres_database_url: str, tmp_path: Path) -> Mapping[str, str]:
    return {"FLAGSVC_DATABASE_URL": postgres_database_url, "FLAGSVC_DATA_DIR": str(tmp_path)}


def held(url: str) -> dict[str, list[tuple[object, ...]]]:
    with closing(open_store(url, chance=lambda: 0.5, patience_seconds=PATIENCE_SECONDS)) as opened:
        return contents(opened)


def test_a_backup_is_taken_and_restored_elsewhere(
    store: SqlStore, other: str, surroundings: Mapping[str, str], tmp_path: Path
) -> None:
    printed = shell("\n".join(commands(BACKUP)["Take one"]), tmp_path, surroundings)
    printed += shell("\n".join(commands(BACKUP)["Restore"]), tmp_path, {**surroundings, "FLAGSVC_DATABASE_URL": other})

    assert "is whole: " in printed
    assert "restored; epoch " in printed
    assert held(other)["documents"] == contents(store)["documents"]


def test_a_file_is_moved_to_postgresql(other: str, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'flagsvc.db'}"
    with closing(open_store(url, chance=lambda: 0.5)) as made:
        upgrade(made.engine)
        found(made, Founding(sample_data=True))
    (script,) = commands(BACKUP)["Move from SQLite to PostgreSQL"]
    assert THEIRS in script

    shell(script.replace(THEIRS, other), tmp_path, {"FLAGSVC_DATABASE_URL": url})

    assert held(other) == held(url)


def test_the_tools_of_postgresql_do_it_too(store: SqlStore, surroundings: Mapping[str, str], tmp_path: Path) -> None:
    before = contents(store)
    (script,) = commands(BACKUP)["With the tools of the database"]

    printed = shell(script, tmp_path, surroundings)

    assert "as it was written" in printed
    assert contents(store)["documents"] == before["documents"]
    assert contents(store)["environments"] != before["environments"]  # the epoch


def test_an_upgrade_is_looked_at_before_and_after(
    postgres_database_url: str, surroundings: Mapping[str, str], tmp_path: Path
) -> None:
    (script,) = commands(UPGRADE)["Upgrade"]

    printed = shell(script, tmp_path, surroundings)

    with closing(open_store(postgres_database_url, chance=lambda: 0.5)) as opened:
        now = status(opened.engine)
    assert now.settled
    assert "schema       none: empty" in printed
    assert f"schema       {now.standing.head}: current" in printed
