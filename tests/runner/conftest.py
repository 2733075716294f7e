"""`world`: a service without HTTP on each engine, for the loops that drive it; `small_world`: on SQLite only."""

from tests.usecases.conftest import prepared_postgres, prepared_sqlite, small_world, sqlite, store, world

__all__ = ["prepared_postgres", "prepared_sqlite", "small_world", "sqlite", "store", "world"]
