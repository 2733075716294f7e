"""Processes upgrade a real database: ten at once, and one that is killed with everything done and nothing committed."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from flagsvc.domain.errors import Unavailable
from flagsvc.store import SchemaState, check, current, open_store, schema, standing, upgrade
from flagsvc.store.schema import bring_to, locked
from tests.store.engines import ENGINES, PATIENCE_SECONDS

ROOT = Path(__file__).parents[2]
REPLICAS = 10
UPGRADE = """
import sys
from flagsvc.store import open_store, upgrade
upgrade(open_store(sys.argv[1], chance=lambda: 0.5, patience_seconds=60.0).engine)
"""
STOPPED = """
import sys, time
from flagsvc.store import open_store, schema
record = schema.record_version
def stopping(*arguments):
    record(*arguments)
    print("applied", flush=True)
    time.sleep(600)
schema.record_version = stopping
schema.upgrade(open_store(sys.argv[1], chance=lambda: 0.5, patience_seconds=60.0).engine)
"""


@pytest.fixture(params=[pytest.param(name, marks=[pytest.mark.servers] * (name != "sqlite")) for name in ENGINES])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'test.db'}"
    address: str = request.getfixturevalue("postgres_database_url")
    return address


@pytest.mark.servers
def test_ten_replicas_that_start_on_an_empty_postgresql_all_come_up(postgres_database_url: str) -> None:
    command = [sys.executable, "-c", UPGRADE, postgres_database_url]
    running = [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) for _ in range(REPLICAS)]

    ended = [(process.communicate()[1], process.returncode) for process in running]

    assert ended == [("", 0)] * REPLICAS
    with closing(open_store(postgres_database_url, chance=lambda: 0.5)) as store:
        assert current(store.engine) is SchemaState.CURRENT
        assert check(store.engine) == []


def test_an_upgrade_that_is_killed_midway_changes_nothing_and_stops_nobody(url: str) -> None:
    with subprocess.Popen([sys.executable, "-c", STOPPED, url], cwd=ROOT, stdout=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == b"applied\n"
        os.kill(running.pid, signal.SIGKILL)

    with closing(open_store(url, chance=lambda: 0.5, patience_seconds=PATIENCE_SECONDS)) as store:
        assert standing(store.engine).state is SchemaState.EMPTY
        upgrade(store.engine)
        assert check(store.engine) == []


@pytest.mark.servers
def test_an_upgrade_behind_a_long_transaction_holds_nobody_up_and_comes_through_after_it(
    postgres_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever waits for a table in PostgreSQL has all later readers wait behind him."""
    monkeypatch.setattr(schema, "TABLE_SECONDS", 1)
    monkeypatch.setattr(schema, "PAUSE_SECONDS", 0.2)
    with closing(open_store(postgres_database_url, chance=lambda: 0.5, patience_seconds=PATIENCE_SECONDS)) as store:
        with locked(store.engine) as connection:
            bring_to(connection, "0008")
        with store.engine.connect() as long, ThreadPoolExecutor(1) as pool:
            long.execute(text("SELECT count(*) FROM documents"))
            upgrading = pool.submit(upgrade, store.engine)
            for _ in range(20):
                with store.engine.connect() as reader:
                    reader.execute(text("SET statement_timeout = '20s'"))
                    reader.execute(text("SELECT count(*) FROM documents"))
            assert not upgrading.done()
            long.rollback()
            upgrading.result()

        assert current(store.engine) is SchemaState.CURRENT


@pytest.mark.servers
def test_an_upgrade_gives_up_in_words_and_with_nothing_changed(
    postgres_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "TABLE_SECONDS", 1)
    monkeypatch.setattr(schema, "PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(schema, "TRIES", 2)
    with closing(open_store(postgres_database_url, chance=lambda: 0.5, patience_seconds=PATIENCE_SECONDS)) as store:
        with locked(store.engine) as connection:
            bring_to(connection, "0008")
        with store.engine.connect() as long:
            long.execute(text("SELECT count(*) FROM documents"))
            with pytest.raises(Unavailable, match="the schema is as it was"):
                upgrade(store.engine)

        assert standing(store.engine).revision == "0008"
