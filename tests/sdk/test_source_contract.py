"""What every source over a line promises, over each line that there is."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from flagsdk.sources import Resync, Source, SourceFault
from flagsdk.wire import Change, Corrupt, Missing, Position
from tests.publisher.database import flag
from tests.sdk import places
from tests.sdk.places import CHANGES, DOCUMENTS, META, Place
from tests.support.timing import eventually, within

pytestmark = pytest.mark.servers

WAYS: dict[str, Callable[..., Any]] = {
    "redis": places.plain,
    "rediss": places.over_tls,
    "unix": places.at_a_socket,
    "sentinel": places.by_sentinel,
    "cluster": places.in_a_cluster,
    "http": places.over_http,
    "https": places.over_https,
}


@pytest.fixture(scope="module", params=WAYS)
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("place")
    with pytest.MonkeyPatch.context() as patch:
        needs_patch = (patch,) if request.param == "https" else ()
        with WAYS[request.param](folder, *needs_patch) as made:
            yield made


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the proportions of what is waited for."""
    monkeypatch.setattr("flagsdk.sources.redis.BLOCK_SECONDS", 0.3)
    monkeypatch.setattr("flagsdk.sources.redis.TIMEOUT_SECONDS", 1.0)
    monkeypatch.setattr("flagsdk.sources.http.SLICE_SECONDS", 0.3)
    monkeypatch.setattr("flagsdk.sources.http.READ_SECONDS", 1.0)
    monkeypatch.setattr("flagsdk.sources.http.HELLO_SECONDS", 1.0)
    monkeypatch.setattr("flagsdk.sources.sse.HEARTBEAT_SECONDS", 1.0)


@pytest.fixture
def source(place: Place) -> Iterator[Source]:
    made = place.open()
    yield made
    made.close()


@pytest.fixture
def redis(place: Place) -> Any:
    if place.redis is None:
        pytest.skip("only a copy can be harmed")
    return place.redis


def heard(source: Source, position: Position, turns: int = 20) -> list[Change] | Resync:
    """Follow until there is something to hear."""
    for _ in range(turns):
        answer = source.follow(position)
        if answer:
            return answer
    raise AssertionError("nothing was heard")


def test_a_load_gives_everything_and_following_gives_what_comes_after(place: Place, source: Source) -> None:
    whole = source.load()
    revision = place.write({"flag/b": flag("b")})

    answer = heard(source, whole.position)

    assert "flag/a" in whole.documents
    assert isinstance(answer, list)
    assert [(change.revision, set(change.edits)) for change in answer] == [(revision, {"flag/b"})]
    assert source.load().revision == revision


def test_a_quiet_source_gives_the_thread_a_turn_every_few_seconds(source: Source) -> None:
    position = source.load().position

    with within(3.5):
        assert not source.follow(position)


@pytest.mark.usefixtures("_impatient")
def test_a_position_that_leads_nowhere_is_told(source: Source) -> None:
    whole = source.load()

    answer = heard(source, Position("e0", whole.revision, whole.digest))

    assert isinstance(answer, Resync)


def test_closing_ends_a_wait_in_another_thread(place: Place) -> None:
    source = place.open()
    position = source.load().position
    source.follow(position)
    ended = threading.Event()

    def wait() -> None:
        while not ended.is_set():
            try:
                source.follow(position)
            except SourceFault:
                ended.set()

    waiting = threading.Thread(target=wait)
    waiting.start()
    time.sleep(0.3)
    with within(1):
        source.close()
        waiting.join()

    assert ended.is_set()
    with pytest.raises(SourceFault):
        source.follow(position)


@pytest.mark.usefixtures("_impatient")
def test_what_is_gone_is_missing_and_what_is_wrong_is_corrupt(place: Place, source: Source, redis: Any) -> None:
    position = source.load().position
    redis.hset(DOCUMENTS, "flag/a", "{}")
    corrupt = source.load()  # the digest is compared by whoever admits it
    redis.delete(META, DOCUMENTS, CHANGES)

    with pytest.raises(Missing):
        source.load()
    with pytest.raises(Missing):
        heard(source, position)
    redis.set(META, "x")
    with pytest.raises(Corrupt):
        source.load()
    redis.delete(META)
    place.write({"flag/a": flag("a")})
    assert corrupt.documents["flag/a"] == "{}"
    assert source.load().documents["flag/a"] != "{}"


@pytest.mark.usefixtures("_impatient")
def test_a_frozen_server_is_noticed_and_found_again(place: Place, source: Source) -> None:
    """Connections stay open and new ones are accepted, but nothing answers any more."""
    position = source.load().position
    source.follow(position)
    place.stop()
    try:
        with within(4), pytest.raises(SourceFault):
            heard(source, position)
        with within(4), pytest.raises(SourceFault):
            source.load()
    finally:
        place.go_on()

    revision = place.write({"flag/c": flag("c")})
    eventually(lambda: loaded(source) == revision)


def loaded(source: Source) -> int:
    """Load; 0 while that fails."""
    try:
        return source.load().revision
    except SourceFault:
        return 0
