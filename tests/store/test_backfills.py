"""Backfills: every old row is done once, whoever is killed; and what an older release writes meanwhile is done too."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import text

from flagsvc.domain.page import Page
from flagsvc.store import Progress, SqlStore, open_store, status, take_batch, upgrade
from flagsvc.usecases.documents import list_documents
from tests.store.engines import ENGINES, PATIENCE_SECONDS, contents
from tests.support.timing import eventually
from tests.usecases.world import World

ROOT = Path(__file__).parents[2]
NOW, LATER = "2026-01-02T03:04:05.000000Z", "2026-01-02T03:04:06.000000Z"
FORGET = "UPDATE documents SET copied_version = NULL, search = key, owner = ''"  # as 0.1.0 wrote them
FLAGS = 9


@pytest.fixture
def world(store: SqlStore) -> World:
    """Make documents of an older release in two environments: their search knows no description."""
    made = World(store)
    for number in range(FLAGS):
        made.flag(f"flag-{number}", description=f"Colours {number}", owner="Ada")
    _asked(store, FORGET)
    return made


def _asked(store: SqlStore, statement: str) -> list[tuple[object, ...]]:
    with store.engine.connect() as connection, connection.begin():
        result = connection.execute(text(statement))
        return [tuple(row) for row in result] if result.returns_rows else []


def _found(world: World, word: str) -> int:
    return len(list_documents(world.store, "prod", "flag", Page(search=word)).items)


def _left(store: SqlStore) -> int:
    (backfill,) = status(store.engine).backfills
    return backfill.left


def _finish(store: SqlStore, most: int = 4) -> list[Progress]:
    moves = []
    while moved := take_batch(store, LATER, most=most):
        moves.append(moved)
    return moves


def test_old_rows_are_done_batch_by_batch_and_counted_once(world: World) -> None:
    rows = _left(world.store)
    assert (rows, _found(world, "colours")) == (len(contents(world.store)["documents"]), 0)

    moves = _finish(world.store)

    assert (moves[-1].done, moves[-1].left, moves[-1].finished_at) == (rows, 0, LATER)
    assert all(after.done - before.done <= 4 for before, after in pairwise(moves))
    assert (_found(world, "colours"), _found(world, "ada"), _left(world.store)) == (FLAGS, FLAGS, 0)


def test_a_backfilled_row_is_the_one_that_the_present_code_would_have_written(store: SqlStore) -> None:
    made = World(store)
    made.flag(description="Colours", owner="Ada", tags=["x"], name="Näme")
    before = contents(store)["documents"]
    _asked(store, FORGET)

    _finish(store)

    assert contents(store)["documents"] == before


def test_nothing_of_the_history_is_touched(world: World) -> None:
    revision = world.revision()

    _finish(world.store)

    assert world.verified()
    assert world.revision() == revision


def test_new_rows_need_no_backfill(store: SqlStore) -> None:
    World(store).flag()

    assert _left(store) == 0
    moves = _finish(store)
    assert [moved.done for moved in moves] == [0]
    assert take_batch(store, LATER) is None


def test_what_an_older_release_writes_after_the_end_is_done_too(world: World) -> None:
    """It moves the row's version on and leaves the mark behind."""
    rows = _left(world.store)
    _finish(world.store)
    _asked(world.store, "UPDATE documents SET version = version + 1, search = key WHERE key = 'flag-3'")
    assert _left(world.store) > 0

    moves = _finish(world.store)

    assert _found(world, "colours") == FLAGS
    assert moves[-1].done == rows + sum(1 for _ in _asked(world.store, "SELECT 1 FROM documents WHERE key = 'flag-3'"))


def test_several_at_once_do_every_row_once(world: World) -> None:
    rows = _left(world.store)

    with ThreadPoolExecutor(4) as pool:
        for result in [pool.submit(_finish, world.store, 2) for _ in range(4)]:
            result.result()

    assert _asked(world.store, "SELECT done FROM backfills") == [(rows,)]
    assert _left(world.store) == 0


@pytest.fixture(params=[pytest.param(name, marks=[pytest.mark.servers] * (name != "sqlite")) for name in ENGINES])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'test.db'}"
    address: str = request.getfixturevalue("postgres_database_url")
    return address


def _killed_once_it_has_done(store: SqlStore, url: str, rows: int, folder: Path) -> None:
    """Run the command, and kill it with a batch or two behind it."""
    program = Path(sys.executable).parent / "flagsvc"
    environment = {**os.environ, "FLAGSVC_DATABASE_URL": url, "FLAGSVC_DATA_DIR": str(folder)}
    command = [str(program), "db", "backfill", "--batch", "1", "--pause", "0.05"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL) as running:
        eventually(lambda: _asked(store, f"SELECT 1 FROM backfills WHERE done >= {rows}"), "a batch")  # noqa: S608
        os.kill(running.pid, signal.SIGKILL)


def test_killed_in_the_middle_it_goes_on_where_it_was(url: str, tmp_path: Path) -> None:
    store = open_store(url, chance=lambda: 0.5, patience_seconds=PATIENCE_SECONDS)
    upgrade(store.engine)
    made = World(store)
    for number in range(FLAGS):
        made.flag(f"flag-{number}", description="Colours")
    _asked(store, FORGET)
    rows = _left(store)

    _killed_once_it_has_done(store, url, 3, tmp_path)
    left = _left(store)
    moves = _finish(store)

    assert 0 < left <= rows - 3
    assert (moves[0].done, moves[-1].done) == (rows - left + 4, rows)
    store.close()
