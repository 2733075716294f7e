"""Stores for the loop that tells routers."""

from tests.store.conftest import prepared_postgres, prepared_sqlite, sqlite, store

__all__ = ["prepared_postgres", "prepared_sqlite", "sqlite", "store"]
