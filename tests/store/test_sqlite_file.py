"""A damaged SQLite file stops the start with the way to restore it, and is never replaced by an empty one."""

import os
import random
import shutil
import sqlite3
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from flagsvc.domain.errors import Unavailable
from flagsvc.store import Damaged, SqlStore, open_store
from flagsvc.store import sqlite as module
from tests.usecases.world import World

NOBODY = 65534


def _overwrite_header(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"not a database")


def _overwrite_pages(path: Path) -> None:
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * (size - 4096))


def _truncate(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2 + 100)


def _empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [_overwrite_header, _overwrite_pages, _truncate, _empty])
def test_a_damaged_file_is_refused_and_kept(sqlite: SqlStore, tmp_path: Path, damage: Callable[[Path], None]) -> None:
    """The message names the file and the steps; not one byte of it changes."""
    World(sqlite)
    sqlite.close()
    path = tmp_path / "test.db"
    damage(path)
    before = path.read_bytes()

    with pytest.raises(Damaged, match="To restore") as error:
        open_store(f"sqlite:///{path}", chance=random.random)

    assert str(path) in str(error.value)
    assert path.read_bytes() == before


def test_a_damaged_log_is_refused_and_kept(sqlite: SqlStore, tmp_path: Path) -> None:
    """SQLite passes over a log that it does not know: the service would begin with older data."""
    World(sqlite).flag()
    path, log = tmp_path / "copy.db", tmp_path / "copy.db-wal"
    path.write_bytes((tmp_path / "test.db").read_bytes())
    log.write_bytes(b"\xff" * (tmp_path / "test.db-wal").stat().st_size)
    before = log.read_bytes()

    with pytest.raises(Damaged, match=r"copy\.db-wal is damaged.*\n.*To restore"):
        open_store(f"sqlite:///{path}", chance=random.random)

    assert log.read_bytes() == before


@pytest.mark.parametrize("left", [b"", b"\x37\x7f\x06", b"\x00" * 4096])
def test_what_a_crash_leaves_of_a_new_log_is_no_damage(prepared_sqlite: Path, tmp_path: Path, left: bytes) -> None:
    """Nothing can have been committed to a log without a head."""
    path = tmp_path / "copy.db"
    path.write_bytes(prepared_sqlite.read_bytes())
    (tmp_path / "copy.db-wal").write_bytes(left)

    open_store(f"sqlite:///{path}", chance=random.random).close()


def test_a_locked_file_is_not_called_damaged(prepared_sqlite: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever believed it would put a good database aside."""
    monkeypatch.setattr(module, "CHECK_SECONDS", 0.1)
    with closing(sqlite3.connect(prepared_sqlite, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")

        with pytest.raises(Unavailable, match="is locked by another program"):
            open_store(f"sqlite:///{prepared_sqlite}", chance=random.random)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else for a moment")
@pytest.mark.parametrize(("mode", "words"), [(0o600, "cannot be opened"), (0o644, "cannot be written")])
def test_a_file_of_another_user_is_not_called_damaged(prepared_sqlite: Path, mode: int, words: str) -> None:
    """Run by hand as the wrong user, it says so."""
    folder = Path(tempfile.mkdtemp())
    path = folder / "data.db"
    path.write_bytes(prepared_sqlite.read_bytes())
    folder.chmod(0o755)
    path.chmod(mode)

    with as_nobody(), pytest.raises(Unavailable, match=words):
        open_store(f"sqlite:///{path}", chance=random.random)

    shutil.rmtree(folder)


@contextmanager
def as_nobody() -> Iterator[None]:
    """Give up root's rights for the block."""
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_file_that_is_just_being_made_is_waited_for(prepared_sqlite: Path, tmp_path: Path) -> None:
    """Two that start at once: the one behind sees the file of the other before anything is in it."""
    path = tmp_path / "new.db"
    path.touch()
    making = threading.Timer(0.2, lambda: path.write_bytes(prepared_sqlite.read_bytes()))
    making.start()

    open_store(f"sqlite:///{path}", chance=random.random).close()

    making.join()


def test_a_file_of_another_program_is_refused_and_kept(tmp_path: Path) -> None:
    """A mistyped path must not put our tables beside those of somebody else."""
    path = tmp_path / "theirs.db"
    with closing(sqlite3.connect(path)) as theirs:
        theirs.execute("CREATE TABLE invoices (number INTEGER)")
    before = path.read_bytes()

    with pytest.raises(Damaged, match=r"theirs\.db belongs to another program: it has tables \(invoices\)"):
        open_store(f"sqlite:///{path}", chance=random.random)

    assert path.read_bytes() == before


def test_a_file_opened_again_has_everything(sqlite: SqlStore, tmp_path: Path) -> None:
    """What was committed is there after reopening, without any orderly end."""
    world = World(sqlite)
    world.flag()
    again = open_store(f"sqlite:///{tmp_path / 'test.db'}", chance=random.random)

    assert World(again, "other").whole("prod").documents == world.whole().documents
    again.close()


@pytest.mark.parametrize("other", [None, b"another file"], ids=["moved", "replaced"])
def test_nothing_is_acknowledged_into_a_file_that_is_no_longer_there(
    sqlite: SqlStore, tmp_path: Path, other: bytes | None
) -> None:
    """It is gone with the process; and no empty one takes its place."""
    world = World(sqlite)
    path = tmp_path / "test.db"
    path.rename(tmp_path / "aside.db")
    if other is not None:
        path.write_bytes(other)

    with pytest.raises(Unavailable) as refused:
        world.flag()
    with pytest.raises(Unavailable), sqlite.reading() as view:
        view.heads()

    assert "was moved or replaced while in use" in refused.value.cause
    assert (path.read_bytes() if path.exists() else None) == other

    (tmp_path / "aside.db").replace(path)
    world.flag()


def test_a_full_disk_is_unavailable(sqlite: SqlStore) -> None:
    """When the file cannot grow the write is refused as unavailable, reads go on, and later writes succeed."""
    world = World(sqlite)
    with sqlite.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    _limit(sqlite, pages)
    body = {"description": "x" * 9_000}

    with pytest.raises(Unavailable):
        world.flag(**body, variants={"on": True, "off": False, **{f"v{n}": True for n in range(90)}})
    assert world.whole().documents == {}

    _limit(sqlite, 1_000_000)
    world.flag(**body)
    assert world.verified()


def _limit(store: SqlStore, pages: int) -> None:
    """Bound the file in every connection that the pool holds or makes."""
    store.engine.dispose()
    connections = [store.engine.connect() for _ in range(3)]
    for connection in connections:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        connection.close()
