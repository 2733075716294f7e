"""Faults of the service and of the way to its feed, one by one, under load, as for Redis."""

import gzip
import json
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from flagsdk.wire import Change
from tests.faults.nemesis import FEED, LINK
from tests.faults.stand_in import StandIn, reply, stream_of
from tests.faults.world import HEAD_SECONDS, FeedWorld
from tests.support.link import HOLE
from tests.support.timing import eventually, within

BEFORE_SECONDS, DURING_SECONDS = 0.3, 0.7
HEARTBEAT_SECONDS = 2.5
UNTOLD = "connections are half-open"
"""Only missing heartbeats tell of it: that time comes on top of the bound."""


@pytest.fixture
def chance() -> random.Random:
    return random.Random(7)  # noqa: S311 - the same faults every time; the schedules draw others


@pytest.fixture
def world(tmp_path: Path, chance: random.Random) -> Iterator[FeedWorld]:
    with FeedWorld(tmp_path, chance) as made:
        made.write(2)
        made.settle()
        yield made


@pytest.fixture
def _quick_heart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Miss heartbeats sooner: the feed here sends one every second, not every fifteen."""
    monkeypatch.setattr("flagsdk.sources.sse.HEARTBEAT_SECONDS", HEARTBEAT_SECONDS)


@pytest.mark.usefixtures("_quick_heart")
@pytest.mark.parametrize("fault", LINK)
def test_the_way_to_the_client(world: FeedWorld, chance: random.Random, fault: str) -> None:
    with world.asked() as load:
        time.sleep(BEFORE_SECONDS)
        load.mark()
        with LINK[fault](world.to_client, chance):
            world.write(2)
            time.sleep(DURING_SECONDS)
        world.write()
        with within(HEAD_SECONDS + (HEARTBEAT_SECONDS if fault == UNTOLD else 0)):
            world.settle()


@pytest.mark.parametrize("fault", FEED)
def test_the_service(world: FeedWorld, chance: random.Random, fault: str) -> None:
    with world.asked() as load:
        time.sleep(BEFORE_SECONDS)
        load.mark()
        with FEED[fault](world, chance):
            world.write(2)
            time.sleep(DURING_SECONDS)
        world.write()
        world.settle_soon()


EMPTY = {"environment": "production", "epoch": "e1", "revision": 99, "format": 1, "digest": "0" * 64, "at": 1}
STRANGE = {"environment": "staging", "epoch": "e9", "revision": 1, "format": 1, "digest": "0" * 64, "at": 1}
ANSWERS = {
    "503": reply("503 Service Unavailable", b"{}", "Retry-After: 1"),
    "429": reply("429 Too Many Requests", b"", "Retry-After: 1"),
    "500": reply("500 Internal Server Error", b"<h1>oops</h1>"),
    "a redirect": reply("302 Found", b"", "Location: http://127.0.0.1:1/"),
    "no HTTP": b"\x00\xff\x00\xff" * 50 + b"\r\n\r\n",
    "a page": reply("200 OK", b"<html>welcome to the hotel</html>", "Content-Type: text/html"),
    "nothing": reply("200 OK"),
    "an empty object": reply("200 OK", b"{}"),
    "no documents and a wrong digest": reply("200 OK", json.dumps(EMPTY | {"documents": {}}).encode()),
    "another environment": reply("200 OK", json.dumps(STRANGE | {"documents": {}}).encode()),
    "half of a body": reply("200 OK", b'{"environment":', length=9000),
    "broken compression": reply("200 OK", gzip.compress(b"{}")[:-9], "Content-Encoding: gzip"),
    "304 to everything": b"HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n",
    "401": reply("401 Unauthorized", b"{}"),
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=list(ANSWERS))
def test_another_program_answers_in_its_place(world: FeedWorld, answer: bytes) -> None:
    with world.asked() as load, StandIn(answer) as other:
        load.mark()
        stand_between(world, other)
        world.write()
        eventually(lambda: world.client.status.fault)
        go_back(world)
        world.settle_soon()


def shuffled(changes: list[Change]) -> list[Change]:
    return changes[::-1]


def doubled(changes: list[Change]) -> list[Change]:
    return [each for change in changes for each in (change, change)]


def with_one_lost(changes: list[Change]) -> list[Change]:
    return changes[1:]


def with_a_wrong_digest(changes: list[Change]) -> list[Change]:
    return [replace(changes[0], digest="0" * 64), *changes[1:]]


def of_another_environment(changes: list[Change]) -> list[Change]:
    return [replace(change, environment="staging") for change in changes]


def of_another_epoch(changes: list[Change]) -> list[Change]:
    return [replace(change, epoch="e0") for change in changes]


def without_what_it_changes(changes: list[Change]) -> list[Change]:
    return [replace(change, edits={}) for change in changes]


@pytest.mark.parametrize(
    "bend",
    [
        shuffled,
        doubled,
        with_one_lost,
        with_a_wrong_digest,
        of_another_environment,
        of_another_epoch,
        without_what_it_changes,
    ],
)
def test_changes_arrive_bent(world: FeedWorld, bend: Callable[[list[Change]], list[Change]]) -> None:
    """The stream says what is not so, and the snapshot is refused meanwhile: only what leads on is applied."""
    known = world.database.head().revision
    eventually(lambda: world.feeding.feed.clients == 1)
    world.to_client.set(HOLE)
    world.write(4)
    changes = [change for change in world.feeding.replica.recent("production") if change.revision > known]
    with world.asked() as load, StandIn(ANSWERS["503"], stream_of(bend(changes))) as other:
        load.mark()
        stand_between(world, other)
        world.to_client.heal()
        eventually(lambda: other.asked >= 1)
        time.sleep(BEFORE_SECONDS)
        go_back(world)
        world.settle_soon()


def stand_between(world: FeedWorld, other: StandIn) -> None:
    world.to_client.target = other.port
    world.to_client.cut()


def go_back(world: FeedWorld) -> None:
    world.to_client.target = world.feeding.port
    world.to_client.cut()
