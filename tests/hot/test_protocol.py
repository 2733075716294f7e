"""The server's protocol: the short way answers as ASGI does, for every form in which a request can arrive."""

import asyncio
import json
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from flagsvc.runner import protocol, server
from flagsvc.runner.server import Departure, Server, bind
from tests.hot.world import EVALUATION, World, called, scope_of
from tests.support.timing import PATIENCE_SECONDS, Stopwatch, eventually

DECIDE = "/traffic/v1/production/checkout/decide"
SINGLE = "/ofrep/v1/evaluate/flags/rollout"
BODY = b'{"context":{"targetingKey":"user-1"}}'
HEADERS = {"content-type": "application/json", "authorization": f"Bearer {EVALUATION}"}


class Site:
    """The hot paths behind a real server on a free port."""

    def __init__(self, drain_seconds: float = 0.0) -> None:
        self.world = World()
        listener = bind("127.0.0.1", 0)
        self.address: tuple[str, int] = listener.getsockname()
        self.leaving = threading.Event()
        departure = Departure(self.leaving.set, self.world.fanout.close, drain_seconds, 1)
        self.server = Server(self.world.app, departure)
        self._thread = threading.Thread(target=self.server.run, kwargs={"sockets": [listener]})
        self._thread.start()
        while not self.server.started:
            time.sleep(0.01)

    def close(self) -> None:
        self.server.should_exit = True
        self._thread.join(PATIENCE_SECONDS)
        assert not self._thread.is_alive()

    def talk(self, *pieces: bytes, pause: float = 0.0) -> bytes:
        """Send pieces of bytes on one connection and read until the server closes it or is silent."""
        with socket.create_connection(self.address, timeout=PATIENCE_SECONDS) as connection:
            for piece in pieces:
                connection.sendall(piece)
                time.sleep(pause)
            return received(connection)


def received(connection: socket.socket, quiet: float = 0.15) -> bytes:
    """Read until the server closes the connection or is silent; its first bytes may take their time."""
    parts = [next_part(connection, PATIENCE_SECONDS)]
    while parts[-1]:
        parts.append(next_part(connection, quiet))
    return b"".join(parts)


def next_part(connection: socket.socket, seconds: float) -> bytes:
    """Read what comes next; nothing, when the connection was closed, or silent for that long."""
    connection.settimeout(0.05)
    with Stopwatch() as watch:
        while watch.seconds < seconds:
            with suppress(TimeoutError):
                return connection.recv(65536)
    return b""


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    opened = Site()
    yield opened
    opened.close()


def request(method: str, path: str, headers: dict[str, str], body: bytes = b"", version: str = "1.1") -> bytes:
    lines = [f"{method} {path} HTTP/{version}", "Host: x", *(f"{name}: {value}" for name, value in headers.items())]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def responses(raw: bytes) -> list[tuple[int, dict[str, str], bytes]]:
    """Split what came over one connection into responses; every one of them has a Content-Length."""
    found = []
    while raw:
        head, _, raw = raw.partition(b"\r\n\r\n")
        status, *lines = head.decode("latin-1").split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines)
        size = int(headers.get("content-length", "0"))
        found.append((int(status.split()[1]), headers, raw[:size]))
        raw = raw[size:]
    return found


CASES: list[tuple[str, str, dict[str, str], bytes]] = [
    ("GET", DECIDE, {"X-User-Id": "user-1"}, b""),
    ("POST", DECIDE + "/some/path", {"X-User-Id": "user-1"}, b"ignored"),
    ("GET", "/traffic/v1/nowhere/checkout/decide", {}, b""),
    ("POST", SINGLE, HEADERS, BODY),
    ("POST", SINGLE, HEADERS, b"{"),
    ("POST", SINGLE, {}, BODY),
    ("GET", SINGLE, {}, b""),
    ("POST", "/ofrep/v1/evaluate/flags", HEADERS, BODY),
    ("GET", "/ofrep/v1/nothing", {}, b""),
]


@pytest.mark.parametrize(("method", "path", "headers", "body"), CASES, ids=lambda value: str(value)[:40])
def test_the_short_way_says_what_asgi_says(
    site: Site, method: str, path: str, headers: dict[str, str], body: bytes
) -> None:
    [(status, got, content)] = responses(site.talk(request(method, path, headers, body)))
    wanted = asyncio.run(called(site.world.app, scope_of(method, path, headers, "127.0.0.1"), body))

    assert (status, content) == (wanted.status, wanted.body)
    assert got.pop("date")
    assert {**got, "transfer-encoding": ""} == {**wanted.headers, "transfer-encoding": ""}


@pytest.mark.parametrize("path", [DECIDE, "/ofrep/v1/nothing"], ids=["the short way", "by ASGI"])
def test_a_server_that_leaves_answers_and_closes_the_connection_and_says_so(path: str) -> None:
    site = Site(drain_seconds=PATIENCE_SECONDS)
    asked = request("GET", path, {"X-User-Id": "user-1"})
    with socket.create_connection(site.address, timeout=PATIENCE_SECONDS) as connection:
        connection.sendall(asked)
        [(_, before, _)] = responses(received(connection))

        site.server.handle_exit(signal.SIGTERM, None)
        assert site.leaving.wait(PATIENCE_SECONDS)
        [(status, after, body)] = responses(site.talk(asked))
        connection.sendall(asked)
        [last] = responses(received(connection))
        connection.settimeout(PATIENCE_SECONDS)
        end = connection.recv(1)
    site.close()

    assert "connection" not in before
    assert after["connection"] == "close"
    assert (last[0], last[1]["connection"], last[2]) == (status, "close", body)
    assert end == b""


def test_what_is_asked_at_the_last_moment_is_answered_still(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy has connected, and sends its request when nobody can connect any more."""
    monkeypatch.setattr(server, "LAST_ANSWERS_SECONDS", PATIENCE_SECONDS)
    site = Site(drain_seconds=0.01)
    with socket.create_connection(site.address, timeout=PATIENCE_SECONDS) as connection:
        site.server.handle_exit(signal.SIGTERM, None)
        eventually(lambda: closed(site.address), "the end of listening")

        connection.sendall(request("GET", DECIDE, {"X-User-Id": "user-1"}))
        [(status, headers, _)] = responses(received(connection))
    site.close()

    assert (status, headers["connection"]) == (200, "close")


def closed(address: tuple[str, int]) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(address) != 0


def test_a_raw_byte_in_the_address_is_as_good_as_an_encoded_one(site: Site) -> None:
    """Proxies pass on the address that they got, and a traffic decision is promised for every one."""
    raw, encoded = (
        b"GET %b/%b?q=%b HTTP/1.1\r\nHost: x\r\nX-User-Id: user-1\r\n\r\n" % (DECIDE.encode(), each, each)
        for each in (b"\xff\xc3\xa9", b"%FF%C3%A9")
    )

    answers = responses(site.talk(raw, raw, encoded, pause=0.05))

    assert [status for status, _, _ in answers] == [200] * 3
    assert {headers["x-cohort"] for _, headers, _ in answers} == {answers[2][1]["x-cohort"]}
    assert not any("x-cohort-reason" in headers for _, headers, _ in answers)


@pytest.mark.parametrize(
    "raw", [b"\x16\x03\x01\x02\x00\x01\xff\x03", b"G\xffT / HTTP/1.1\r\n\r\n", b"GET / HTTP/\xff\r\n\r\n"]
)
def test_a_raw_byte_elsewhere_stays_a_bad_request(site: Site, raw: bytes) -> None:
    assert site.talk(raw).startswith(b"HTTP/1.1 400")


def test_a_body_in_pieces_is_waited_for(site: Site) -> None:
    raw = request("POST", SINGLE, HEADERS, BODY)

    for cut in (10, len(raw) - len(BODY), len(raw) - 5):
        [(status, _, content)] = responses(site.talk(raw[:cut], raw[cut:], pause=0.05))
        assert (status, json.loads(content)["key"]) == (200, "rollout")


def test_chunked_bodies_are_read(site: Site) -> None:
    head = request("POST", SINGLE, {**HEADERS, "Transfer-Encoding": "chunked"})
    chunks = b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)

    [(status, _, _)] = responses(site.talk(head + chunks))
    [(pieces, _, _)] = responses(site.talk(head, chunks, pause=0.05))

    assert (status, pieces) == (200, 200)


def test_pipelined_requests_are_answered_in_order(site: Site) -> None:
    one = request("GET", DECIDE, {"X-User-Id": "user-1"})
    other = request("POST", SINGLE, HEADERS, BODY)

    found = responses(site.talk(one + other + one + other))

    assert [("x-cohort" in headers, content[:1]) for _, headers, content in found] == [
        (True, b""), (False, b"{"), (True, b""), (False, b"{"),
    ]  # fmt: skip


def test_a_connection_is_kept_unless_the_client_says_otherwise(site: Site) -> None:
    with socket.create_connection(site.address, timeout=PATIENCE_SECONDS) as connection:
        for _ in range(3):
            connection.sendall(request("GET", DECIDE, {"X-User-Id": "u"}))
            assert b"200 OK" in connection.recv(65536)
        connection.sendall(request("GET", DECIDE, {"X-User-Id": "u", "Connection": "close"}))
        last = received(connection, quiet=2)
    assert b"connection: close\r\n" in last

    old = site.talk(request("GET", DECIDE, {"X-User-Id": "u"}, version="1.0"))
    assert b"connection: close\r\n" in old


def test_head_has_no_body_and_the_same_head(site: Site) -> None:
    [(status, headers, _)] = responses(site.talk(request("HEAD", DECIDE, {"X-User-Id": "u"})))

    assert (status, headers["content-length"]) == (200, "0")


def test_a_head_without_end_is_refused(site: Site) -> None:
    filler = b"X-Filler: " + b"x" * 1000 + b"\r\n"

    answer = site.talk(b"GET / HTTP/1.1\r\n" + filler * 30, filler * 36, pause=0.05)

    assert answer.startswith(b"HTTP/1.1 400")


def test_what_comes_in_a_trailer_is_no_header(site: Site) -> None:
    """An edge removes what its clients may not say from the head, and passes trailers on (RFC 9110, section 6.5.1)."""
    decide = request("POST", DECIDE, {"X-User-Id": "user-1", "Transfer-Encoding": "chunked"})
    evaluate = request("POST", SINGLE, {"Content-Type": "application/json", "Transfer-Encoding": "chunked"})
    body = b"%x\r\n%b\r\n" % (len(BODY), BODY)
    trailer = f"0\r\nX-User-Id: user-2\r\nAuthorization: Bearer {EVALUATION}\r\n\r\n".encode()
    [(_, wanted, _)] = responses(site.talk(request("GET", DECIDE, {"X-User-Id": "user-1"})))

    for pieces in ([decide + trailer], [decide, trailer]):
        [(_, got, _)] = responses(site.talk(*pieces, pause=0.05))
        assert got["x-cohort-bucket"] == wanted["x-cohort-bucket"]
    for pieces in ([evaluate + body + trailer], [evaluate + body, trailer]):
        [(status, _, _)] = responses(site.talk(*pieces, pause=0.05))
        assert status == 401


H2C = {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c", "HTTP2-Settings": "AAMAAABkAAQAAP__"}
"""What Java's HttpClient, among others, sends with its first request over plain http."""


def test_the_wish_for_another_protocol_is_ignored_and_the_body_read(site: Site) -> None:
    raw = request("POST", SINGLE, {**HEADERS, **H2C}, BODY)
    chunked = request("POST", SINGLE, {**HEADERS, **H2C, "Transfer-Encoding": "chunked"})
    chunked += b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)

    for whole in (raw, chunked):
        for cut in (0, 10, len(whole) - len(BODY) - 20, len(whole) - 5):
            [(status, _, content)] = responses(site.talk(whole[:cut], whole[cut:], pause=0.05))
            assert (status, json.loads(content)["key"]) == (200, "rollout")


def test_a_body_behind_the_wish_for_another_protocol_is_never_a_request(site: Site) -> None:
    """A proxy takes it for a body: the second answer would go to whoever asks next over the same connection."""
    hidden = request("GET", DECIDE, {"X-User-Id": "user-1"})
    head = request("POST", SINGLE, {**HEADERS, **H2C, "Content-Length": str(len(hidden))})

    for pieces in ([head + hidden], [head, hidden]):
        [(status, _, _)] = responses(site.talk(*pieces, pause=0.05))
        assert status == 400


def test_what_follows_the_wish_for_another_protocol_is_answered_in_order(site: Site) -> None:
    wish = request("POST", SINGLE, {**HEADERS, **H2C}, BODY)
    plain, bare = (request("GET", DECIDE, {"X-User-Id": "user-1", **more}) for more in ({}, H2C))

    found = responses(site.talk(plain + wish + bare + plain + wish * 400))

    assert ["x-cohort" in headers for _, headers, _ in found] == [True, False, True, True] + [False] * 400
    assert {status for status, _, _ in found} == {200}


@pytest.mark.parametrize("beginning", [b"0\r\n", b"0\r\nX-Filler: ", b"5;"], ids=["trailers", "one", "extension"])
@pytest.mark.parametrize("path", [DECIDE, SINGLE])
def test_a_trailer_without_end_ends_the_connection(site: Site, path: str, beginning: bytes) -> None:
    """It is no body, so that no limit of bodies meets it; 60 MB of it once took 1.5 GB of memory."""
    head = request("POST", path, {**HEADERS, "Transfer-Encoding": "chunked"}) + beginning
    filler = b"a:b\r\n" * 200 if beginning == b"0\r\n" else b"x" * 1000

    with socket.create_connection(site.address, timeout=PATIENCE_SECONDS) as connection:
        connection.sendall(head)
        with pytest.raises(ConnectionError):
            pour(connection, filler)


def pour(connection: socket.socket, filler: bytes) -> None:
    """Send a megabyte or two of it, in pieces."""
    for _ in range(2000):
        connection.sendall(filler)
        time.sleep(0.0001)


def test_a_body_may_be_longer_than_a_head(site: Site) -> None:
    head = request("POST", DECIDE, {"X-User-Id": "user-1", "Transfer-Encoding": "chunked"})
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"

    [(status, _, _)] = responses(site.talk(head, *[chunk] * 4, b"0\r\n\r\n"))

    assert status == 200


def test_a_body_beyond_the_limit_is_refused_and_the_connection_closed(site: Site) -> None:
    [(status, headers, _)] = responses(site.talk(request("POST", SINGLE, HEADERS, b" " * 10_000)))

    assert (status, headers["connection"]) == (413, "close")


def test_who_sends_far_more_than_the_limit_reads_why(site: Site) -> None:
    """Whoever is still sending when a connection is closed may lose the answer (RFC 9112, section 9.6)."""
    [(status, headers, _)] = responses(site.talk(request("POST", SINGLE, HEADERS, b" " * 8_000_000)))

    assert (status, headers["connection"]) == (413, "close")


def test_who_connects_and_asks_nothing_is_shown_the_door(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.2)
    site = Site()
    try:
        with socket.create_connection(site.address, timeout=PATIENCE_SECONDS) as silent:
            assert silent.recv(1) == b""
    finally:
        site.close()


def test_an_idle_connection_is_closed_after_a_while_and_a_busy_one_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "KEEP_ALIVE_SECONDS", 2)
    site = Site()
    try:
        with socket.create_connection(site.address, timeout=PATIENCE_SECONDS) as connection:
            for _ in range(4):
                connection.sendall(request("GET", DECIDE, {"X-User-Id": "u"}))
                assert b"200 OK" in connection.recv(65536)
                time.sleep(0.6)
            assert connection.recv(1) == b""
    finally:
        site.close()


def test_every_answer_of_the_short_way_is_counted(site: Site) -> None:
    trace: Any = site.world.traces.of("/traffic/v1/{environment}/{split}/decide")
    before = trace.counts.get(("GET", 200), 0)

    site.talk(request("GET", DECIDE, {"X-User-Id": "u"}))

    assert trace.counts["GET", 200] == before + 1
    assert sum(trace.durations.counts) == sum(trace.counts.values())
