"""Publisher → Redis → client, for real: changes arrive, faults are survived, and the head is reached again."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from flagsdk import FlagClient
from flagsdk.sources import Resync, SourceFault
from flagsdk.sources.redis import RedisSource
from flagsdk.wire import Corrupt, Missing, Position, names
from flagsvc.domain.records import Head
from flagsvc.publisher import RedisPublisher, Silent
from tests.publisher.database import Database, binding, flag
from tests.support.servers import RedisServer
from tests.support.timing import eventually, within

META, DOCUMENTS, CHANGES = names("production")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(tmp_path)
    made.write({"flag/a": flag("a"), "flag/b": flag("b")})
    yield made
    made.close()


@pytest.fixture
def publisher(redis_url: str, database: Database) -> Iterator[RedisPublisher]:
    made = RedisPublisher(redis_url, database.store)
    made.turn()
    yield made
    made.close()


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    with Redis.from_url(redis_url) as made:
        yield made


@pytest.fixture
def client(redis_url: str, publisher: RedisPublisher) -> Iterator[FlagClient]:
    with FlagClient(redis=redis_url, environment="production") as made:
        assert made.ready
        yield made


class Behind(Silent):
    """Mints a new epoch when the database is behind Redis, as the service does."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def database_behind(self, environment: str, published: Head, head: Head) -> None:
        self._database.new_epoch("e2")


def is_at_head(client: FlagClient, database: Database) -> bool:
    head = database.head()
    return (client.status.epoch, client.status.revision) == (head.epoch, head.revision)


def test_a_change_arrives_at_once(client: FlagClient, publisher: RedisPublisher, database: Database) -> None:
    """By the stream: the wait for it is on the server's side."""
    database.write({"flag/a": flag("a", False)})  # noqa: FBT003 - the value of the flag
    publisher.turn(["production"])

    with within(1.5):
        eventually(lambda: is_at_head(client, database))
    assert client.get_boolean("a", default=True) is False


def test_what_no_reader_is_given_moves_the_revision_on_without_reading_anew(
    client: FlagClient, publisher: RedisPublisher, database: Database
) -> None:
    """A binding between two changes of a flag: were there a gap, or another digest, it would count as a fault."""
    for document in ({"binding/edge": binding("edge")}, {"flag/a": flag("a", False)}, {"binding/edge": None}):  # noqa: FBT003 - the value of the flag
        database.write(document)
        publisher.turn(["production"])
        eventually(lambda: is_at_head(client, database))

    assert client.get_boolean("a", default=True) is False
    assert client.status.faults == 0


def test_many_changes_arrive_in_order(client: FlagClient, publisher: RedisPublisher, database: Database) -> None:
    publisher.start()

    for number in range(100):
        database.write({"flag/n": flag("n", number)})
        publisher.wake("production")

    eventually(lambda: is_at_head(client, database))
    assert client.get_integer("n") == 99
    assert client.status.faults == 0


HARM: dict[str, Callable[[Redis], object]] = {
    "flushed": lambda redis: redis.flushall(),
    "meta of the wrong type": lambda redis: (redis.delete(META), redis.set(META, "x")),
    "documents of the wrong type": lambda redis: (redis.delete(DOCUMENTS), redis.set(DOCUMENTS, "x")),
    "stream of the wrong type": lambda redis: (redis.delete(CHANGES), redis.set(CHANGES, "x")),
    "another environment's meta": lambda redis: redis.hset(META, "environment", "staging"),
    "a byte flipped": lambda redis: redis.hset(DOCUMENTS, "flag/a", b"\xff"),
    "a document changed": lambda redis: redis.hset(DOCUMENTS, "flag/a", "{}"),
    "a forged entry": lambda redis: redis.xadd(CHANGES, {"+flag/a": "{}"}, id="2-0"),
    "an entry that is no text": lambda redis: redis.xadd(CHANGES, {"epoch": b"\xff"}, id="2-0"),
    "an entry out of the way": lambda redis: redis.xadd(CHANGES, {"epoch": "e1", "digest": "d", "at": "1"}, id="9-9"),
    "a lower revision": lambda redis: redis.hset(META, "revision", "0"),
    "a higher revision": lambda redis: redis.hset(META, "revision", "77"),
    "another epoch": lambda redis: redis.hset(META, "epoch", "e7"),
    "an unknown format": lambda redis: redis.hset(META, "format", "9"),
}


@pytest.mark.parametrize("harm", HARM.values(), ids=list(HARM))
def test_harm_is_refused_and_healed(
    client: FlagClient, publisher: RedisPublisher, database: Database, redis: Redis, harm: Callable[[Redis], object]
) -> None:
    """The answers stay, all the time; once the publisher has been there, the client is at the head again."""
    harm(redis)
    publisher.start()
    database.write({"flag/b": flag("b", False)})  # noqa: FBT003 - the value of the flag
    publisher.wake("production")

    eventually(lambda: client.is_enabled("a") is not True or client.get_boolean("b", default=True) is False)
    assert client.is_enabled("a") is True
    eventually(lambda: is_at_head(client, database))


def test_a_new_client_refuses_a_corrupt_copy_until_it_is_healed(
    redis_url: str, publisher: RedisPublisher, redis: Redis
) -> None:
    redis.hset(DOCUMENTS, "flag/a", "{}")
    client = FlagClient(redis=redis_url, environment="production")

    assert client.wait_ready(0.3) is False
    assert client.is_enabled("a") is False
    assert "Corrupt" in client.status.fault
    publisher.turn()
    assert client.wait_ready(5) is True
    assert client.is_enabled("a") is True
    client.close()


def test_a_restored_database_is_followed_downwards(
    client: FlagClient, redis_url: str, publisher: RedisPublisher, database: Database, tmp_path: Path
) -> None:
    """A backup is put back: a new epoch begins at a lower revision, and readers accept it once.

    A reader that waits behind the end of the restarted stream hears nothing, and looks by itself.
    """
    for _ in range(5):
        database.write({"flag/a": flag("a", False)})  # noqa: FBT003 - the value of the flag
    publisher.turn()
    eventually(lambda: is_at_head(client, database))
    (tmp_path / "restored").mkdir()
    restored = Database(tmp_path / "restored")
    restored.write({"flag/a": flag("a")})
    behind = Behind(restored)
    second = RedisPublisher(redis_url, restored.store, behind, every_seconds=0.1)

    second.start()

    eventually(lambda: is_at_head(client, restored))
    assert (client.status.epoch, client.status.revision) == ("e2", 1)
    assert client.is_enabled("a") is True
    second.close()
    restored.close()


def test_a_frozen_redis_blocks_no_read(redis_server: RedisServer, database: Database) -> None:
    publisher = RedisPublisher(redis_server.url, database.store)
    publisher.turn()
    with FlagClient(redis=redis_server.url, environment="production", stale_seconds=1) as client:
        redis_server.pause()
        reads = 0
        while client.status.fault == "":
            assert client.is_enabled("a") is True
            reads += 1
        assert reads > 1000  # a handful, if they waited for what the thread waits for
        assert client.status.state == "stale"
        redis_server.resume()
        database.write({"flag/a": flag("a", False)})  # noqa: FBT003 - the value of the flag
        eventually(lambda: publisher.turn(["production"]))
        eventually(lambda: is_at_head(client, database))
    publisher.close()


def test_a_restarted_redis_is_found_again(redis_server: RedisServer, database: Database) -> None:
    publisher = RedisPublisher(redis_server.url, database.store, every_seconds=0.2)
    publisher.start()
    with FlagClient(redis=redis_server.url, environment="production") as client:
        redis_server.kill()
        eventually(lambda: client.status.fault)
        database.write({"flag/a": flag("a", False)})  # noqa: FBT003 - the value of the flag
        assert client.is_enabled("a") is True
        redis_server.start()

        eventually(lambda: is_at_head(client, database))
        assert client.get_boolean("a", default=True) is False
    publisher.close()


def test_a_connection_that_is_made_while_it_is_closed_is_closed_too(redis_url: str, redis: Redis) -> None:
    source = RedisSource(redis_url, "production")

    def late() -> Any:
        source.close()
        return source._redis.ping()

    source._ask(late)

    eventually(lambda: "flagsdk" not in [client["name"] for client in redis.client_list()])


def test_closing_during_a_wait_is_quick(client: FlagClient) -> None:
    time.sleep(0.1)  # the thread waits for the stream, which takes two seconds

    with within(1):
        client.close()


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flagsdk.sources.redis.BLOCK_SECONDS", 0.05)


@pytest.mark.usefixtures("_impatient")
def test_silence_of_all_publishers_is_a_fault_and_not_health(
    redis_url: str, publisher: RedisPublisher, redis: Redis
) -> None:
    """The stamp in meta stands still: this may be a node that nobody writes to any more."""
    now = 0.0
    source = RedisSource(redis_url, "production", clock=lambda: now)
    position = source.load().position

    assert source.follow(position) == []
    now = 16.0
    with pytest.raises(SourceFault, match="nobody has published for 16 s"):
        source.follow(position)
    redis.hset(META, "published", "1")
    assert source.follow(position) == []
    source.close()


@pytest.mark.usefixtures("_impatient")
def test_the_port_says_what_it_hears(redis_url: str, publisher: RedisPublisher, redis: Redis) -> None:
    """Silence at the head is confirmed; elsewhere it is not."""
    source = RedisSource(redis_url, "production")
    held = source.load().position

    assert source.follow(held) == []
    assert isinstance(source.follow(Position(held.epoch, held.revision, "0" * 64)), Resync)
    assert isinstance(source.follow(Position("e0", 77, held.digest)), Resync)
    redis.flushall()
    with pytest.raises(Missing):
        source.load()
    redis.set(CHANGES, "x")
    with pytest.raises(Corrupt):
        source.follow(held)
    source.close()


def test_a_redis_without_a_server_is_a_fault_within_a_second() -> None:
    source = RedisSource("redis://127.0.0.1:1", "production")

    with within(1.5), pytest.raises(SourceFault):
        source.load()

    source.close()
    source.close()
