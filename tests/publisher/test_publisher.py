"""After a turn Redis holds exactly what the database holds, whatever was there before."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from redis import Redis

from flagsdk.sources.redis import RedisSource
from flagsdk.wire import Change, Digest, Position, Whole, names
from flagsvc.publisher import RedisPublisher
from tests.publisher.conftest import Witness
from tests.publisher.database import Database, binding, flag

META, DOCUMENTS, CHANGES = names("production")


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    client = Redis.from_url(redis_url)
    yield client
    client.close()


@pytest.fixture
def publisher(redis_url: str, database: Database, witness: Witness) -> Iterator[RedisPublisher]:
    made = RedisPublisher(redis_url, database.store, witness)
    yield made
    made.close()


@pytest.fixture
def source(redis_url: str) -> Iterator[RedisSource]:
    made = RedisSource(redis_url, "production")
    yield made
    made.close()


def entries_of(redis: Redis) -> list[bytes]:
    """List the ids of the stream."""
    entries: Any = redis.xrange(CHANGES)
    return [entry for entry, _ in entries]


def assert_published(source: RedisSource, database: Database) -> Whole:
    """See that the copy is consistent in itself and equal to the database."""
    whole, truth = source.load(), database.whole()
    assert (whole.epoch, whole.revision) == (truth.epoch, truth.revision)
    assert whole.documents == truth.documents
    assert whole.digest == Digest.of(truth.documents).hex
    return whole


def test_an_empty_redis_is_filled(publisher: RedisPublisher, source: RedisSource, database: Database) -> None:
    database.write({"flag/a": flag("a"), "segment/s": {"key": "s", "included": []}})

    assert publisher.turn()

    assert_published(source, database)


def test_an_environment_without_documents_is_published_as_such(
    publisher: RedisPublisher, source: RedisSource, database: Database
) -> None:
    assert publisher.turn()

    assert assert_published(source, database).documents == {}
    assert publisher.turn()


def test_a_change_goes_out_as_one_entry_per_revision(
    publisher: RedisPublisher, source: RedisSource, database: Database, redis: Redis
) -> None:
    """Creating, editing and archiving; the stream id is the revision, and a reader is led from one to the next."""
    database.write({"flag/a": flag("a")})
    publisher.turn()
    held = source.load()

    database.write({"flag/a": flag("a", enabled=False), "flag/b": flag("b", "text")})
    database.write({"flag/a": None})
    publisher.turn(["production"])

    followed = source.follow(held.position)
    assert isinstance(followed, list)
    assert [change.revision for change in followed] == [2, 3]
    assert followed[1].edits == {"flag/a": None}
    digest = Digest.of(held.documents)
    for change in followed:
        digest = digest.edit(change.edits)
        assert digest.hex == change.digest
    assert_published(source, database)
    assert entries_of(redis) == [b"1-0", b"2-0", b"3-0"]


def test_what_no_reader_is_given_still_takes_its_revision(
    publisher: RedisPublisher, source: RedisSource, database: Database, redis: Redis
) -> None:
    """A binding that comes, changes and goes: three entries without documents, and the digest as it was."""
    database.write({"flag/a": flag("a")})
    publisher.turn()
    held = source.load()

    for document in (binding("edge"), binding("edge", 5), None):
        database.write({"binding/edge": document})
    publisher.turn(["production"])

    followed = source.follow(held.position)
    assert isinstance(followed, list)
    assert [(change.revision, dict(change.edits), change.digest) for change in followed] == [
        (revision, {}, held.digest) for revision in (2, 3, 4)
    ]
    assert set(assert_published(source, database).documents) == {"flag/a"}
    assert entries_of(redis) == [b"1-0", b"2-0", b"3-0", b"4-0"]


def test_each_revision_is_reported_once_with_its_delay(
    publisher: RedisPublisher, database: Database, witness: Witness
) -> None:
    database.write({"flag/a": flag("a")})
    publisher.turn()
    for _ in range(3):
        database.write({"flag/a": flag("a", enabled=False)})
        publisher.turn(["production"])

    assert [revision for name, revision in witness.revisions if name == "production"] == [2, 3, 4]
    assert all(0 <= seconds < 60 for seconds in witness.seconds)


def test_a_turn_without_news_only_stamps(
    publisher: RedisPublisher, source: RedisSource, database: Database, redis: Redis
) -> None:
    """The stamp says when the copy was last compared; it is no part of the digest."""
    database.write({"flag/a": flag("a")})
    publisher.turn()
    redis.hset(META, "published", "1")

    publisher.turn()

    assert time.time() * 1000 - assert_published(source, database).published < 60_000
    assert redis.xlen(CHANGES) == 1


def test_a_stamp_of_the_future_is_written_over(
    publisher: RedisPublisher, source: RedisSource, database: Database, redis: Redis
) -> None:
    """By a clock that was wrong: readers take a stamp that does not move for a publisher that is dead."""
    database.write({"flag/a": flag("a")})
    publisher.turn()
    redis.hset(META, "published", str(int(time.time() * 1000) + 3_600_000))

    publisher.turn()

    assert time.time() * 1000 >= assert_published(source, database).published


def flip(redis: Redis) -> None:
    """One byte of one document."""
    text: bytes = redis.hget(DOCUMENTS, "flag/a")  # type: ignore[assignment]  # redis-py types sync and async at once
    redis.hset(DOCUMENTS, "flag/a", text[:-2] + b"\xff" + text[-1:])


def swap(redis: Redis) -> None:
    """Put the copy of another environment under this one's names."""
    for own, other in zip(names("production"), names("staging"), strict=True):
        redis.delete(own)
        if redis.exists(other):
            redis.copy(other, own)


DAMAGE: dict[str, Callable[[Redis], object]] = {
    "everything lost": lambda redis: redis.flushall(),
    "meta lost": lambda redis: redis.delete(META),
    "documents lost": lambda redis: redis.delete(DOCUMENTS),
    "stream lost": lambda redis: redis.delete(CHANGES),
    "meta of the wrong type": lambda redis: redis.set(META, "x"),
    "documents of the wrong type": lambda redis: redis.set(DOCUMENTS, "x"),
    "stream of the wrong type": lambda redis: redis.set(CHANGES, "x"),
    "wrong digest": lambda redis: redis.hset(META, "digest", "0" * 64),
    "lower revision": lambda redis: redis.hset(META, "revision", "1"),
    "higher revision": lambda redis: redis.hset(META, "revision", "41"),
    "a number without end": lambda redis: redis.hset(META, "revision", "9" * 5000),
    "a revision beyond a stream's": lambda redis: redis.hset(META, "revision", "9" * 20),
    "a time without end": lambda redis: redis.hset(META, "published", "9" * 5000),
    "no number": lambda redis: redis.hset(META, "revision", "many"),
    "no time": lambda redis: redis.hset(META, "published", "x"),
    "unknown format": lambda redis: redis.hset(META, "format", "99"),
    "other epoch": lambda redis: redis.hset(META, "epoch", "e0"),
    "another environment": lambda redis: redis.hset(META, "environment", "staging"),
    "another environment's copy": swap,
    "a document changed": lambda redis: redis.hset(DOCUMENTS, "flag/a", "{}"),
    "a document too many": lambda redis: redis.hset(DOCUMENTS, "flag/z", "{}"),
    "a document lost": lambda redis: redis.hdel(DOCUMENTS, "flag/a"),
    "a byte flipped": flip,
    "an entry too many": lambda redis: redis.xadd(CHANGES, {"x": "y"}, id="9-0"),
    "an entry trimmed": lambda redis: redis.xtrim(CHANGES, maxlen=0),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=list(DAMAGE))
@pytest.mark.parametrize("also_changed", [False, True], ids=["quiet", "with a change pending"])
def test_one_turn_heals(
    publisher: RedisPublisher,
    source: RedisSource,
    database: Database,
    redis: Redis,
    damage: Callable[[Redis], object],
    also_changed: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """Two turns where a change was pending: the first may find the damage only by its own half-applied write."""
    database.write({"flag/a": flag("a"), "flag/b": flag("b")})
    database.write({"flag/a": flag("a", enabled=False)})
    publisher.turn()

    damage(redis)
    if also_changed:
        database.write({"flag/b": flag("b", enabled=False)})
        publisher.turn()
    publisher.turn()

    assert_published(source, database)
    assert publisher.turn()
    follow = source.follow(Position("e1", database.head().revision - 1))
    assert isinstance(follow, list)
    assert [change.revision for change in follow] == [database.head().revision]


def test_a_command_that_fails_inside_the_transaction_is_noticed(
    publisher: RedisPublisher, source: RedisSource, database: Database, redis: Redis, witness: Witness
) -> None:
    """Redis does the rest of a MULTI all the same: documents and meta are new, the stream is not."""
    database.write({"flag/a": flag("a")})
    publisher.turn()
    redis.set(CHANGES, "not a stream")
    database.write({"flag/a": flag("a", enabled=False)})

    assert publisher.turn(["production"])

    assert witness.failures == ["half-applied"]
    assert_published(source, database)


def test_a_new_epoch_with_a_lower_revision_is_written_whole(
    redis_url: str, publisher: RedisPublisher, source: RedisSource, database: Database, redis: Redis
) -> None:
    """XADD below the last id would be refused, so the stream starts again."""
    database.write({"flag/a": flag("a")})
    publisher.turn()
    redis.xadd(CHANGES, {"epoch": "e1"}, id="41-0")
    redis.hset(META, mapping={"revision": "41", "epoch": "e1"})

    database.new_epoch("e2")
    publisher.turn()

    assert_published(source, database)
    assert entries_of(redis) == [b"1-0"]


def test_a_database_behind_redis_is_reported_and_redis_left_alone(
    publisher: RedisPublisher, database: Database, redis: Redis, witness: Witness
) -> None:
    """A restored backup: lower revisions of the same epoch must not reach readers; a new epoch may."""
    database.write({"flag/a": flag("a")})
    publisher.turn()
    redis.xadd(CHANGES, {"epoch": "e1"}, id="41-0")
    redis.hset(META, "revision", "41")

    assert publisher.turn()

    assert [(name, published.revision, head.revision) for name, published, head in witness.behind] == [
        ("production", 41, 1)
    ]
    assert redis.hget(META, "revision") == b"41"


def test_a_publisher_that_starts_late_continues_the_stream_it_finds(
    redis_url: str, publisher: RedisPublisher, source: RedisSource, database: Database
) -> None:
    """Though changes wait to be published; a reader of the stream notices nothing."""
    database.write({"flag/a": flag("a")})
    publisher.turn()
    held = source.load().position
    second = RedisPublisher(redis_url, database.store)

    database.write({"flag/b": flag("b")})
    database.write({"flag/c": flag("c")})
    second.turn(["production"])
    second.close()

    followed = source.follow(held)
    assert isinstance(followed, list)
    assert [change.revision for change in followed] == [2, 3]
    assert all(isinstance(change, Change) for change in followed)
