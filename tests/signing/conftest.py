"""A database whose epoch has a date, as the service mints them, and the Redis that a signing publisher fills."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from flagsdk.sources.redis import RedisSource
from flagsvc.publisher import RedisPublisher
from tests.publisher.database import Database, flag
from tests.signing.keys import BY_FIRST, EPOCH, PINNED
from tests.signing.reader import Reader


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a reader wait a tenth of a second for an entry of the stream; what it does then is the same."""
    monkeypatch.setattr("flagsdk.sources.redis.BLOCK_SECONDS", 0.1, raising=False)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(tmp_path)
    made.new_epoch(EPOCH)
    made.write({"flag/a": flag("a"), "flag/b": flag("b")})
    yield made
    made.close()


@pytest.fixture
def publisher(redis_url: str, database: Database) -> Iterator[RedisPublisher]:
    made = RedisPublisher(redis_url, database.store, sign=BY_FIRST.sign)
    assert made.turn()
    yield made
    made.close()


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    with Redis.from_url(redis_url) as made:
        yield made


@pytest.fixture
def reader(redis_url: str, publisher: RedisPublisher) -> Iterator[Reader]:
    source = RedisSource(redis_url, "production")
    made = Reader(source, PINNED)
    made.step()
    yield made
    source.close()
