"""The line of an HTTP source when it is slow, half dead, behind a proxy, or answers something else."""

import datetime as dt
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from flagsdk.sources import Resync, SourceFault, open_source
from flagsdk.sources.http import HttpSource
from flagsdk.sources.source import Source
from flagsdk.wire import Change, Position
from flagsdk.wire.http import change_json
from tests.publisher.database import flag
from tests.sdk.feeding import TOKEN, Feeding
from tests.support.certificates import Certificates
from tests.support.raw_http import RawHttp
from tests.support.relay import Relay
from tests.support.timing import within

POSITION = Position("e1", 1)
STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.fixture
def later() -> Iterator[ExitStack]:
    """Close what a test has opened."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def feeding(tmp_path: Path) -> Iterator[Feeding]:
    made = Feeding(tmp_path)
    made.write({"flag/a": flag("a")})
    made.start()
    yield made
    made.close()


def source_of(later: ExitStack, url: str, **options: Any) -> HttpSource:
    made = HttpSource(url, TOKEN, **options)
    later.callback(made.close)
    return made


def raw(later: ExitStack, script: Callable[[socket.socket, str], None], tls: ssl.SSLContext | None = None) -> RawHttp:
    made = RawHttp(script, tls)
    later.callback(made.close)
    return made


def chunk(text: str) -> bytes:
    return f"{len(text.encode()):x}\r\n{text}\r\n".encode()


def event(revision: int) -> str:
    made = Change("production", "e1", revision, "0" * 64, 1, {"flag/a": "{}"})
    return f"id: e1.{revision}\nevent: change\ndata: {change_json(made)}\n\n"


def serving(files: Mapping[str, Path]) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(files["server"], files["server_key"])
    return context


def follow(source: Source, seconds: float = 5.0) -> list[Change]:
    """Follow until changes come."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        answer = source.follow(POSITION)
        assert not isinstance(answer, Resync), answer
        if answer:
            return answer
    raise AssertionError("nothing was heard")


@pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
@pytest.mark.parametrize("where", [1, 2, 4, 60, -40, -3, -2, -1])
def test_a_pause_anywhere_in_a_chunk_loses_nothing(
    later: ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: int, *, secure: bool
) -> None:
    """In its length, in its text, before its end: slices pass without a byte, and then the rest comes."""
    monkeypatch.setattr("flagsdk.sources.http.SLICE_SECONDS", 0.05)
    sent = chunk(": welcome\n\n") + chunk(event(2)) + chunk(event(3))
    first = len(chunk(": welcome\n\n"))
    cut = first + (where if where > 0 else len(chunk(event(2))) + where)

    def script(end: socket.socket, _: str) -> None:
        end.sendall(STREAM + sent[:cut])
        time.sleep(0.3)
        end.sendall(sent[cut:])

    files = Certificates(tmp_path).files
    server = raw(later, script, serving(files) if secure else None)
    url = f"{'https' if secure else 'http'}://127.0.0.1:{server.port}"
    source = source_of(later, url, ca_file=str(files["ca"]) if secure else "")

    heard: list[int] = []
    while len(heard) < 2:
        heard += [change.revision for change in follow(source)]

    assert heard == [2, 3]
    assert len(server.heads) == 1


def test_a_record_of_tls_that_drips_holds_no_turn_up(
    later: ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The socket has bytes to read all the time, but TLS has none to give before the record is whole."""
    monkeypatch.setattr("flagsdk.sources.http.SLICE_SECONDS", 0.05)
    go_on = threading.Event()

    def script(end: socket.socket, _: str) -> None:
        end.sendall(STREAM + chunk(": welcome\n\n"))
        go_on.wait()
        end.sendall(chunk(event(2)))

    files = Certificates(tmp_path).files
    relay = Relay(raw(later, script, serving(files)).port)
    later.callback(relay.close)
    source = source_of(later, f"https://127.0.0.1:{relay.port}", ca_file=str(files["ca"]))
    assert source.follow(POSITION) == []
    relay.drip(0.02)
    go_on.set()

    with within(1.5):  # all of it takes more than four
        turns = [source.follow(POSITION) for _ in range(5)]

    assert turns == [None] * 5
    assert [change.revision for change in follow(source, 60)] == [2]


def test_a_quiet_stream_gives_turns_and_a_dead_one_is_a_fault(
    later: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flagsdk.sources.http.SLICE_SECONDS", 0.1)
    monkeypatch.setattr("flagsdk.sources.sse.HEARTBEAT_SECONDS", 1.0)
    server = raw(later, lambda end, _: end.sendall(STREAM + chunk(": welcome\n\n")))
    source = source_of(later, f"http://127.0.0.1:{server.port}")
    assert source.follow(POSITION) == []

    turns = [source.follow(POSITION) for _ in range(5)]
    with pytest.raises(SourceFault, match="silent"), within(5):
        follow(source, 60)

    assert turns == [None] * 5


@pytest.mark.parametrize("act", [lambda source: source.load(), lambda source: source.follow(POSITION)])
def test_a_drip_is_bounded_as_a_whole(
    later: ExitStack, feeding: Feeding, monkeypatch: pytest.MonkeyPatch, act: Callable[[HttpSource], object]
) -> None:
    """Each byte comes in time, all of them would take minutes."""
    monkeypatch.setattr("flagsdk.sources.http.LOAD_SECONDS", 1.0)
    relay = Relay(feeding.port)
    later.callback(relay.close)
    relay.drip(0.2)
    source = source_of(later, f"http://127.0.0.1:{relay.port}")

    with within(3), pytest.raises(SourceFault, match="not done within 1 s"):
        act(source)


@pytest.mark.parametrize("act", [lambda source: source.load(), lambda source: source.follow(POSITION)])
def test_closing_ends_what_waits_for_a_silent_server(
    later: ExitStack, feeding: Feeding, act: Callable[[HttpSource], object]
) -> None:
    relay = Relay(feeding.port)
    later.callback(relay.close)
    relay.hold()
    source = source_of(later, f"http://127.0.0.1:{relay.port}")
    threading.Timer(0.5, source.close).start()

    with within(2), pytest.raises(SourceFault):
        act(source)


def test_polling_gives_turns_too(later: ExitStack, feeding: Feeding, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that ends connections: no stream, so the snapshot is asked for now and then."""
    monkeypatch.setattr("flagsdk.sources.http.SLICE_SECONDS", 0.05)
    monkeypatch.setattr("flagsdk.sources.http.POLL_SECONDS", 0.5)
    closing = b"HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    server = raw(later, lambda end, _: end.sendall(closing + chunk(": welcome\n\n")))
    source = source_of(later, f"http://127.0.0.1:{server.port}", chance=lambda: 0.5)
    assert isinstance(source.follow(POSITION), Resync)

    assert [source.follow(POSITION) for _ in range(3)] == [None] * 3
    assert len(server.heads) == 1


NOW = dt.datetime(2026, 11, 25, 12, 0, 0, tzinfo=dt.UTC)
DATE = format_datetime(NOW, usegmt=True)


@pytest.mark.parametrize(
    ("status", "headers", "message", "seconds"),
    [
        ("401 Unauthorized", "", "401; is the token right", 0),
        ("403 Forbidden", "", "403; is it an SDK token", 0),
        ("404 Not Found", "", "404; is the address right", 0),
        ("302 Found", "Location: http://127.0.0.1:1/\r\n", "302; is the address right. Redirects", 0),
        ("429 Too Many Requests", "Retry-After: 7\r\n", "429$", 7),
        ("503 Unavailable", "Retry-After: Wed, 25 Nov 2026 12:00:09 GMT\r\n", "503$", 9),
        ("503 Unavailable", "Retry-After: Wed, 25 Nov 2026 11:00:00 GMT\r\n", "503$", 0),
        ("503 Unavailable", "Retry-After: soon\r\n", "503$", 0),
        ("503 Unavailable", "Retry-After: -1\r\n", "503$", 0),
        ("304 Not Modified", "", "304", 0),
        ("500 Oh", "", "500$", 0),
    ],
)
def test_a_refusal_says_what_to_do_and_when_to_come_back(
    later: ExitStack, status: str, headers: str, message: str, seconds: float
) -> None:
    answer = f"HTTP/1.1 {status}\r\nDate: {DATE}\r\n{headers}Content-Length: 0\r\n\r\n"
    server = raw(later, lambda end, _: end.sendall(answer.encode()))
    source = source_of(later, f"http://127.0.0.1:{server.port}")

    for act in (source.load, lambda: source.follow(POSITION)):
        with pytest.raises(SourceFault, match=message) as caught:
            act()
        assert caught.value.retry_after == seconds


def test_a_proxy_of_the_environment_is_used_and_no_proxy_is_respected(
    later: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = b"HTTP/1.1 503 Unavailable\r\nContent-Length: 0\r\n\r\n"
    proxy = raw(later, lambda end, _: end.sendall(answer))
    monkeypatch.setenv("HTTP_PROXY", f"http://user:p%40ss@127.0.0.1:{proxy.port}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    with pytest.raises(SourceFault, match="503"):
        source_of(later, "http://flags.test").load()
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with pytest.raises(SourceFault, match=r"(?i)refused"):
        source_of(later, "http://127.0.0.1:1").load()

    assert len(proxy.heads) == 1
    assert proxy.heads[0].startswith("GET http://flags.test/sdk/v1/snapshot HTTP/1.1")
    assert "proxy-authorization: Basic dXNlcjpwQHNz" in proxy.heads[0].replace(
        "Proxy-Authorization", "proxy-authorization"
    )


def test_a_service_that_nobody_vouches_for_is_not_asked(later: ExitStack, tmp_path: Path) -> None:
    server = raw(later, lambda end, _: None, serving(Certificates(tmp_path).files))

    with pytest.raises(SourceFault, match="CERTIFICATE_VERIFY_FAILED"):
        source_of(later, f"https://127.0.0.1:{server.port}").load()

    assert server.heads == []


def test_authorities_that_are_not_there_are_told_at_once() -> None:
    with pytest.raises(ValueError, match="certificate authorities is not there: /nowhere"):
        open_source("https://flags", token=TOKEN, ca_file="/nowhere")
