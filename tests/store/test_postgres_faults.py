"""A PostgreSQL that is dead, frozen, locked or demoted: refused in under a second, never in doubt without saying so."""

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest

from flagsvc.domain.errors import Unavailable
from flagsvc.ports import Transaction
from flagsvc.store import SqlStore, open_store, upgrade
from flagsvc.usecases import documents
from flagsvc.usecases.intent import Idempotency
from tests.store.engines import PATIENCE_SECONDS
from tests.support.servers import PostgresServer
from tests.support.timing import within
from tests.usecases.world import World, split

T = TypeVar("T")

pytestmark = pytest.mark.servers

PROMPT_SECONDS = 8.0  # under a second, on a machine of its own; for ever, if nobody looked at the clock


@pytest.fixture
def postgres_server() -> Iterator[PostgresServer]:
    """Give a cluster that keeps what it acknowledged, also when it is killed."""
    server = PostgresServer(durable=True)
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture
def world(postgres_server: PostgresServer) -> Iterator[World]:
    """Make a world in peace, and see it through a store with the patience of a service."""
    peaceful = open_store(postgres_server.url, chance=random.random, patience_seconds=PATIENCE_SECONDS)
    upgrade(peaceful.engine)
    made = World(peaceful)
    made.split()
    made.store = open_store(postgres_server.url, chance=random.random)
    yield made
    postgres_server.resume()
    made.store.close()
    peaceful.close()


def _refused(work: Callable[[], object]) -> Unavailable:
    with within(PROMPT_SECONDS), pytest.raises(Unavailable) as refusal:
        work()
    return refusal.value


def _ramp(world: World) -> Callable[[], object]:
    return lambda: world.weigh(split(), {"stable": 50_000, "canary": 50_000})


def test_a_dead_server_is_unavailable_and_comes_back(world: World, postgres_server: PostgresServer) -> None:
    """Killed: writes and reads are refused at once. Started again: the same store goes on."""
    postgres_server.kill()
    for _ in range(2):
        assert not _refused(_ramp(world)).outcome_unknown
        _refused(lambda: world.get(split()))

    postgres_server.start()
    assert world.revision() == 1
    _patiently(_ramp(world))
    assert world.verified()


def test_a_refusal_does_not_tell_where_the_server_is(world: World, postgres_server: PostgresServer) -> None:
    """Callers read the sentence; host and port are in the cause, for the log."""
    postgres_server.kill()

    refusal = [_refused(_ramp(world)) for _ in range(2)][1]

    assert str(refusal) == "The database does not answer: try again."
    assert "127.0.0.1" in refusal.cause


def test_a_frozen_server_is_unavailable(world: World, postgres_server: PostgresServer) -> None:
    """Stopped in its tracks it accepts connections and says nothing: no wait is longer than a second."""
    _freeze(postgres_server)
    try:
        for _ in range(2):
            assert not _refused(_ramp(world)).outcome_unknown
    finally:
        postgres_server.resume()

    _patiently(_ramp(world))
    assert world.verified()


def test_a_connection_that_has_read_does_not_keep_a_write_waiting(
    world: World, postgres_server: PostgresServer
) -> None:
    """A read may be patient; the connection that it gives back is looked at as briefly as any other."""
    world.get(split())
    _freeze(postgres_server)
    try:
        _refused(_ramp(world))
    finally:
        postgres_server.resume()


def test_a_commit_without_an_answer_is_in_doubt(world: World, postgres_server: PostgresServer) -> None:
    """Frozen between the last statement and COMMIT: the refusal says that nobody knows, and how to find out."""

    def work(tx: Transaction) -> None:
        tx.set_epoch("epoch-2")
        _freeze(postgres_server)

    refusal = _refused(lambda: world.store.run(["prod"], work))
    postgres_server.resume()

    assert refusal.outcome_unknown
    assert "Idempotency-Key" in str(refusal)


class FreezesBeforeCommit:
    """The store, whose server freezes between the last statement of the work and COMMIT."""

    def __init__(self, store: SqlStore, server: PostgresServer) -> None:
        self.reading = store.reading
        self._store = store
        self._server = server

    def run(self, environments: Sequence[str], work: Callable[[Transaction], T], *, dry_run: bool = False) -> T:
        def freezing(tx: Transaction) -> T:
            result = work(tx)
            _freeze(self._server)
            return result

        return self._store.run(environments, freezing, dry_run=dry_run)


def test_a_retry_settles_what_was_in_doubt(world: World, postgres_server: PostgresServer) -> None:
    """The same write with the same key happens once, whether the first COMMIT arrived or not."""
    key = Idempotency("key-1", "POST /segments?", "hash")
    body = {"key": "beta", "included": ["u"]}
    frozen = FreezesBeforeCommit(world.store, postgres_server)
    intent = world.intent(idempotency=key)
    assert _refused(lambda: documents.create_document(frozen, intent, "prod", "segment", body)).outcome_unknown
    postgres_server.resume()

    answer = _patiently(lambda: documents.create_document(world.store, intent, "prod", "segment", body))

    assert (answer.created, answer.revision, world.revision()) == (True, 2, 2)
    assert world.verified()


def _patiently(work: Callable[[], T]) -> T:
    """Try again while the server ends what it had begun, and while this machine keeps it from answering in time."""
    for _ in range(100):
        try:
            return work()
        except Unavailable:
            time.sleep(0.05)
    return work()


def test_a_held_lock_is_unavailable(world: World) -> None:
    """Another transaction that keeps the environment's row delays a write for less than a second."""
    with world.store.engine.connect() as connection, connection.begin():
        connection.exec_driver_sql("SELECT * FROM environments WHERE key = 'prod' FOR UPDATE")
        assert not _refused(_ramp(world)).outcome_unknown
    _patiently(_ramp(world))


def test_all_who_wait_for_a_lock_are_told_so(world: World) -> None:
    """The server makes a queue: the second waits for the first before it waits for the holder."""
    with world.store.engine.begin() as holder, ThreadPoolExecutor(3) as waiters:
        holder.exec_driver_sql("SELECT * FROM environments FOR UPDATE")
        refusals = [waiters.submit(_refused, _ramp(world)) for _ in range(3)]
        said = {str(refusal.result()) for refusal in refusals}

    assert said == {"Another write holds this environment: try again."}
    _patiently(_ramp(world))


def test_a_read_only_server_is_unavailable(world: World) -> None:
    """A demoted primary refuses writes; reads go on; once it is writable again so are we."""
    _set_read_only(world.store, "on")
    assert "read-only" in str(_refused(_ramp(world)))
    assert documents.get_document(world.store, split()).version == 1

    _set_read_only(world.store, "off")
    _patiently(_ramp(world))


def test_exhausted_connections_are_unavailable(world: World) -> None:
    """When every connection is taken the next one waits for a moment only."""
    held = [world.store.engine.connect() for _ in range(20)]
    try:
        _refused(_ramp(world))
    finally:
        for connection in held:
            connection.close()
    _patiently(_ramp(world))


def _freeze(server: PostgresServer) -> None:
    server.pause()
    time.sleep(0.05)


def _set_read_only(store: SqlStore, value: str) -> None:
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("SET default_transaction_read_only = off")
        connection.exec_driver_sql(f"ALTER DATABASE postgres SET default_transaction_read_only = {value}")
    store.engine.dispose()


def test_a_transaction_in_a_hurry_gives_its_locks_up_when_its_process_is_frozen(world: World) -> None:
    claimed = threading.Event()

    def frozen(tx: Transaction) -> None:
        tx.hurry(0.3)
        tx.claim_lease("rollouts", "frozen", 60.0)
        claimed.set()
        time.sleep(3.0)

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(world.store.run, [], frozen)
        claimed.wait()

        token = world.store.run([], lambda tx: tx.claim_lease("rollouts", "other", 60.0))

        assert (token, first.done()) == (1, False)
        with pytest.raises(Unavailable):
            first.result()
