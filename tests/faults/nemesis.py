"""What may go wrong: each fault by name, as a context that begins it and ends it again. One table per kind of place."""

import os
import random
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial

from flagsdk.wire import names
from redis import Redis
from tests.faults.world import ENVIRONMENT, FeedWorld, RedisWorld, World
from tests.support.link import HOLE, MUTE, REFUSE, Fault, Link, Way

META, DOCUMENTS, CHANGES = names(ENVIRONMENT)
AUDIENCE = "segment/beta"

LinkFault = Callable[[Link, random.Random], AbstractContextManager[None]]
ServerFault = Callable[[RedisWorld, random.Random], AbstractContextManager[None]]
Harm = Callable[[Redis, random.Random], object]


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
    """Saving fails: writes are refused, and so is PING, while reads work."""
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


def _retyped(redis: Redis, chance: random.Random, name: str) -> None:
    redis.delete(name)
    redis.set(name, "x")


def _rewritten(redis: Redis, chance: random.Random, change: Callable[[bytes], bytes]) -> None:
    text = redis.hget(DOCUMENTS, AUDIENCE) or b"{}"
    redis.hset(DOCUMENTS, AUDIENCE, change(text))


def _foreign(redis: Redis, chance: random.Random) -> None:
    for mine, other in zip((META, DOCUMENTS, CHANGES), names("staging"), strict=True):
        redis.delete(mine)
        if redis.exists(other):
            redis.copy(other, mine)


def _lost(redis: Redis, chance: random.Random) -> None:
    entries = redis.xrange(CHANGES)
    if entries:
        redis.xdel(CHANGES, chance.choice(entries)[0])


def _reordered(redis: Redis, chance: random.Random) -> None:
    """Put what each entry says under the id of another one, and announce what is yet to come."""
    entries = redis.xrange(CHANGES)
    said = [fields for _, fields in entries]
    chance.shuffle(said)
    redis.delete(CHANGES)
    for (entry, _), fields in zip(entries, said, strict=True):
        redis.xadd(CHANGES, fields, id=entry)


def _duplicated(redis: Redis, chance: random.Random) -> None:
    """Say the last change again, after itself or in the place of the next one."""
    entries = redis.xrevrange(CHANGES, count=1)
    if entries:
        entry, fields = entries[0]
        revision = int(entry.partition(b"-")[0])
        redis.xadd(CHANGES, fields, id=chance.choice([f"{revision}-1", f"{revision + 1}-0"]))


def forge_next(redis: Redis) -> None:
    """Say the last change again, as the next revision: its edits lead to its digest once more."""
    entry, fields = redis.xrevrange(CHANGES, count=1)[0]
    following = int(entry.partition(b"-")[0]) + 1
    redis.xadd(CHANGES, fields | {b"revision": str(following)}, id=f"{following}-0")


def _older(redis: Redis, chance: random.Random) -> None:
    """Take the last change away everywhere, as a failover does: `meta` names the one before."""
    meta = redis.hgetall(META)
    entries = redis.xrevrange(CHANGES, count=2)
    if len(entries) == 2 and meta:
        redis.xdel(CHANGES, entries[0][0])
        before = entries[1][0].partition(b"-")[0]
        redis.hset(META, mapping={"revision": before, "digest": entries[1][1][b"digest"]})


HARM: dict[str, Harm] = {
    "everything is flushed": lambda redis, chance: redis.flushall(),
    "meta is gone": lambda redis, chance: redis.delete(META),
    "the documents are gone": lambda redis, chance: redis.delete(DOCUMENTS),
    "the stream is gone": lambda redis, chance: redis.delete(CHANGES),
    "meta has another type": partial(_retyped, name=META),
    "the documents have another type": partial(_retyped, name=DOCUMENTS),
    "the stream has another type": partial(_retyped, name=CHANGES),
    "a document is truncated": partial(_rewritten, change=lambda text: text[: len(text) // 2]),
    "a document has a flipped bit": partial(_rewritten, change=lambda text: bytes([text[0] ^ 1]) + text[1:]),
    "a document is replaced": partial(_rewritten, change=lambda text: text.replace(b"user", b"loser")),
    "values of another environment": _foreign,
    "an entry is lost": _lost,
    "entries are reordered": _reordered,
    "an entry is duplicated": _duplicated,
    "the stream is trimmed": lambda redis, chance: redis.xtrim(CHANGES, maxlen=0),
    "the newest change is lost": _older,
}
"""What somebody writes into Redis; the publisher has to find it and put it right."""


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
