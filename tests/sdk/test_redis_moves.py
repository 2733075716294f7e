"""Where the keys are changes: failover under Sentinel, a slot that moves in a cluster, a node that dies."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from flagsdk import FlagClient
from flagsvc.publisher import RedisPublisher
from flagsvc.runner import probes
from flagsvc.runner.sampler import DOWN, OK
from flagsvc.runner.waker import Waker
from tests.publisher.database import Database, flag
from tests.sdk.places import CHANGES, DOCUMENTS, META
from tests.support.redis_nodes import Cluster, Sentinels, running
from tests.support.timing import eventually

pytestmark = pytest.mark.servers


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(tmp_path)
    made.write({"flag/a": flag("a")})
    yield made
    made.close()


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with running(Cluster()) as made:
        yield made


def is_at_head(client: FlagClient, database: Database) -> bool:
    return client.status.revision == database.head().revision


def test_a_failover_is_followed_by_writer_and_readers(database: Database) -> None:
    with running(Sentinels()) as made:
        publisher = RedisPublisher(made.url, database.store, every_seconds=0.2)
        publisher.start()
        with FlagClient(redis=made.url, environment="production") as client:
            eventually(lambda: client.ready)
            first = made.master()

            first.kill()
            database.write({"flag/b": flag("b")})

            eventually(lambda: is_at_head(client, database))
            assert client.is_enabled("b") is True
            assert made.master() is not first
        publisher.close()


def test_a_slot_that_moves_is_followed_and_read_wrongly_at_no_time(cluster: Cluster, database: Database) -> None:
    publisher = RedisPublisher(cluster.url, database.store, every_seconds=0.2)
    publisher.turn()
    with FlagClient(redis=cluster.url, environment="production") as client:
        eventually(lambda: client.ready)
        first = cluster.owner(META)

        cluster.move(META, [META, DOCUMENTS, CHANGES])
        database.write({"flag/b": flag("b")})
        publisher.start()

        eventually(lambda: is_at_head(client, database))
        assert cluster.owner(META) is not first
        assert "Missing" not in client.status.fault
    publisher.close()


def test_each_environment_of_a_cluster_is_published_and_heard_of(cluster: Cluster, database: Database) -> None:
    """They lie on different nodes; the waker hears of both."""
    woken: set[str] = set()
    for node in cluster.nodes:
        node.ask("FLUSHALL")  # else the streams of another test may end with the very same number
    publisher = RedisPublisher(cluster.url, database.store)
    eventually(publisher.turn)
    waker = Waker(cluster.url, lambda: ["production", "staging"], woken.add)
    waker.start()
    eventually(lambda: len(waker._last) == 2)
    assert not woken

    database.write({"flag/a": flag("a", 1)}, "staging")
    database.write({"flag/a": flag("a", 1)})
    assert publisher.turn()

    eventually(lambda: woken == {"production", "staging"})
    assert probes.redis_server(cluster.url, lambda: ["production", "staging"])().status == OK
    waker.stop()
    publisher.close()


def test_a_dead_node_keeps_only_its_own_environments_waiting(database: Database) -> None:
    with running(Cluster()) as cluster:
        for node in cluster.nodes:
            node.ask("CONFIG", "SET", "cluster-require-full-coverage", "no")
        publisher = RedisPublisher(cluster.url, database.store)
        publisher.turn()
        lost, other = cluster.owner(META), cluster.owner("flagsvc:{staging}:meta")
        assert lost is not other
        with FlagClient(redis=cluster.url, environment="staging") as client:
            lost.kill()
            revision = database.write({"flag/a": flag("a")}, "staging")

            eventually(lambda: publisher.turn() is False)
            eventually(lambda: client.status.revision == revision)
            assert probes.redis_server(cluster.url, lambda: ["production", "staging"])().status == DOWN
        publisher.close()
