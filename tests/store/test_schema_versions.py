"""Two releases on one schema: the older one goes on where it may, and says so; where it may not, it refuses."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from flagsvc import store as stores
from flagsvc.store import (
    Damaged,
    SchemaState,
    SqlStore,
    demand_current,
    open_store,
    schema,
    standing,
    upgrade,
    versions,
)
from flagsvc.store.schema import bring_to, locked, migrations
from flagsvc.store.versions import Standing, numbers_of, oldest_code
from tests.store.engines import ENGINES, PATIENCE_SECONDS

OF_010 = "0008"


@pytest.fixture(params=[pytest.param(name, marks=[pytest.mark.servers] * (name != "sqlite")) for name in ENGINES])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlStore]:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    if request.param != "sqlite":
        url = request.getfixturevalue("postgres_database_url")
    made = open_store(url, chance=lambda: 0.5, patience_seconds=PATIENCE_SECONDS)
    yield made
    made.close()


def _asked(store: SqlStore, statement: str) -> list[object]:
    with store.engine.connect() as connection, connection.begin():
        result = connection.execute(text(statement))
        return [tuple(row) for row in result] if result.returns_rows else []


def _made_by_010(store: SqlStore) -> None:
    """Leave the schema as release 0.1.0 does: up to its revision, which Alembic's own table has."""
    with locked(store.engine) as connection:
        bring_to(connection, OF_010)
        connection.execute(text("DROP TABLE schema_version"))


def _from_the_future(store: SqlStore, oldest: str | None) -> None:
    upgrade(store.engine)
    value = "NULL" if oldest is None else f"'{oldest}'"
    _asked(store, f"UPDATE schema_version SET version_num = '9999', release = '9.0.0', oldest = {value}")  # noqa: S608


def test_a_schema_of_release_0_1_0_is_found_upgraded_and_still_shows_that_release_what_it_knows(
    empty: SqlStore,
) -> None:
    """0.1.0 refuses a revision that it does not know; so it is shown its own, for as long as it may use the schema."""
    _made_by_010(empty)
    assert standing(empty.engine).state is SchemaState.OLDER
    assert standing(empty.engine).revision == OF_010

    upgrade(empty.engine)

    found = standing(empty.engine)
    assert (found.state, found.oldest) == (SchemaState.CURRENT, "0.1.0")
    assert _asked(empty, "SELECT version_num FROM alembic_version") == [(OF_010,)]
    assert stores.check(empty.engine) == []


def test_what_one_release_may_no_longer_use_is_hidden_from_it(empty: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a migration that contracts, 0.1.0 meets a revision that it does not know, and stops by itself."""
    monkeypatch.setattr(migrations()[-1].module, "contracts", "0.2.0", raising=False)

    upgrade(empty.engine)

    assert standing(empty.engine).oldest == "0.2.0"
    assert _asked(empty, "SELECT version_num FROM alembic_version") == [(migrations()[-1].revision,)]


def test_an_older_program_goes_on_within_its_window_and_says_so(
    empty: SqlStore, caplog: pytest.LogCaptureFixture
) -> None:
    _from_the_future(empty, "0.1.0")

    with caplog.at_level(logging.WARNING):
        demand_current(empty.engine)
        upgrade(empty.engine)  # `serve` does: nothing is changed

    found = standing(empty.engine)
    assert (found.state, found.revision, found.usable) == (SchemaState.NEWER, "9999", True)
    assert "newer than this program" in caplog.text
    assert "going on" in caplog.text


@pytest.mark.parametrize("oldest", ["9.0.0", None])
def test_a_program_that_is_too_old_refuses_and_says_which_it_takes(empty: SqlStore, oldest: str | None) -> None:
    _from_the_future(empty, oldest)

    assert not standing(empty.engine).usable
    for refuses in (upgrade, demand_current):
        with pytest.raises(Damaged, match=r"needs flagsvc 9\.0\.0 or later"):
            refuses(empty.engine)


def test_an_upgrade_that_fails_at_its_end_leaves_nothing(empty: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(schema, "record_version", broken)  # after the last migration, before the commit
    with pytest.raises(ZeroDivisionError):
        upgrade(empty.engine)
    monkeypatch.undo()

    assert standing(empty.engine).state is SchemaState.EMPTY
    upgrade(empty.engine)
    assert stores.check(empty.engine) == []


@pytest.mark.parametrize(
    ("older", "newer"), [("0.1.0", "0.2.0"), ("0.9.0", "0.10.0"), ("0.2", "0.2.1"), ("0.2.0rc1", "0.2.1")]
)
def test_releases_are_compared_by_their_numbers(older: str, newer: str) -> None:
    assert numbers_of(older) < numbers_of(newer)


@pytest.mark.parametrize("code", ["0.3.0", "0.3.1", "0.10.0"])
def test_the_oldest_code_that_may_is_admitted_and_whatever_is_newer(code: str) -> None:
    made = {"state": SchemaState.NEWER, "revision": "0012", "head": "0010", "oldest": "0.3.0"}

    assert Standing(**made, code=code).usable  # type: ignore[arg-type]
    assert not Standing(**made, code="0.2.9").usable  # type: ignore[arg-type]


def test_without_a_contraction_the_first_release_is_the_oldest() -> None:
    assert oldest_code(migrations()) == versions.FIRST_RELEASE
