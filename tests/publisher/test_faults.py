"""Redis dies, freezes, fills up; publishers race. The database is published in the end, and nobody waits for Redis."""

import threading

import pytest
from redis import Redis, WatchError

from flagsdk.sources.redis import RedisSource
from flagsdk.wire import Digest, Whole, names
from flagsvc.publisher import RedisPublisher
from flagsvc.publisher.copy import Copy
from tests.publisher.conftest import Witness
from tests.publisher.database import Database, flag
from tests.support.servers import RedisServer
from tests.support.timing import eventually, within

META, DOCUMENTS, CHANGES = names("production")


def loaded(url: str) -> Whole | None:
    """Read the copy; None while there is none that can be read."""
    source = RedisSource(url, "production")
    try:
        return source.load()
    except Exception:  # noqa: BLE001 - whatever is wrong with it, there is no copy yet
        return None
    finally:
        source.close()


def is_current(url: str, database: Database) -> bool:
    whole, truth = loaded(url), database.whole()
    return whole is not None and (whole.revision, dict(whole.documents)) == (truth.revision, dict(truth.documents))


def test_a_commit_is_published_at_once(redis_url: str, database: Database, witness: Witness) -> None:
    """Woken, the publisher does not wait for its next look."""
    publisher = RedisPublisher(redis_url, database.store, witness, every_seconds=60)
    publisher.start()
    eventually(lambda: is_current(redis_url, database))

    database.write({"flag/a": flag("a")})
    publisher.wake("production")

    eventually(lambda: is_current(redis_url, database))
    publisher.close()


def test_a_commit_of_another_process_is_published_by_the_next_look(redis_url: str, database: Database) -> None:
    """Nobody wakes it: a writer that died between commit and publication."""
    publisher = RedisPublisher(redis_url, database.store, every_seconds=0.2)
    publisher.start()

    database.write({"flag/a": flag("a")})

    eventually(lambda: is_current(redis_url, database))
    publisher.close()


def test_a_flushed_redis_is_full_again_within_three_seconds(redis_url: str, database: Database) -> None:
    database.write({"flag/a": flag("a")})
    publisher = RedisPublisher(redis_url, database.store)
    publisher.start()
    eventually(lambda: is_current(redis_url, database))

    with Redis.from_url(redis_url) as redis:
        redis.flushall()

    eventually(lambda: is_current(redis_url, database))
    publisher.close()


def test_the_late_publisher_is_refused(redis_url: str, database: Database) -> None:
    """Paused between its look and its write, it must not overwrite what came meanwhile."""
    database.write({"flag/a": flag("a")})
    publisher = RedisPublisher(redis_url, database.store)
    publisher.turn()
    late = Redis.from_url(redis_url)

    with Copy.look(late, "production") as copy:
        old = loaded(redis_url)
        assert old is not None
        database.write({"flag/a": flag("a", enabled=False)})
        publisher.turn()
        with pytest.raises(WatchError):
            copy.write(old)

    assert is_current(redis_url, database)
    publisher.close()
    late.close()


def test_two_publishers_at_once_publish_each_revision_once(redis_url: str, database: Database) -> None:
    publishers = [RedisPublisher(redis_url, database.store, every_seconds=0.05) for _ in range(2)]
    database.write({"flag/a": flag("a")})
    publishers[0].turn()
    for publisher in publishers:
        publisher.start()

    for number in range(60):
        database.write({f"flag/{number % 7}": flag(f"{number % 7}", number)})
        for publisher in publishers:
            publisher.wake("production")

    eventually(lambda: is_current(redis_url, database))
    for publisher in publishers:
        publisher.close()
    with Redis.from_url(redis_url) as redis:
        entries = [entry for entry, _ in redis.xrange(CHANGES)]
    assert entries == [f"{revision}-0".encode() for revision in range(1, 62)]


def test_a_restarted_empty_redis_is_filled(redis_server: RedisServer, database: Database, witness: Witness) -> None:
    database.write({"flag/a": flag("a")})
    publisher = RedisPublisher(redis_server.url, database.store, witness, every_seconds=0.2)
    publisher.start()
    eventually(lambda: is_current(redis_server.url, database))

    redis_server.kill()
    eventually(lambda: False in witness.up)
    database.write({"flag/b": flag("b")})
    redis_server.start()

    eventually(lambda: is_current(redis_server.url, database))
    assert "redis" in witness.failures
    publisher.close()


def test_a_frozen_redis_holds_nobody_up(redis_server: RedisServer, database: Database, witness: Witness) -> None:
    """`wake` returns at once, a turn gives up in bounded time, `close` does not hang; afterwards all is published."""
    database.write({"flag/a": flag("a")})
    publisher = RedisPublisher(redis_server.url, database.store, witness)
    publisher.turn()
    redis_server.pause()

    with within(0.5):
        publisher.wake("production")
    with within(8):
        assert not publisher.turn()

    assert witness.failures == ["redis"]
    assert witness.up[-1] is False
    redis_server.resume()
    database.write({"flag/b": flag("b")})
    eventually(publisher.turn)
    assert is_current(redis_server.url, database)
    publisher.close()


def test_a_full_redis_refuses_the_whole_change(redis_url: str, database: Database, witness: Witness) -> None:
    """Nothing is half applied: readers keep a consistent older copy, and the rest follows when there is room."""
    database.write({"flag/a": flag("a")})
    publisher = RedisPublisher(redis_url, database.store, witness)
    publisher.turn()
    before = loaded(redis_url)
    with Redis.from_url(redis_url) as redis:
        redis.config_set("maxmemory-policy", "noeviction")
        redis.config_set("maxmemory", "1")
        try:
            database.write({"flag/b": flag("b")})
            assert not publisher.turn()
            assert loaded(redis_url) == before
        finally:
            redis.config_set("maxmemory", "0")

    assert publisher.turn()
    assert is_current(redis_url, database)
    assert witness.failures == ["refused"]
    publisher.close()


def test_one_fault_is_said_once(
    redis_server: RedisServer, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    publisher = RedisPublisher(redis_server.url, database.store)
    redis_server.kill()

    for _ in range(3):
        assert not publisher.turn()
    redis_server.start()
    assert publisher.turn()

    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]
    publisher.close()


def test_readers_never_see_a_torn_copy(redis_url: str, database: Database) -> None:
    """Documents and meta are read in one MULTI and written in one MULTI: the digest always fits."""
    publisher = RedisPublisher(redis_url, database.store, every_seconds=0.05)
    database.write({f"flag/{number}": flag(f"{number}") for number in range(50)})
    publisher.turn()
    publisher.start()
    source = RedisSource(redis_url, "production")
    done = threading.Event()
    torn = []

    def read() -> None:
        while not done.is_set():
            whole = source.load()
            if Digest.of(whole.documents).hex != whole.digest:
                torn.append(whole.revision)

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(40):
        database.write({f"flag/{each}": flag(f"{each}", number) for each in range(10)})
        publisher.wake("production")
    done.set()
    reader.join()

    assert not torn
    source.close()
    publisher.close()
