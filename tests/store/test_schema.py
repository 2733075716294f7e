"""Migrations: once, under a lock, in agreement with the tables, and honest about versions."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from flagsvc.store import Damaged, SchemaState, SqlStore, check, current, demand_current, open_store, upgrade
from tests.store.engines import ENGINES, PATIENCE_SECONDS


@pytest.fixture(params=[pytest.param(name, marks=[pytest.mark.servers] * (name != "sqlite")) for name in ENGINES])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlStore]:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    if request.param != "sqlite":
        url = request.getfixturevalue("postgres_database_url")
    made = open_store(url, chance=random.random, patience_seconds=PATIENCE_SECONDS)
    yield made
    made.close()


def test_an_empty_database_becomes_current(empty: SqlStore) -> None:
    """Upgrading makes every table just as the program describes it; again changes nothing."""
    assert current(empty.engine) is SchemaState.EMPTY
    with pytest.raises(Damaged, match="flagsvc db upgrade"):
        demand_current(empty.engine)

    upgrade(empty.engine)
    upgrade(empty.engine)

    assert current(empty.engine) is SchemaState.CURRENT
    demand_current(empty.engine)
    assert check(empty.engine) == []


def test_many_processes_upgrade_once(empty: SqlStore) -> None:
    """Ten upgrades at the same moment: one does the work, the others wait for it, nobody fails."""
    with ThreadPoolExecutor(10) as pool:
        for result in [pool.submit(upgrade, empty.engine) for _ in range(10)]:
            result.result()

    assert check(empty.engine) == []


DIFFERENT = {
    "DROP INDEX documents_by_name": "index documents_by_name is missing",
    "DROP TABLE nodes": "table nodes is missing",
    "CREATE TABLE wages (sum INTEGER)": "table wages is not known to this program",
    "ALTER TABLE leases ADD COLUMN wage TEXT": "column leases.wage is not known to this program",
    "ALTER TABLE leases DROP COLUMN expires_ms": "column leases.expires_ms is missing",
}


@pytest.mark.parametrize(("statement", "told"), DIFFERENT.items(), ids=DIFFERENT)
def test_a_difference_is_said_in_words(empty: SqlStore, statement: str, told: str) -> None:
    """Whoever is called at night reads what is there, not what a library would do about it."""
    upgrade(empty.engine)
    with empty.engine.connect() as connection, connection.begin():
        connection.exec_driver_sql(statement)

    assert check(empty.engine) == [told]


def test_a_column_of_another_kind_is_said_in_words(empty: SqlStore) -> None:
    """Both what is found and what is expected."""
    upgrade(empty.engine)
    with empty.engine.connect() as connection, connection.begin():
        connection.exec_driver_sql("DROP TABLE shelf_items")
        connection.exec_driver_sql(
            "CREATE TABLE shelf_items (router TEXT PRIMARY KEY, version TEXT, content TEXT NOT NULL, at TEXT NOT NULL)"
        )

    wanted = "shelf_items.version: its nullable is True, False is expected"
    assert any(wanted in line for line in check(empty.engine))


@pytest.mark.parametrize("url", ["mysql://localhost/x", "nonsense", "sqlite://", "sqlite:///:memory:"])
def test_other_databases_are_refused(url: str) -> None:
    """Unknown engines, unreadable addresses and databases in memory are refused with a sentence."""
    with pytest.raises((ValueError, Damaged)) as error:
        open_store(url, chance=random.random)
    assert str(error.value)


def test_passwords_stay_out_of_messages() -> None:
    """An address that cannot be read is not repeated."""
    with pytest.raises(ValueError, match="cannot be read") as error:
        open_store("postgresql//u:geheim@h/x", chance=random.random)
    assert "geheim" not in str(error.value)
