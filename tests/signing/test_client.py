"""A client with a pinned key, over a Redis that somebody else can write to."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis

from flagsdk import FlagClient
from flagsdk.wire import Whole
from flagsvc.publisher import RedisPublisher
from tests.publisher.database import Database
from tests.sdk.documents import FIRST as UNSIGNED
from tests.sdk.documents import OFF, change, texts, whole
from tests.sdk.scripted import Scripted
from tests.signing import keys
from tests.signing.test_over_redis import FORGERIES, forge
from tests.support.timing import eventually

KEY = keys.FIRST.public
NOW = keys.signed(whole(UNSIGNED.documents, 5, keys.EPOCH))
LONG_AGO = keys.signed(whole(UNSIGNED.documents, 9, keys.OLD_EPOCH))


@pytest.fixture
def client(redis_url: str, publisher: RedisPublisher) -> Iterator[FlagClient]:
    with FlagClient(redis_url, environment="production", public_key=KEY) as made:
        yield made


@pytest.mark.parametrize("forgery", FORGERIES.values(), ids=list(FORGERIES))
def test_who_can_write_to_redis_alone_changes_no_answer(
    client: FlagClient, publisher: RedisPublisher, redis: Redis, forgery: Callable[[Redis], Whole]
) -> None:
    assert client.is_enabled("a") is True

    forge(redis, forgery(redis))
    eventually(lambda: client.status.fault)

    assert client.is_enabled("a") is True
    assert client.status.epoch == keys.EPOCH
    publisher.turn()
    publisher.turn()
    eventually(lambda: not client.status.fault)


def test_signed_changes_are_followed(client: FlagClient, publisher: RedisPublisher, database: Database) -> None:
    database.write({"flag/a": None})
    publisher.turn()

    eventually(lambda: client.status.revision == 2)
    assert client.get_string_details("a").error == "FLAG_NOT_FOUND"


def test_a_copy_on_disk_keeps_its_signature_through_changes(tmp_path: Path) -> None:
    step, _ = change(NOW, texts(OFF))
    source = Scripted(NOW)
    with FlagClient(source, cache_dir=tmp_path, public_key=KEY) as client:
        source.heard.put([keys.signed(step)])
        eventually(lambda: client.status.revision == 6)

    with FlagClient(cache_dir=tmp_path, public_key=KEY, offline=True) as offline:
        assert offline.status.revision is None  # a copy of no sources is another copy
    with FlagClient(source, cache_dir=tmp_path, public_key=KEY, offline=True) as offline:
        assert offline.status.revision == 6
        assert offline.is_enabled("a") is False


def test_a_copy_that_is_not_signed_is_passed_over(tmp_path: Path) -> None:
    with FlagClient(Scripted(UNSIGNED), cache_dir=tmp_path):
        pass

    with FlagClient(Scripted(OSError("away")), cache_dir=tmp_path, public_key=KEY, start_seconds=0.2) as client:
        assert not client.ready


def test_a_restart_does_not_help_an_old_epoch_back(tmp_path: Path) -> None:
    """The copy on disk remembers what was held."""
    with FlagClient(Scripted(NOW), cache_dir=tmp_path, public_key=KEY):
        pass

    with FlagClient(Scripted(LONG_AGO), cache_dir=tmp_path, public_key=KEY) as client:
        assert client.status.epoch == keys.EPOCH
        assert "Regressed" in client.status.fault


def test_without_a_key_what_a_source_says_counts_more_than_what_was_kept(tmp_path: Path) -> None:
    """The address may lead to another deployment now; nobody should have to delete files."""
    with FlagClient(Scripted(NOW), cache_dir=tmp_path):
        pass

    with FlagClient(Scripted(LONG_AGO), cache_dir=tmp_path) as client:
        assert client.status.epoch == keys.OLD_EPOCH


def test_a_bootstrap_that_the_program_brings_along_need_not_be_signed() -> None:
    with FlagClient(Scripted(OSError("away")), bootstrap={"a": True}, public_key=KEY) as client:
        assert client.is_enabled("a") is True


def test_a_key_that_is_none_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="public_key"):
        FlagClient(file="flags.json", public_key="no key")
