"""The whole service as a process is killed, restarted, frozen, or given an old database; then Redis fails over."""

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.harm import META
from tests.faults.service_world import SERVICE, ServiceWorld
from tests.faults.world import RedisWorld
from tests.support.link import REFUSE
from tests.support.servers import RedisServer
from tests.support.timing import eventually

pytestmark = pytest.mark.servers

BEFORE_SECONDS, DURING_SECONDS = 0.3, 1.0


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceWorld]:
    """One service for all: it has to live through everything."""
    server = RedisServer()
    try:
        server.start()
        chance = random.Random(7)  # noqa: S311 - the same changes every time
        with ServiceWorld(tmp_path_factory.mktemp("service"), chance, server) as made:
            yield made
    finally:
        server.close()


@pytest.mark.parametrize("fault", SERVICE)
def test_the_service(world: ServiceWorld, fault: str) -> None:
    with world.asked() as load:
        time.sleep(BEFORE_SECONDS)
        load.mark()
        with SERVICE[fault](world):
            world.write(2)
            time.sleep(DURING_SECONDS)
        world.write()
        world.settle_soon()


@pytest.fixture
def replica() -> Iterator[RedisServer]:
    server = RedisServer()
    try:
        server.start()
        yield server
    finally:
        server.close()


def test_a_failover_to_a_replica_that_missed_the_newest_changes(
    redis_server: RedisServer, replica: RedisServer, tmp_path: Path
) -> None:
    """Readers refuse the lower revision of their epoch until the publisher has made up for it; nobody goes back."""
    chance = random.Random(7)  # noqa: S311 - likewise
    with RedisWorld(tmp_path, chance, redis_server) as world, world.asked() as load, replica.client() as other:
        other.replicaof("127.0.0.1", str(redis_server.port))
        world.write()
        world.settle()
        eventually(lambda: _is_in_step(replica, redis_server), "replication")
        other.replicaof("NO", "ONE")
        load.mark()
        world.write(3)
        world.settle()

        world.to_publisher.set(REFUSE)
        redis_server.kill()
        for link in (world.to_client, world.to_publisher):
            link.target = replica.port
        world.to_client.cut()
        eventually(lambda: "Regressed" in world.client.status.fault)
        world.to_publisher.heal()
        world.settle_soon()

        world.write()
        world.settle_soon()


def _is_in_step(replica: RedisServer, master: RedisServer) -> bool:
    with replica.client() as copy, master.client() as original:
        linked = copy.info("replication")["master_link_status"] == "up"
        return bool(linked) and copy.hget(META, "revision") == original.hget(META, "revision") is not None
