"""Writing: all or nothing, one after the other, and never twice over the same row."""

import threading
from pathlib import Path

import pytest
from sqlalchemy.exc import DatabaseError

from flagsvc.domain.errors import Unavailable
from flagsvc.domain.records import Head
from flagsvc.ports import Transaction
from flagsvc.store import SqlStore
from flagsvc.store.faults import LostRace
from flagsvc.store.sql_store import TRIES
from flagsvc.store.transaction import SqlTransaction
from flagsvc.usecases.trail import next_change
from tests.store.engines import contents, postgres_store, sqlite_store
from tests.usecases.world import EPOCH, World, split


@pytest.fixture
def world(store: SqlStore) -> World:
    made = World(store)
    made.split()
    return made


def test_a_failed_transaction_leaves_nothing(world: World) -> None:
    """An exception out of the work rolls everything back and comes out unchanged."""
    before = contents(world.store)

    def work(tx: Transaction) -> None:
        tx.append(next_change(tx, world.intent(), "prod", "test", []), [], {})
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        world.store.run(["prod"], work)
    assert contents(world.store) == before


def test_a_dry_run_leaves_nothing(world: World) -> None:
    """A dry run answers what the write would, and stores not one byte."""
    before = contents(world.store)
    dry = world.weigh(split(), {"stable": 90_000, "canary": 10_000}, dry_run=True)
    assert contents(world.store) == before

    real = world.weigh(split(), {"stable": 90_000, "canary": 10_000})
    assert (dry.moves, dry.revision, dry.version) == (real.moves, real.revision, real.version)
    assert dry.dry_run
    assert not real.dry_run


def test_a_change_fits_only_behind_the_newest_one(world: World) -> None:
    """Appending twice at one revision is a lost race: all of it is done again, and nothing doubles."""
    tries: list[int] = []

    def work(tx: Transaction) -> None:
        tries.append(1)
        change = next_change(tx, world.intent(), "prod", "test", [])
        tx.append(change, [], {})
        if len(tries) < TRIES:
            tx.append(change, [], {})

    head = world.revision()
    world.store.run(["prod"], work)
    assert world.revision() == head + 1
    assert len(tries) == TRIES
    assert world.verified()


def test_races_lost_for_ever_end_as_unavailable(world: World) -> None:
    """The tries are bounded; then nothing was stored and the caller is told to come again."""
    before = contents(world.store)

    def work(tx: Transaction) -> None:
        raise LostRace

    with pytest.raises(Unavailable) as refusal:
        world.store.run(["prod"], work)
    assert not refusal.value.outcome_unknown
    assert contents(world.store) == before


@pytest.mark.parametrize("table", ["changes", "document_revisions"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET environment = 'x'", "DELETE FROM {}"])
def test_the_trail_is_append_only(world: World, table: str, statement: str) -> None:
    """The database itself refuses to edit or delete what happened."""
    before = contents(world.store)

    with world.store.engine.connect() as connection, pytest.raises(DatabaseError, match="append-only"):
        connection.exec_driver_sql(statement.format(table))
    assert contents(world.store) == before


@pytest.mark.servers
@pytest.mark.parametrize(
    ("state", "outcome"),
    [
        ("40001", None),
        ("40P01", None),
        ("55P03", Unavailable),
        ("57014", Unavailable),
        ("57P01", Unavailable),
        ("53100", Unavailable),
        ("22012", DatabaseError),
    ],
)
def test_every_state_of_postgres_has_its_outcome(
    prepared_postgres: str, state: str, outcome: type[Exception] | None
) -> None:
    """Lost races are run again; absence is unavailable; what is our own fault comes out as it is."""
    store = postgres_store(prepared_postgres)
    world, tries = World(store), []

    def work(tx: Transaction) -> None:
        tries.append(1)
        tx.set_epoch(f"epoch-{len(tries)}")
        if len(tries) == 1:
            assert isinstance(tx, SqlTransaction)
            tx._connection.exec_driver_sql(f"DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '{state}'; END $$")

    if outcome is None:
        store.run(["prod"], work)
        assert (len(tries), world.whole().epoch) == (2, "epoch-2")
    else:
        with pytest.raises(outcome):
            store.run(["prod"], work)
        assert (len(tries), world.whole().epoch) == (1, EPOCH)
    store.close()


def test_waiting_for_ones_turn_is_bounded(prepared_sqlite: Path, tmp_path: Path) -> None:
    """A writer that never gets its turn is told to come again."""
    sqlite = sqlite_store(prepared_sqlite, tmp_path / "test.db", patience_seconds=0.01)
    inside, leave = threading.Event(), threading.Event()

    def hold(_: Transaction) -> None:
        inside.set()
        leave.wait(60)

    holder = threading.Thread(target=lambda: sqlite.run([], hold))
    holder.start()
    inside.wait(60)
    with pytest.raises(Unavailable):
        sqlite.run([], lambda tx: None)
    leave.set()
    holder.join()
    sqlite.close()


def test_a_new_epoch_keeps_revisions(world: World) -> None:
    """After a restore every environment gets the new epoch; revisions stay."""
    world.store.run(["prod", "dev"], lambda tx: tx.set_epoch("epoch-2"))

    with world.store.reading() as view:
        assert dict(view.heads()) == {"dev": Head("epoch-2", 0), "prod": Head("epoch-2", 1)}
