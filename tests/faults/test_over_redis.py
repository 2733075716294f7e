"""Faults of Redis and of the way to it, one by one, under load: every answer right, none late, and back at the head."""

import random
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from redis import RedisError

from flagsdk.wire import names
from tests.faults.harm import HARM, META, OF_EVERYTHING, demand_everything, forge_next
from tests.faults.nemesis import LINK, SERVER
from tests.faults.questions import first
from tests.faults.world import RedisWorld
from tests.support.servers import RedisServer
from tests.support.timing import eventually

pytestmark = pytest.mark.servers

BEFORE_SECONDS, DURING_SECONDS = 0.3, 0.7


@pytest.fixture
def chance() -> random.Random:
    return random.Random(7)  # noqa: S311 - the same faults every time; the schedules draw others


@pytest.fixture
def world(redis_server: RedisServer, tmp_path: Path, chance: random.Random) -> Iterator[RedisWorld]:
    with RedisWorld(tmp_path, chance, redis_server) as made:
        made.write(2)
        _fill_staging(made)
        made.settle()
        yield made


def _fill_staging(world: RedisWorld) -> None:
    """Publish another environment of the same epoch, which is further on."""
    for number in range(9):
        world.database.write(first(100 + number), "staging")
    world.publisher.wake("staging")
    with world.server.client() as redis:
        eventually(lambda: redis.hget(names("staging").meta, "revision") == b"9", "staging")


@pytest.mark.parametrize("fault", LINK)
def test_the_way_to_the_client(world: RedisWorld, chance: random.Random, fault: str) -> None:
    with world.asked() as load:
        time.sleep(BEFORE_SECONDS)
        load.mark()
        with LINK[fault](world.to_client, chance):
            world.write(2)
            time.sleep(DURING_SECONDS)
        world.write()
        world.settle_soon()


@pytest.mark.parametrize("fault", SERVER)
def test_servers(world: RedisWorld, chance: random.Random, fault: str) -> None:
    with world.asked() as load:
        time.sleep(BEFORE_SECONDS)
        load.mark()
        with SERVER[fault](world, chance):
            world.write(2)
            time.sleep(DURING_SECONDS)
        world.write()
        world.settle_soon()


def published(redis: Any) -> int | None:
    """Tell which revision `meta` names; None for something that is no revision of ours."""
    with suppress(RedisError, TypeError):
        meta = redis.hgetall(META)
        return int(meta[b"revision"]) if meta.get(b"environment") == b"production" else None
    return None


@pytest.mark.parametrize("harm", HARM)
def test_what_somebody_writes_into_redis(world: RedisWorld, chance: random.Random, harm: str) -> None:
    with world.asked() as load, world.server.client() as redis:
        time.sleep(BEFORE_SECONDS)
        load.mark()
        HARM[harm](redis, chance)
        if harm in OF_EVERYTHING:
            demand_everything(redis)
        eventually(lambda: world.database.head().revision == published(redis))
        world.settle_soon()
        world.write()
        world.settle_soon()


def test_a_forged_revision_without_a_change_of_its_own_is_outlived(world: RedisWorld) -> None:
    """Only a signature could tell: the last change, said again as the next one, leads to the digest that it names.

    No answer changes by it. The reader then refuses the true, lower revision until the next commit, and says so.
    """
    head = world.database.head().revision
    with world.asked() as load, world.server.client() as redis:
        load.mark()
        forge_next(redis)
        eventually(lambda: world.client.status.revision == head + 1)
        world.oracle.revisions.add(("e1", head + 1))
        world.oracle.alias(head + 1, head)
        eventually(lambda: "Regressed" in world.client.status.fault)
        world.write()
        world.settle_soon()
