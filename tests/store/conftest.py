"""`store`: an empty, migrated store on each engine. `sqlite`: only that one, where the engine does not matter."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from flagsvc.store import SqlStore
from tests.store.engines import ENGINES, postgres_store, prepare_postgres, prepare_sqlite, sqlite_store


@pytest.fixture(scope="session")
def prepared_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("prepared") / "empty.db"
    prepare_sqlite(path)
    return path


@pytest.fixture(scope="session")
def prepared_postgres(postgres_url: str) -> str:
    return prepare_postgres(postgres_url)


@pytest.fixture(params=[pytest.param(name, marks=[pytest.mark.servers] * (name != "sqlite")) for name in ENGINES])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlStore]:
    if request.param == "sqlite":
        made = sqlite_store(request.getfixturevalue("prepared_sqlite"), tmp_path / "test.db")
    else:
        made = postgres_store(request.getfixturevalue("prepared_postgres"))
    yield made
    made.close()


@pytest.fixture
def sqlite(prepared_sqlite: Path, tmp_path: Path) -> Iterator[SqlStore]:
    made = sqlite_store(prepared_sqlite, tmp_path / "test.db")
    yield made
    made.close()
