"""What may go wrong: each fault by name, as a context that begins it and ends it again. One table per kind of place."""

import os
import random
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial

from redis import Redis

from tests.faults.world import FeedWorld, RedisWorld, World
from tests.support.link import HOLE, MUTE, REFUSE, Fault, Link, Way

LinkFault = Callable[[Link, random.Random], AbstractContextManager[None]]
ServerFault = Callable[[RedisWorld, random.Random], AbstractContextManager[None]]


@contextmanager
def _bent(link: Link, chance: random.Random, make: Callable[[random.Random], Fault]) -> Iterator[None]:
    link.set(make(chance))
    try:
        yield
    finally:
        link.heal()


def _always(fault: Fault) -> LinkFault:
    return partial(_bent, make=lambda chance: fault)


@contextmanager
def _cut(link: Link, chance: random.Random) -> Iterator[None]:
    link.cut()
    yield


@contextmanager
def _half_open(link: Link, chance: random.Random) -> Iterator[None]:
    link.half_open()
    yield


def _reset(chance: random.Random) -> Fault:
    return Fault(down=Way(cut_after=chance.randrange(2000)))


def _ended(chance: random.Random) -> Fault:
    return Fault(down=Way(cut_after=chance.randrange(2000), cut="close"))


def _flipped(chance: random.Random) -> Fault:
    return Fault(down=Way(flip_at=chance.randrange(2000)))


def _latency(chance: random.Random) -> Fault:
    way = Way(delay_seconds=chance.uniform(0.01, 0.1))
    return Fault(way, way)


LINK: dict[str, LinkFault] = {
    "a black hole": _always(HOLE),
    "questions are lost": _always(Fault(up=Way(held=True))),
    "answers are lost": _always(Fault(down=Way(held=True))),
    "connections are refused": _always(REFUSE),
    "connections are never answered": _always(MUTE),
    "a reset amid a reply": partial(_bent, make=_reset),
    "an end amid a reply": partial(_bent, make=_ended),
    "a bit flipped on the way": partial(_bent, make=_flipped),
    "latency": partial(_bent, make=_latency),
    "small pieces": _always(Fault(Way(piece=3), Way(piece=5))),
    "a slow drip": _always(Fault(down=Way(piece=40, delay_seconds=0.01))),
    "connections are reset": _cut,
    "connections are half-open": _half_open,
}
"""What a network does to the connections of one link."""


@contextmanager
def _killed(world: RedisWorld, chance: random.Random) -> Iterator[None]:
    world.server.kill()
    try:
        yield
    finally:
        world.server.start()


@contextmanager
def _frozen(world: RedisWorld, chance: random.Random) -> Iterator[None]:
    world.server.pause()
    try:
        yield
    finally:
        world.server.resume()


@contextmanager
def _set(world: RedisWorld, chance: random.Random, settings: dict[str, str]) -> Iterator[None]:
    with world.server.client() as redis:
        before = {name: redis.config_get(name)[name] for name in settings}
        for name, value in settings.items():
            redis.config_set(name, value)
    try:
        yield
    finally:
        with world.server.client() as redis:
            for name, value in before.items():
                redis.config_set(name, value)


@contextmanager
def _disk_full(world: RedisWorld, chance: random.Random) -> Iterator[None]:
    """Let saving fail: writes are refused, and so is PING, while reads work."""
    world.server.folder.chmod(0o500)
    with world.server.client() as redis:
        redis.config_set("save", "3600 1")
        _save(redis)
    try:
        yield
    finally:
        world.server.folder.chmod(0o700)
        with world.server.client() as redis:
            redis.config_set("save", "")


def _save(redis: Redis) -> None:
    redis.bgsave()
    while redis.info("persistence")["rdb_bgsave_in_progress"]:
        os.sched_yield()


@contextmanager
def _publisher_restarted(world: RedisWorld, chance: random.Random) -> Iterator[None]:
    world.publisher.close()
    try:
        yield
    finally:
        world.start_publisher()


@contextmanager
def _two_publishers(world: RedisWorld, chance: random.Random) -> Iterator[None]:
    first = world.publisher
    world.start_publisher()
    try:
        yield
    finally:
        first.close()


@contextmanager
def _restored(world: RedisWorld, chance: random.Random) -> Iterator[None]:
    kept = world.back_up()
    world.write(2)
    yield
    world.restore(kept)


SERVER: dict[str, ServerFault] = {
    "Redis is killed": _killed,
    "Redis is frozen": _frozen,
    "Redis is full": partial(_set, settings={"maxmemory-policy": "noeviction", "maxmemory": "1"}),
    "Redis cannot save": _disk_full,
    "the publisher is restarted": _publisher_restarted,
    "two publishers": _two_publishers,
    "a backup is restored": _restored,
}
"""What happens to Redis, to the publisher and to the database."""


@contextmanager
def _service_restarted(world: FeedWorld, chance: random.Random) -> Iterator[None]:
    world.feeding.stop()
    try:
        yield
    finally:
        world.feeding.start()


@contextmanager
def _new_epoch(world: World, chance: random.Random) -> Iterator[None]:
    yield
    world.new_epoch()


FEED: dict[str, Callable[[FeedWorld, random.Random], AbstractContextManager[None]]] = {
    "the service is restarted": _service_restarted,
    "a new epoch begins": _new_epoch,
}
"""What happens to the service behind the feed."""
