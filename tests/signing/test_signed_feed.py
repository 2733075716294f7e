"""The feed, files and a whole service: the same signature for one revision, whichever way it travels."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from starlette.testclient import TestClient

from flagsdk.signatures import Verifier
from flagsdk.sources.file import FileSource
from flagsdk.sources.http import HttpSource
from flagsdk.sources.redis import RedisSource
from flagsdk.wire import Untrusted, Whole, admit, names, whole_json
from flagsvc.app import Founding, Service, intent
from flagsvc.domain.records import Ref
from flagsvc.publisher import RedisPublisher
from flagsvc.runner.replica import Replica
from flagsvc.settings import Settings
from flagsvc.usecases.weights import set_weights
from tests.publisher.database import flag
from tests.sdk.feeding import TOKEN, Feeding
from tests.signing.keys import BY_FIRST, EPOCH, FIRST, PINNED, SECOND
from tests.signing.reader import Reader
from tests.support.timing import eventually


@pytest.fixture
def feeding(tmp_path: Path) -> Iterator[Feeding]:
    made = Feeding(tmp_path)
    made.database.new_epoch(EPOCH)
    made.replica = Replica(made.database.store, sign=BY_FIRST.sign)
    made.write({"flag/a": flag("a")})
    made.start()
    yield made
    made.close()


@pytest.fixture
def source(feeding: Feeding) -> Iterator[HttpSource]:
    made = HttpSource(feeding.url, TOKEN)
    yield made
    made.close()


def test_snapshot_and_changes_of_the_feed_are_signed(feeding: Feeding, source: HttpSource) -> None:
    reader = Reader(source, PINNED)
    reader.step()
    assert reader.place == (EPOCH, 1)

    feeding.write({"flag/b": flag("b")})
    feeding.write({"flag/a": None})
    for _ in range(20):
        if reader.place == (EPOCH, 3):
            break
        reader.step()

    assert (reader.place, reader.refusals) == ((EPOCH, 3), [])
    assert reader.held is not None
    assert dict(reader.held.documents) == dict(feeding.database.whole().documents)


def test_a_feed_without_a_key_is_refused_by_who_pins_one(tmp_path: Path, feeding: Feeding, source: HttpSource) -> None:
    feeding.replica = Replica(feeding.database.store)
    feeding.replica.turn()
    feeding.stop()
    feeding.start()

    with pytest.raises(Untrusted, match="not signed"):
        admit(source.load(), verify=PINNED.verify)


def test_feed_and_redis_carry_the_same(feeding: Feeding, source: HttpSource, redis_url: str) -> None:
    """Whether the replica followed a change or loaded the whole, and whether the publisher appended or wrote anew."""
    publisher = RedisPublisher(redis_url, feeding.database.store, sign=BY_FIRST.sign)
    publisher.turn()
    from_redis = RedisSource(redis_url, "production")

    for value in (False, True):
        feeding.write({"flag/a": flag("a", value=value)})
        publisher.turn()
        fresh = Replica(feeding.database.store, sign=BY_FIRST.sign)
        fresh.turn()
        wholes = [source.load(), from_redis.load(), fresh.whole("production")]
        assert {_place(whole) for whole in wholes} == {_place(feeding.replica.whole("production"))}

    publisher.close()
    from_redis.close()


def _place(whole: Whole | None) -> tuple[str, int, int, str, str]:
    assert whole is not None
    return whole.epoch, whole.revision, whole.at, whole.digest, whole.signature


def test_a_file_of_the_feed_is_checked_like_the_feed(feeding: Feeding, source: HttpSource, tmp_path: Path) -> None:
    """A bootstrap file, a copy on disk: who changed one byte of it, changed it for nothing."""
    path = tmp_path / "snapshot.json"
    body = whole_json(source.load())
    path.write_text(body)
    assert admit(FileSource(path).load(), verify=PINNED.verify).revision == 1

    path.write_text(json.dumps(json.loads(body) | {"revision": 99}))
    with pytest.raises(Untrusted):
        admit(FileSource(path).load(), verify=PINNED.verify)
    path.write_text('{"a": true}')
    with pytest.raises(Untrusted, match="not signed"):
        admit(FileSource(path).load(), verify=PINNED.verify)


def test_the_setting_makes_a_service_sign(tmp_path: Path, redis_url: str, redis: Redis) -> None:
    """From the variable to both feeds; who pins another key takes neither."""
    settings = Settings.model_validate(
        {"data_dir": tmp_path / "data", "redis_url": redis_url, "signing_key": FIRST.private, "drain_seconds": 0}
    )
    service = Service(settings, Founding(admin_token="a" * 32, sdk_token="s" * 32, sample_data=True), pytest.fail)
    service.start()
    source = RedisSource(redis_url, "production")
    try:
        eventually(lambda: redis.exists(names("production").meta))
        set_weights(
            service.store,
            intent("test"),
            Ref("production", "flag", "new-checkout"),
            {"weights": {"on": 40_000, "off": 60_000}},
        )
        service.replica.turn()
        with TestClient(service.asgi) as client:
            body = client.get("/sdk/v1/snapshot", headers={"Authorization": f"Bearer {'s' * 32}"}).json()
        whole = service.replica.whole("production")
        assert whole is not None
        eventually(lambda: _place(source.load()) == _place(whole))
    finally:
        source.close()
        service.stop()

    assert body["signature"] == whole.signature
    assert admit(whole, verify=PINNED.verify).revision == whole.revision
    with pytest.raises(Untrusted):
        admit(whole, verify=Verifier(SECOND.public).verify)
