"""Killed in the middle of writing: what was acknowledged is there, the rest is all or nothing."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from flagsvc.store import SqlStore, open_store, upgrade
from tests.store.engines import ENGINES, PATIENCE_SECONDS
from tests.support.servers import PostgresServer
from tests.usecases.world import World

ROOT = Path(__file__).parents[2]
ROUNDS = 3
WRITES = 12


@pytest.fixture
def durable() -> Iterator[PostgresServer]:
    server = PostgresServer(durable=True)
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture(params=[pytest.param(name, marks=[pytest.mark.servers] * (name != "sqlite")) for name in ENGINES])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'test.db'}"
    address: str = request.getfixturevalue("durable").url
    return address


def _open(url: str) -> SqlStore:
    return open_store(url, chance=lambda: 0.5, patience_seconds=PATIENCE_SECONDS)


def _killed_after(url: str, writes: int) -> list[int]:
    """Run the writer, kill it after so many acknowledgements, and give all revisions that it told."""
    command = [sys.executable, "-m", "tests.store.writer", url]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        told = [int(writer.stdout.readline()) for _ in range(writes)]
        os.kill(writer.pid, signal.SIGKILL)
        rest = writer.stdout.read().split("\n")
    return told + [int(line) for line in rest[:-1]]


def test_acknowledged_writes_survive_a_kill(url: str) -> None:
    """After each kill at most the write in flight is there unacknowledged; the chain verifies, and writing goes on."""
    store = _open(url)
    upgrade(store.engine)
    world = World(store)
    world.split()

    for round_ in range(ROUNDS):
        before = world.revision()
        told = _killed_after(url, WRITES + round_)
        assert told == list(range(before + 1, before + 1 + len(told)))
        assert world.revision() in {told[-1], told[-1] + 1}
        assert world.verified()
    store.close()
