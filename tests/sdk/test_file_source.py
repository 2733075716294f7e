"""A file is a source: a snapshot as the feed gives it, or a plain object of keys and values."""

import json
import os
from pathlib import Path

import pytest

from flagsdk import FlagClient
from flagsdk.sources import Resync, SourceFault, file
from flagsdk.sources.file import FileSource
from flagsdk.wire import Corrupt, Digest, whole_json
from tests.sdk.documents import flag, texts, whole
from tests.support.timing import eventually


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file, "POLL_SECONDS", 0.02)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "flags.json"


def test_values_are_flags(path: Path) -> None:
    path.write_text(json.dumps({"a": True, "b": "text", "c": 3, "d": 0.5, "e": {"x": [1]}}))

    with FlagClient(file=str(path)) as client:
        assert client.is_enabled("a") is True
        assert client.get_string("b") == "text"
        assert client.get_integer("c") == 3
        assert client.get_float("d") == 0.5
        assert client.get_object("e") == {"x": [1]}


def test_a_snapshot_is_read_as_the_feed_gives_it(path: Path) -> None:
    path.write_text(whole_json(whole(texts(flag("a")), 7)))

    with FlagClient(f"file:{path}", environment="production") as client:
        assert client.is_enabled("a") is True
        assert (client.status.epoch, client.status.revision) == ("e1", 7)


def test_an_edit_is_noticed_and_a_broken_one_changes_nothing(path: Path) -> None:
    path.write_text('{"a": true}')
    with FlagClient(file=str(path)) as client:
        path.write_text('{"a": tr')
        eventually(lambda: client.status.fault)
        assert client.is_enabled("a") is True

        path.write_text('{"a": false}')
        eventually(lambda: not client.is_enabled("a"))

        path.unlink()
        eventually(lambda: "No such file" in client.status.fault)
        assert client.get_boolean("a", default=True) is False


def test_the_digest_of_values_is_that_of_their_documents(path: Path) -> None:
    path.write_text('{"a": true, "b": 1}')

    read = FileSource(path).load()

    assert read.digest == Digest.of(read.documents).hex
    assert set(read.documents) == {"flag/a", "flag/b"}


@pytest.mark.parametrize(
    "text", ["", "[]", '{"a": null}', '{"a": [1]}', "\x00", '{"documents":1,"epoch":2,"revision":3}']
)
def test_what_is_no_snapshot_is_corrupt(path: Path, text: str) -> None:
    path.write_text(text)

    with pytest.raises(Corrupt):
        FileSource(path).load()


def test_another_environment_is_refused(path: Path) -> None:
    path.write_text(whole_json(whole({}, environment="staging")))

    with pytest.raises(Corrupt, match="staging"):
        FileSource(path, "production").load()


def test_a_missing_file_is_a_fault_of_the_source(path: Path) -> None:
    with pytest.raises(SourceFault, match="No such file"):
        FileSource(path).load()


def test_following_waits_and_says_what_happened(path: Path) -> None:
    path.write_text('{"a": true}')
    source = FileSource(path)
    position = source.load().position

    assert source.follow(position) == []
    path.write_text('{"a": true, "b": true}')
    assert isinstance(source.follow(position), Resync)
    source.close()
    with pytest.raises(SourceFault):
        source.follow(position)


def test_another_file_of_the_same_time_and_size_is_noticed(path: Path) -> None:
    """Builds that can be repeated give every file one time, and a percentage may change no size."""
    path.write_text('{"a": 10}')
    os.utime(path, (1, 1))
    source = FileSource(path)
    position = source.load().position
    other = path.with_suffix(".next")
    other.write_text('{"a": 20}')
    os.utime(other, (1, 1))

    other.replace(path)

    assert isinstance(source.follow(position), Resync)
