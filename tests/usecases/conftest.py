"""`world`: a service without HTTP, on each engine; `small_world`: on SQLite only, where the engine does not matter."""

import pytest

from flagsvc.store import SqlStore
from tests.store.conftest import prepared_postgres, prepared_sqlite, sqlite, store
from tests.usecases.world import World

__all__ = ["prepared_postgres", "prepared_sqlite", "sqlite", "store"]


@pytest.fixture
def world(store: SqlStore) -> World:
    return World(store)


@pytest.fixture
def small_world(sqlite: SqlStore) -> World:
    return World(sqlite)
