"""Who may write to Redis but has not the key can keep readers from news for a while, and make them believe nothing."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from redis import Redis

from flagsdk.sources.redis import RedisSource
from flagsdk.wire import Change, Digest, Whole, canonical, entry_of, meta_of, names, stream_id
from flagsvc.publisher import RedisPublisher
from tests.publisher.conftest import Witness
from tests.publisher.database import Database, flag
from tests.signing.keys import BY_FIRST, BY_SECOND, EPOCH, FIRST, OLD_EPOCH, PINNED, SECOND, signed
from tests.signing.reader import Reader

META, DOCUMENTS, CHANGES = names("production")
EVIL = {"flag/a": canonical(flag("a", value=False))}


def forge(redis: Redis, whole: Whole) -> None:
    """Write a copy that is right in everything but, perhaps, its signature: as a publisher does."""
    pipe: Any = redis.pipeline()  # redis-py wants dicts of more kinds of keys than there are
    pipe.delete(META, DOCUMENTS, CHANGES)
    pipe.hset(DOCUMENTS, mapping=dict(whole.documents))
    notice = Change(whole.environment, whole.epoch, whole.revision, whole.digest, whole.at, {}, whole.signature)
    pipe.xadd(CHANGES, entry_of(notice), id=stream_id(whole.revision))
    pipe.hset(META, mapping=meta_of(whole))
    pipe.execute()


def evil(redis: Redis, revision: int, **members: str) -> Whole:
    """Make a copy of the attacker's documents; the signature is the one that lies in Redis, unless given."""
    found: Mapping[bytes, bytes] = redis.hgetall(META)  # type: ignore[assignment]  # redis-py types sync and async at once
    place = {"epoch": EPOCH, "signature": found[b"signature"].decode()} | members
    digest = Digest.of(EVIL).hex
    return Whole(
        environment="production",
        epoch=place["epoch"],
        revision=revision,
        digest=digest,
        format=1,
        at=int(found[b"at"]),
        documents=EVIL,
        published=int(found[b"published"]),
        signature=place["signature"],
    )


FORGERIES: dict[str, Callable[[Redis], Whole]] = {
    "the same revision, with the signature that lies there": lambda redis: evil(redis, 1),
    "the same revision, unsigned": lambda redis: evil(redis, 1, signature=""),
    "a higher revision": lambda redis: evil(redis, 50),
    "a higher revision, unsigned": lambda redis: evil(redis, 50, signature=""),
    "a later epoch": lambda redis: evil(redis, 1, epoch="fff000000000-evil"),
    "an epoch without a date": lambda redis: evil(redis, 1, epoch="evil"),
    "signed with a key that is not pinned": lambda redis: signed(evil(redis, 50), BY_SECOND),
    "an old copy of a former epoch, rightly signed": lambda redis: signed(evil(redis, 50, epoch=OLD_EPOCH)),
}


@pytest.mark.parametrize("forgery", FORGERIES.values(), ids=list(FORGERIES))
def test_a_forged_copy_is_refused_and_the_last_good_one_kept(
    reader: Reader, redis: Redis, forgery: Callable[[Redis], Whole]
) -> None:
    """Every forgery has the right digest; a reader that pins no key would take it."""
    held = reader.held

    forge(redis, forgery(redis))
    for _ in range(2):
        reader.step()

    assert reader.held is held
    assert reader.place == (EPOCH, 1)
    assert reader.refusals


@pytest.mark.parametrize("forgery", FORGERIES.values(), ids=list(FORGERIES))
def test_a_reader_that_starts_while_a_forged_copy_lies_there_takes_nothing(
    redis_url: str, publisher: RedisPublisher, redis: Redis, forgery: Callable[[Redis], Whole]
) -> None:
    """But for the replay: who holds nothing cannot know that there was something newer."""
    forged = forgery(redis)
    source = RedisSource(redis_url, "production")
    late = Reader(source, PINNED)

    forge(redis, forged)
    late.step()

    source.close()
    assert late.held is None or forged.epoch == OLD_EPOCH


def test_the_publisher_heals_a_forged_copy_and_readers_go_on(
    reader: Reader, publisher: RedisPublisher, database: Database, redis: Redis
) -> None:
    forge(redis, evil(redis, 1))
    reader.step()
    reader.step()

    database.write({"flag/b": None})
    assert publisher.turn()
    for _ in range(3):
        reader.step()

    assert reader.place == (EPOCH, 2)
    assert reader.held is not None
    assert dict(reader.held.documents) == dict(database.whole().documents)


def test_a_forged_change_is_refused_and_the_true_one_of_that_revision_still_taken(
    reader: Reader, publisher: RedisPublisher, database: Database, redis: Redis
) -> None:
    assert reader.held is not None
    documents = dict(reader.held.documents) | EVIL
    forged = Change("production", EPOCH, 2, Digest.of(documents).hex, 1, EVIL, "")
    redis.xadd(CHANGES, entry_of(forged), id="2-0")  # type: ignore[arg-type]  # a dict is not invariant

    reader.step()
    assert reader.place == (EPOCH, 1)
    assert len(reader.refusals) == 1
    database.write({"flag/b": None})
    publisher.turn()
    publisher.turn()
    for _ in range(3):
        reader.step()

    assert reader.place == (EPOCH, 2)
    assert reader.held is not None
    assert "flag/b" not in reader.held.documents


def test_every_change_is_followed_by_its_signature_and_nothing_is_read_twice(
    reader: Reader, publisher: RedisPublisher, database: Database
) -> None:
    for value in (False, True, False):
        database.write({"flag/a": flag("a", value=value)})
        publisher.turn(["production"])
    reader.step()

    assert reader.place == (EPOCH, 4)
    assert (reader.loads, reader.refusals) == (1, [])


def test_a_copy_that_was_written_anew_is_signed(reader: Reader, publisher: RedisPublisher, redis: Redis) -> None:
    redis.flushall()

    publisher.turn()
    reader.step()
    reader.step()

    assert (reader.place, reader.refusals) == ((EPOCH, 1), [])


@pytest.fixture
def unsigned(redis_url: str, database: Database) -> Iterator[RedisPublisher]:
    made = RedisPublisher(redis_url, database.store)
    made.turn()
    yield made
    made.close()


def test_switching_signatures_on_is_not_noticed_by_readers(
    unsigned: RedisPublisher, redis_url: str, database: Database
) -> None:
    """Readers without a key follow on from where they are; one with a key can read the copy from then on."""
    source, pinned = RedisSource(redis_url, "production"), RedisSource(redis_url, "production")
    plain, strict = Reader(source, None), Reader(pinned, PINNED)
    plain.step()
    strict.step()
    assert strict.held is None

    signing = RedisPublisher(redis_url, database.store, sign=BY_FIRST.sign)
    signing.turn()
    strict.step()
    database.write({"flag/b": None})
    signing.turn()
    for each in (plain, strict):
        each.step()

    assert plain.place == strict.place == (EPOCH, 2)
    assert (plain.loads, plain.refusals) == (1, [])
    for opened in (source, pinned, signing):
        opened.close()


def test_two_publishers_of_which_one_has_no_key_end_up_signed(
    publisher: RedisPublisher, unsigned: RedisPublisher, database: Database, redis: Redis
) -> None:
    """While a service is being replaced: each change is signed after the next turn of who can, and then left alone."""
    database.write({"flag/b": None})

    unsigned.turn()
    assert redis.hget(META, "signature") is None
    publisher.turn()
    signature = redis.hget(META, "signature")
    unsigned.turn()

    assert signature
    assert redis.hget(META, "signature") == signature


def test_a_new_key_signs_the_copy_that_lies_there_and_readers_that_pin_both_notice_nothing(
    reader: Reader, publisher: RedisPublisher, redis_url: str, database: Database, redis: Redis
) -> None:
    second = RedisPublisher(redis_url, database.store, sign=BY_SECOND.sign)
    second.turn()

    signature = redis.hget(META, "signature")
    assert isinstance(signature, bytes)
    assert signature.decode().startswith(SECOND.id)
    reader.step()
    assert (reader.loads, reader.refusals) == (1, [])
    publisher.turn()
    assert str(redis.hget(META, "signature")).startswith(f"b'{FIRST.id}")
    second.close()


def test_a_signature_that_somebody_took_away_is_put_back(publisher: RedisPublisher, redis: Redis) -> None:
    signature = redis.hget(META, "signature")
    redis.hdel(META, "signature")

    publisher.turn()

    assert redis.hget(META, "signature") == signature


def test_a_copy_that_is_rightly_signed_is_left_alone(redis_url: str, database: Database, redis: Redis) -> None:
    """The stamp of another replica that is fresh enough stays, so nothing was written."""
    publisher = RedisPublisher(redis_url, database.store, sign=BY_FIRST.sign, now=lambda: 1000.0)
    publisher.turn()
    redis.hset(META, "published", "999999")

    publisher.turn()

    publisher.close()
    assert redis.hget(META, "published") == b"999999"


def test_a_database_that_went_back_to_an_older_epoch_is_told_and_published_but_not_followed(
    reader: Reader, redis_url: str, database: Database, witness: Witness, redis: Redis
) -> None:
    """A backup from before the last new epoch was put back: the database decides, readers wait for a new epoch."""
    database.new_epoch(OLD_EPOCH)
    publisher = RedisPublisher(redis_url, database.store, witness, sign=BY_FIRST.sign)

    publisher.turn(["production"])
    reader.step()
    reader.step()

    [(environment, published, head)] = witness.behind
    assert (environment, published.epoch, head.epoch) == ("production", EPOCH, OLD_EPOCH)
    assert redis.hget(META, "epoch") == OLD_EPOCH.encode()
    assert reader.place == (EPOCH, 1)
    database.new_epoch("019ac0ffef00-tests")
    publisher.turn()
    reader.step()
    assert reader.place == ("019ac0ffef00-tests", 1)
    publisher.close()


@pytest.fixture
def witness() -> Witness:
    return Witness()
