"""One random schedule of faults and writes, drawn from a seed, and what came of it."""

import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

from redis import RedisError

from tests.faults.harm import HARM
from tests.faults.load import Load
from tests.faults.nemesis import FEED, LINK, SERVER
from tests.faults.world import HEAD_SECONDS, FeedWorld, LadderWorld, RedisWorld, World
from tests.support.lost import Lost
from tests.support.servers import RedisServer

PATIENCE_SECONDS = 60.0
POLL_SECONDS = 0.005
WAYS = ("Redis", "Redis", "feed", "ladder", "ladder")
NOT_FOR_TWO = {"a backup is restored"}  # the feed reads the same database, and would have to be restarted, too
EVERY_SECONDS = 0.1  # how often a publisher looks

IMPATIENT: dict[str, float | tuple[float, float] | tuple[int, int]] = {
    "flagsdk.sources.redis.BLOCK_SECONDS": 0.2,
    "flagsdk.sources.redis.TIMEOUT_SECONDS": 0.4,
    "flagsdk.sources.redis.CONNECT_SECONDS": 0.3,
    "flagsdk.sources.redis.RedisSource.patience": 0.2,
    "flagsdk.sources.http.CONNECT_SECONDS": 0.3,
    "flagsdk.sources.http.READ_SECONDS": 0.5,
    "flagsdk.sources.http.HELLO_SECONDS": 0.5,
    "flagsdk.sources.http.POLL_SECONDS": 0.2,
    "flagsdk.sources.http.STREAM_AGAIN_SECONDS": 0.5,
    "flagsdk.sources.http.HttpSource.patience": 0.3,
    "flagsdk.sources.sse.HEARTBEAT_SECONDS": 2.5,
    "flagsvc.publisher.publisher.CONNECT_SECONDS": 0.3,
    "flagsvc.publisher.publisher.TIMEOUT_SECONDS": 0.4,
    "flagsvc.publisher.publisher.BACKOFF_SECONDS": (0.02, 0.2),
    "flagsvc.http.stream.RETRY_MILLISECONDS": (50, 200),
}
"""Waits of the sources, of the publisher and of the feed, so short that a schedule takes about a second."""


@dataclass(frozen=True)
class Result:
    """What a schedule did and found. `head_seconds`: from healing to the head, in this process's own time."""

    seed: int
    steps: tuple[str, ...]
    head_seconds: float
    calls: int
    revisions: int
    faults: tuple[str, ...] = field(default=())


@contextmanager
def impatient() -> Iterator[None]:
    """Let everything wait only shortly for everything else, in this process."""
    with ExitStack() as stack:
        for path, value in IMPATIENT.items():
            place, _, name = path.rpartition(".")
            owner = _owner(place)
            stack.callback(setattr, owner, name, getattr(owner, name))
            setattr(owner, name, value)
        yield


def run(seed: int, server: RedisServer) -> Result:
    """Run the schedule of a seed, on a Redis that is its alone meanwhile."""
    chance = random.Random(seed)  # noqa: S311 - it has to be the same again
    with (
        tempfile.TemporaryDirectory(prefix="flagsvc-schedule-") as folder,
        _world(chance, Path(folder), server) as world,
    ):
        return _run(seed, world)


def _world(chance: random.Random, folder: Path, server: RedisServer) -> World:
    way = chance.choice(WAYS)
    if way == "feed":
        return FeedWorld(folder, chance)
    made = RedisWorld if way == "Redis" else LadderWorld
    return made(folder, chance, server, EVERY_SECONDS)


def _run(seed: int, world: World) -> Result:
    steps = [type(world).__name__]
    with Lost() as lost, Load(world.clients, threads=2) as load:
        world.write()
        for _ in range(world.chance.randint(1, 3)):
            _round(world, steps)
        if world.chance.random() < 0.7:
            world.write()
        healed = time.monotonic()
        reached = _reaches_head(world)
        head_seconds = time.monotonic() - healed
        head_seconds -= lost.between(healed, healed + head_seconds)
    faults = load.faults(world.oracle)
    if not reached or head_seconds > HEAD_SECONDS:
        standing = [(client.status.epoch, client.status.revision, client.status.fault) for client in world.clients]
        faults.append(f"{head_seconds:.1f} s after healing at {standing}, and {world.database.head()} is the head")
    return Result(seed, tuple(steps), head_seconds, load.calls, len(world.oracle.revisions), tuple(faults))


def _round(world: World, steps: list[str]) -> None:
    """Begin some faults, write a little, wait a little, and end them in the other order."""
    chance = world.chance
    with ExitStack() as stack:
        if isinstance(world, RedisWorld):
            _round_of_redis(world, steps, stack)
        elif isinstance(world, FeedWorld) and chance.random() < 0.4:
            fault = chance.choice(list(FEED))
            steps.append(fault)
            stack.enter_context(FEED[fault](world, chance))
        if chance.random() < 0.6:
            fault = chance.choice(list(LINK))
            steps.append(f"client: {fault}")
            stack.enter_context(LINK[fault](world.to_client, chance))
        if isinstance(world, LadderWorld) and chance.random() < 0.5:
            fault = chance.choice(list(LINK))
            steps.append(f"feed: {fault}")
            stack.enter_context(LINK[fault](world.to_feed, chance))
        for _ in range(chance.randint(0, 3)):
            world.write()
            time.sleep(chance.choice([0.0, 0.01, 0.1]))
        time.sleep(chance.choice([0.0, 0.05, 0.3]))


def _round_of_redis(world: RedisWorld, steps: list[str], stack: ExitStack) -> None:
    chance = world.chance
    for _ in range(chance.choice([0, 0, 1, 2])):
        harm = chance.choice(list(HARM))
        steps.append(harm)
        with world.server.client() as redis, suppress(RedisError):  # one harm may leave the next nothing to do it to
            HARM[harm](redis, chance)
    if chance.random() < 0.4:
        known = SERVER.keys() - NOT_FOR_TWO if isinstance(world, LadderWorld) else SERVER.keys()
        fault = chance.choice(sorted(known))
        steps.append(fault)
        stack.enter_context(SERVER[fault](world, chance))
    if chance.random() < 0.4:
        fault = chance.choice(list(LINK))
        steps.append(f"publisher: {fault}")
        stack.enter_context(LINK[fault](world.to_publisher, chance))


def _reaches_head(world: World) -> bool:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not world.is_at_head():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def _owner(place: str) -> object:
    """Find the module, or the class in one, that a dotted path names."""
    try:
        return import_module(place)
    except ModuleNotFoundError:
        module, _, name = place.rpartition(".")
        return getattr(import_module(module), name)
