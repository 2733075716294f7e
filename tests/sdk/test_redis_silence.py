"""A Redis that falls silent, with the real limits: lost packets in one direction, and frozen servers of every kind."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from flagsdk import FlagClient
from flagsdk.sources import SourceFault, open_source
from flagsvc.publisher import RedisPublisher
from tests.publisher.database import Database, flag
from tests.support.redis_nodes import Cluster, RedisNode, Sentinels, running
from tests.support.relay import Relay
from tests.support.timing import eventually, within

pytestmark = pytest.mark.servers


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(tmp_path)
    made.write({"flag/a": flag("a")})
    yield made
    made.close()


@pytest.mark.parametrize("way", [Relay.hold, Relay.mute], ids=["answers", "questions"])
def test_a_line_that_carries_one_direction_only_is_noticed_and_mended(
    database: Database, way: Callable[[Relay], None]
) -> None:
    with running(RedisNode()) as node:
        publisher = RedisPublisher(f"redis://127.0.0.1:{node.port}", database.store, every_seconds=0.5)
        publisher.start()
        relay = Relay(node.port)
        with FlagClient(redis=f"redis://127.0.0.1:{relay.port}", environment="production") as client:
            eventually(lambda: client.ready)
            way(relay)
            with within(6):  # two seconds of waiting had just begun, then the socket's three; else for ever
                eventually(lambda: client.status.fault)
            database.write({"flag/b": flag("b")})
            relay.release()

            eventually(lambda: client.status.revision == 2)
            eventually(lambda: client.status.fault == "")
        publisher.close()
        relay.close()


@pytest.mark.parametrize("kind", [RedisNode, Sentinels, Cluster])
def test_asking_frozen_servers_takes_seconds_and_no_more(database: Database, kind: Callable[[], Any]) -> None:
    """redis-py by itself tries for a minute."""
    with running(kind()) as servers:
        publisher = RedisPublisher(servers.url, database.store)
        publisher.turn()
        source = open_source(servers.url, environment="production")
        servers.pause()
        try:
            with within(7), pytest.raises(SourceFault):
                source.load()
            with within(7):
                assert publisher.turn(["production"]) is False
        finally:
            servers.resume()
        source.close()
        publisher.close()
