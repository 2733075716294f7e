"""Store → replica → feed → client, over a real server: the snapshot by ETag, the stream with resume, and farewell."""

import gzip
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import urllib3

from flagsdk import FlagClient, ladder
from flagsdk.sources import Resync, SourceFault, http
from flagsdk.sources.http import HttpSource
from flagsdk.sources.sse import EventStream, NoStream
from flagsdk.wire import Corrupt, Position, parse_whole
from tests.publisher.database import flag
from tests.sdk.feeding import TOKEN, Feeding
from tests.sdk.test_fork import in_child
from tests.support.timing import eventually, within


@pytest.fixture
def feeding(tmp_path: Path) -> Iterator[Feeding]:
    made = Feeding(tmp_path)
    made.write({"flag/a": flag("a"), "flag/b": flag("b")})
    made.start()
    yield made
    made.close()


@pytest.fixture
def client(feeding: Feeding) -> Iterator[FlagClient]:
    with FlagClient(feeding.url, token=TOKEN) as made:
        assert made.ready
        yield made


@pytest.fixture
def pool() -> Iterator[urllib3.PoolManager]:
    with urllib3.PoolManager(retries=False, timeout=5) as made:
        yield made


def ask(
    pool: urllib3.PoolManager, feeding: Feeding, path: str = "snapshot", token: str = TOKEN, **headers: str
) -> urllib3.BaseHTTPResponse:
    """GET from the feed; underscores in the names of headers stand for dashes."""
    sent = {"Authorization": f"Bearer {token}"} | {name.replace("_", "-"): value for name, value in headers.items()}
    return pool.request("GET", f"{feeding.url}/sdk/v1/{path}", headers=sent, preload_content=path == "snapshot")


def test_a_change_arrives_at_once(client: FlagClient, feeding: Feeding) -> None:
    eventually(lambda: feeding.feed.clients == 1)

    revision = feeding.write({"flag/a": flag("a", False)})  # noqa: FBT003 - the value of the flag

    with within(5):  # a poll comes after fifteen
        eventually(lambda: client.status.revision == revision)
    assert client.get_boolean("a", default=True) is False


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_source_that_the_program_made_is_followed_in_a_child_too(feeding: Feeding) -> None:
    with FlagClient(HttpSource(feeding.url, TOKEN)) as client:
        eventually(lambda: feeding.feed.clients == 1)

        def check() -> None:
            forked = time.monotonic()
            client.is_enabled("a")
            eventually(lambda: time.monotonic() - client.status.age_seconds > forked)

        in_child(check)


def test_many_changes_arrive_in_order_with_their_digests(client: FlagClient, feeding: Feeding) -> None:
    for number in range(50):
        revision = feeding.write({"flag/n": flag("n", number)})

    eventually(lambda: client.status.revision == revision)
    assert client.get_integer("n") == 49
    assert client.status.faults == 0


def test_the_snapshot_has_a_strong_etag(feeding: Feeding, pool: urllib3.PoolManager) -> None:
    first = ask(pool, feeding)
    tag = first.headers["ETag"]

    assert (first.status, tag) == (200, '"e1.1"')
    assert ask(pool, feeding, If_None_Match=tag).status == 304
    assert ask(pool, feeding, If_None_Match='"e1.0"').status == 200
    feeding.write({"flag/a": None})
    again = ask(pool, feeding, If_None_Match=tag)
    assert (again.status, again.headers["ETag"]) == (200, '"e1.2"')
    assert set(parse_whole(again.data).documents) == {"flag/b"}


def test_the_snapshot_is_compressed_for_whoever_asks(feeding: Feeding, pool: urllib3.PoolManager) -> None:
    plain = ask(pool, feeding)
    compressed = pool.request(
        "GET",
        f"{feeding.url}/sdk/v1/snapshot",
        headers={"Authorization": f"Bearer {TOKEN}", "Accept-Encoding": "gzip"},
        decode_content=False,
    )

    assert compressed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(compressed.data) == plain.data
    assert "Content-Encoding" not in plain.headers


@pytest.mark.parametrize("path", ["snapshot", "changes"])
@pytest.mark.parametrize(
    ("token", "status", "code"),
    [
        ("", 401, "unauthenticated"),
        ("wrong", 401, "unauthenticated"),
        ("admin-token", 403, "forbidden"),
        ("nowhere-token", 503, "not-ready"),
        ("archived-token", 403, "forbidden"),
    ],
)
def test_the_token_decides(
    feeding: Feeding, pool: urllib3.PoolManager, path: str, token: str, status: int, code: str
) -> None:
    answer = ask(pool, feeding, path, token)

    assert (answer.status, json.loads(answer.read() or answer.data)["code"]) == (status, code)


def stream(pool: urllib3.PoolManager, feeding: Feeding, last: str) -> urllib3.BaseHTTPResponse:
    answer = ask(pool, feeding, "changes", Last_Event_ID=last)
    assert answer.status == 200
    return answer


def read_until(answer: urllib3.BaseHTTPResponse, mark: bytes) -> bytes:
    """Read a stream until it contains the mark."""
    text = b""
    while mark not in text:
        chunk = answer.read1()
        assert chunk, f"the stream ended after {text!r}"
        text += chunk
    return text


def test_a_stream_resumes_where_the_client_stands(feeding: Feeding, pool: urllib3.PoolManager) -> None:
    for enabled in (False, True, False):
        feeding.write({"flag/a": flag("a", enabled=enabled)})

    answer = stream(pool, feeding, "e1.2")
    text = read_until(answer, b"id: e1.4")

    assert answer.headers["Content-Type"].startswith("text/event-stream")
    assert answer.headers["X-Accel-Buffering"] == "no"
    assert text.startswith(b"retry: ")
    assert b"id: e1.3" in text
    assert b"id: e1.2" not in text
    answer.close()


@pytest.mark.parametrize("last", ["", "nonsense", "e0.1"])
def test_a_stream_that_cannot_resume_says_so(feeding: Feeding, pool: urllib3.PoolManager, last: str) -> None:
    """A position that is none, or of another epoch."""
    answer = stream(pool, feeding, last)

    assert b"event: resync" in read_until(answer, b"resync")
    answer.close()


def test_a_stream_does_not_resume_from_before_what_is_remembered(
    feeding: Feeding, pool: urllib3.PoolManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The replica has read the whole; the changes before it are not in its memory."""
    monkeypatch.setattr("flagsvc.runner.replica.BATCH", 1)
    feeding.database.write({"flag/a": flag("a", enabled=False)})
    feeding.write({"flag/a": flag("a")})

    answer = stream(pool, feeding, "e1.1")

    assert b"event: resync" in read_until(answer, b"resync")
    answer.close()


def test_a_client_ahead_of_this_replica_is_left_in_peace(feeding: Feeding, pool: urllib3.PoolManager) -> None:
    """It has followed another replica; this one catches up."""
    answer = stream(pool, feeding, "e1.2")
    feeding.write({"flag/a": flag("a", enabled=False)})
    feeding.write({"flag/a": flag("a")})

    text = read_until(answer, b"id: e1.3")

    assert b"resync" not in text
    assert b"id: e1.2" not in text
    answer.close()


def test_a_heartbeat_comes_when_nothing_else_does(feeding: Feeding, pool: urllib3.PoolManager) -> None:
    answer = stream(pool, feeding, "e1.1")

    assert b": still here" in read_until(answer, b"still")
    answer.close()


def test_a_revoked_token_loses_its_stream(feeding: Feeding, pool: urllib3.PoolManager) -> None:
    answer = stream(pool, feeding, "e1.1")
    read_until(answer, b"welcome")
    held = feeding.tokens.pop(TOKEN)

    while answer.read1():
        pass

    feeding.tokens[TOKEN] = held
    eventually(lambda: feeding.feed.clients == 0)


def test_streams_that_were_left_are_forgotten(feeding: Feeding, pool: urllib3.PoolManager) -> None:
    answers = [stream(pool, feeding, "e1.1") for _ in range(5)]
    for answer in answers:
        read_until(answer, b"welcome")
    assert feeding.feed.clients == 5

    for answer in answers:
        answer.close()

    eventually(lambda: feeding.feed.clients == 0)


def test_one_stream_too_many_is_refused(tmp_path: Path, pool: urllib3.PoolManager) -> None:
    feeding = Feeding(tmp_path, limit=1)
    feeding.start()
    first = stream(pool, feeding, "e1.0")
    read_until(first, b"welcome")

    refused = ask(pool, feeding, "changes")

    assert refused.status == 503
    assert 1 <= int(refused.headers["Retry-After"]) <= 5
    first.close()
    feeding.close()


def test_the_service_leaves_with_streams_open_and_clients_come_back(client: FlagClient, feeding: Feeding) -> None:
    """Farewell ends each stream at once; the clients keep answering and resume at the next server."""
    eventually(lambda: feeding.feed.clients == 1)
    with within(4):  # the server itself would wait for five seconds
        feeding.stop()
    assert client.is_enabled("a") is True

    revision = feeding.write({"flag/a": flag("a", False)})  # noqa: FBT003 - the value of the flag
    feeding.start()

    eventually(lambda: client.status.revision == revision)
    assert client.get_boolean("a", default=True) is False


def test_a_client_that_does_not_read_is_cut(
    feeding: Feeding, pool: urllib3.PoolManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It holds up neither the service nor the others, and may come back to where it was."""
    monkeypatch.setattr("flagsvc.http.feed.SEND_SECONDS", 0.3)
    lazy, keen = stream(pool, feeding, "e1.1"), stream(pool, feeding, "e1.1")
    read_until(lazy, b"welcome")
    read_until(keen, b"welcome")
    text = "x" * 1_000_000

    for number in range(30):
        revision = feeding.write({"flag/a": flag("a", f"{number}{text}")})
        read_until(keen, f"id: e1.{revision}\n".encode())

    eventually(lambda: feeding.feed.clients == 1)
    lazy.close()
    keen.close()


def test_a_new_epoch_reaches_open_streams(client: FlagClient, feeding: Feeding) -> None:
    eventually(lambda: feeding.feed.clients == 1)

    feeding.database.new_epoch("e2")
    feeding.replica.turn()

    eventually(lambda: client.status.epoch == "e2")
    assert client.status.revision == 1


def test_closing_during_a_stream_is_quick(client: FlagClient, feeding: Feeding) -> None:
    eventually(lambda: feeding.feed.clients == 1)

    with within(1):
        client.close()
    eventually(lambda: feeding.feed.clients == 0)


def test_closing_between_two_reads_of_a_stream_ends_it(feeding: Feeding) -> None:
    source = HttpSource(feeding.url, TOKEN)
    source.follow(source.load().position)
    assert feeding.feed.clients == 1

    source.close()

    eventually(lambda: feeding.feed.clients == 0)


def test_closing_while_a_stream_is_being_opened_ends_it(feeding: Feeding, monkeypatch: pytest.MonkeyPatch) -> None:
    """The close comes when the answer is there and nobody knows of its connection yet."""
    source = HttpSource(feeding.url, TOKEN)
    position = source.load().position

    def opened(response: urllib3.BaseHTTPResponse) -> EventStream:
        closing = threading.Thread(target=source.close)
        closing.start()
        closing.join()
        return EventStream(response)

    monkeypatch.setattr(http, "EventStream", opened)
    source.follow(position)

    eventually(lambda: feeding.feed.clients == 0)


def test_without_a_stream_the_snapshot_is_polled(
    tmp_path: Path, feeding: Feeding, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy that holds answers back: no greeting comes, so the snapshot is asked for by its ETag now and then."""
    monkeypatch.setattr(http, "POLL_SECONDS", 0.05)
    source = HttpSource(feeding.url, TOKEN)
    monkeypatch.setattr(source, "_open", lambda position: (_ for _ in ()).throw(NoStream("held back")))
    held = source.load().position

    assert isinstance(source.follow(held), Resync)
    assert source.follow(held) == []
    feeding.write({"flag/a": None})
    heard = source.follow(held)

    assert isinstance(heard, Resync)
    assert heard.whole is not None
    assert heard.whole.revision == 2
    source.close()
    with pytest.raises(SourceFault):
        source.follow(held)


def test_a_service_that_is_not_there_is_a_fault_within_seconds() -> None:
    source = HttpSource("http://127.0.0.1:1", TOKEN)

    with pytest.raises(SourceFault):
        source.load()
    with pytest.raises(SourceFault):
        source.follow(Position("e1", 1))
    source.close()


def test_a_snapshot_of_another_environment_than_the_one_named_is_refused(feeding: Feeding) -> None:
    source = HttpSource(feeding.url, TOKEN, environment="elsewhere")

    with pytest.raises(Corrupt, match=r"'production', not 'elsewhere'"):
        source.load()
    source.close()


def test_a_refusal_is_told_with_its_status_and_the_delay_asked_for(feeding: Feeding) -> None:
    refused = HttpSource(feeding.url, "wrong")
    early = HttpSource(feeding.url, "nowhere-token")

    with pytest.raises(SourceFault, match="401; is the token right"):
        refused.load()
    with pytest.raises(SourceFault, match="503") as caught:
        early.load()

    assert caught.value.retry_after == 1
    refused.close()
    early.close()


def test_a_source_that_stands_by_holds_no_stream_open(
    feeding: Feeding, pool: urllib3.PoolManager, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else every client of a Redis that has blinked would burden the service with changes that nobody reads."""
    monkeypatch.setattr(ladder, "FIRST_LOOK_SECONDS", 0.1)
    better = tmp_path / "flags.json"
    with FlagClient(f"file:{better}", feeding.url, token=TOKEN, report_seconds=0) as client:
        eventually(lambda: feeding.feed.clients == 1)

        better.write_bytes(ask(pool, feeding).data)

        eventually(lambda: client.status.source == "file flags.json")
        eventually(lambda: feeding.feed.clients == 0)
