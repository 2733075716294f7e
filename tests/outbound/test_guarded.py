"""Requests that people name the target of: to nowhere forbidden, bounded in time and bytes, and nowhere else."""

import socket
import ssl
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from ipaddress import ip_network
from pathlib import Path

import pytest

from flagsvc.outbound import resolving
from flagsvc.outbound.guarded import Answer, Guarded, Request, Unreached
from flagsvc.outbound.reach import EVERYWHERE, Reach
from flagsvc.outbound.resolving import Unresolved, addresses_of
from flagsvc.outbound.target import Barred
from tests.outbound.conftest import HERE, Serve
from tests.support.certificates import Certificates
from tests.support.link import HOLE, MUTE, REFUSE, Fault, Link, Way
from tests.support.timing import within

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
LONG = 10.0
"""Far more than what the tests allow: a bound of the code under test has to come first."""


def get(client: Guarded, port: int, host: str = "127.0.0.1", seconds: float = 5.0, most: int = 1000) -> Answer:
    return client.ask(Request("GET", f"http://{host}:{port}/"), seconds, most)


class Names:
    """A resolver that says another thing each time."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers, self.asked = list(answers), 0

    def __call__(self, host: str, port: int, seconds: float) -> Sequence[str]:
        self.asked += 1
        return self.answers[min(self.asked, len(self.answers)) - 1]


def test_an_answer_is_given_whatever_its_status(client: Guarded, serve: Serve) -> None:
    server = serve(b"HTTP/1.1 500 Oh\r\nContent-Length: 3\r\n\r\nbad")

    answer = get(client, server.port)

    assert answer == Answer(500, b"bad", whole=True)


def test_what_is_sent_is_what_was_asked_for(client: Guarded, serve: Serve) -> None:
    def hear(end: socket.socket, head: str) -> None:
        body.append(end.recv(4))
        end.sendall(OK)

    body: list[bytes] = []
    server = serve(hear)
    url = f"http://127.0.0.1:{server.port}/a%20b?c=d#e"

    client.ask(Request("PUT", url, {"X-One": "1", "Content-Type": "text/plain"}, b"text"), 5, 10)

    first, *lines = server.heads[0].split("\r\n")
    assert first == "PUT /a%20b?c=d HTTP/1.1"
    assert {"X-One: 1", "Content-Type: text/plain", f"Host: 127.0.0.1:{server.port}", "Connection: close"} <= {*lines}
    assert body == [b"text"]


def test_the_caller_may_name_another_site_and_sees_its_own_headers_once(client: Guarded, serve: Serve) -> None:
    server = serve(OK)
    given = {"host": "shop.example", "user-agent": "smoke", "ACCEPT-ENCODING": "gzip"}

    client.ask(Request("GET", f"http://127.0.0.1:{server.port}/", given), 5, 10)

    lines = [
        line for line in server.heads[0].lower().split("\r\n") if line.partition(":")[0] in given or "coding" in line
    ]
    assert sorted(lines) == ["accept-encoding: gzip", "host: shop.example", "user-agent: smoke"]


@pytest.mark.parametrize(
    "url",
    [
        *("http://127.0.0.1:{}/", "http://localhost:{}/", "http://[::1]:{}/", "http://[::ffff:127.0.0.1]:{}/"),
        *("http://0.0.0.0:{}/", "http://127.1:{}/", "http://0x7f.1:{}/", "http://2130706433:{}/"),
        *("http://[::]:{}/", "http://x@127.0.0.1:{}/", "http://example.com@127.0.0.1:{}/"),
    ],
)
def test_this_host_is_not_reached_by_any_of_its_names(serve: Serve, url: str) -> None:
    server = serve(OK)

    with pytest.raises(Barred):
        Guarded().ask(Request("GET", url.format(server.port)), 5, 10)

    assert server.heads == []


def test_a_refusal_says_which_setting_would_allow_it(serve: Serve) -> None:
    with pytest.raises(Barred, match=r"127\.0\.0\.1:\d+ may not be reached: .* not in FLAGSVC_OUTBOUND_NETWORKS"):
        get(Guarded(), serve(OK).port)


def test_clouds_credentials_are_not_reached_though_everything_is_listed() -> None:
    with pytest.raises(Barred, match="may not be reached"):
        Guarded(Reach(EVERYWHERE)).ask(Request("GET", "http://169.254.169.254/latest/meta-data"), 5, 10)


def test_a_name_that_changes_between_check_and_use_is_asked_for_once(serve: Serve) -> None:
    inside = serve(OK)
    names = Names(["8.8.8.8"], ["127.0.0.1"])
    client = Guarded(Reach([ip_network("8.8.8.8/32")]), resolve=names)

    with pytest.raises(Unreached):
        get(client, inside.port, "rebinding.example", seconds=0.3)

    assert (names.asked, inside.heads) == (1, [])


def test_of_several_addresses_only_the_permitted_ones_are_used(serve: Serve) -> None:
    allowed = serve(OK)
    both = Guarded(HERE, resolve=Names(["10.0.0.1", "127.0.0.1"]))
    neither = Guarded(HERE, resolve=Names(["10.0.0.1", "::1"]))

    assert get(both, allowed.port, "mixed.example").status == 200
    with pytest.raises(Barred, match=r"10\.0\.0\.1 is private.*; ::1 is private"):
        get(neither, allowed.port, "mixed.example")


def test_the_name_is_what_the_server_hears_and_the_checked_address_what_is_called(serve: Serve) -> None:
    server = serve(OK)

    get(Guarded(HERE, resolve=Names(["127.0.0.1"])), server.port, "shop.example")

    assert f"Host: shop.example:{server.port}" in server.heads[0].split("\r\n")


def test_an_address_that_takes_no_connection_gives_way_to_the_next(serve: Serve) -> None:
    server = serve(OK)

    assert get(Guarded(HERE, resolve=Names(["127.0.0.2", "127.0.0.1"])), server.port, "two.example").status == 200


def test_a_request_that_may_have_arrived_is_not_sent_to_the_next_address(serve: Serve) -> None:
    def cut(end: socket.socket, head: str) -> None:
        end.shutdown(socket.SHUT_RDWR)

    server = serve(cut)
    with socket.create_server(("127.0.0.2", server.port)) as other:
        with pytest.raises(Unreached, match="the connection broke"):
            get(Guarded(HERE, resolve=Names(["127.0.0.1", "127.0.0.2"])), server.port, "two.example")

        other.settimeout(0)
        with pytest.raises(BlockingIOError):
            other.accept()
    assert len(server.heads) == 1


def test_a_redirect_is_an_answer_and_not_followed(client: Guarded, serve: Serve) -> None:
    inside = serve(OK)
    location = f"http://127.0.0.1:{inside.port}/"
    door = serve(f"HTTP/1.1 307 Go\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode())

    assert get(client, door.port).status == 307
    assert inside.heads == []


def test_no_proxy_of_the_environment_is_used(client: Guarded, serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy, server = serve(OK), serve(OK)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
    monkeypatch.setenv("no_proxy", "")

    get(client, server.port)

    assert (len(proxy.heads), len(server.heads)) == (0, 1)


@pytest.mark.parametrize("fault", [HOLE, MUTE, Fault(down=Way(held=True))])
def test_silence_ends_in_time(client: Guarded, serve: Serve, fault: Fault) -> None:
    with Link(serve(OK).port) as link:
        link.set(fault)
        with within(LONG / 2), pytest.raises(Unreached, match=r"in time|too long"):
            get(client, link.port, seconds=0.3)


def test_a_refused_connection_is_said(client: Guarded, serve: Serve) -> None:
    with Link(serve(OK).port) as link:
        link.set(REFUSE)
        with pytest.raises(Unreached, match=r"^no connection$"):
            get(client, link.port)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 10_000,
        b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + b" " * 10_000,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\n \r\n" * 2_000,
        b"HTTP/1.1 100 Continue\r\n\r\n" * 2_000,
    ],
)
def test_a_drip_is_bounded_as_a_whole(client: Guarded, serve: Serve, answer: bytes) -> None:
    def drip(end: socket.socket, head: str) -> None:
        with suppress(OSError):
            for byte in answer:
                end.sendall(bytes([byte]))
                time.sleep(0.02)

    server = serve(drip)

    with within(LONG / 2), pytest.raises(Unreached):
        get(client, server.port, seconds=0.4, most=100_000)


def test_a_body_that_nobody_takes_ends_in_time(client: Guarded) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        request = Request("POST", f"http://127.0.0.1:{deaf.getsockname()[1]}/", {}, b" " * 50_000_000)
        with within(LONG / 2), pytest.raises(Unreached):
            client.ask(request, 0.3, 10)


def test_of_a_huge_answer_no_more_is_read_than_asked_for(client: Guarded, serve: Serve) -> None:
    sent = [0]

    def flood(end: socket.socket, head: str) -> None:
        end.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000000\r\n\r\n")
        with suppress(OSError):
            while True:
                sent[0] += end.send(b"x" * 65_536)

    answer = get(client, serve(flood).port, most=100)

    assert (answer.body, answer.whole) == (b"x" * 100, False)
    assert sent[0] < 50_000_000


def test_a_body_of_just_the_size_is_whole(client: Guarded, serve: Serve) -> None:
    assert get(client, serve(OK).port, most=2) == Answer(200, b"ok", whole=True)
    assert get(client, serve(OK).port, most=1) == Answer(200, b"o", whole=False)


def test_a_compressed_answer_is_not_blown_up(client: Guarded, serve: Serve) -> None:
    server = serve(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x00")

    assert get(client, server.port).body == b"\x1f\x8b\x08\x00"
    assert "Accept-Encoding: identity" in server.heads[0]


@pytest.mark.parametrize("answer", [b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", b"\r\n"])
def test_what_is_no_http_is_a_broken_connection(client: Guarded, serve: Serve, answer: bytes) -> None:
    def say(end: socket.socket, head: str) -> None:
        end.sendall(answer)
        end.shutdown(socket.SHUT_RDWR)

    with pytest.raises(Unreached):
        get(client, serve(say).port)


@pytest.mark.parametrize(
    "request_",
    [
        Request("TRACE", "http://127.0.0.1:{}/"),
        Request("GET / HTTP/1.1\r\nX: y\r\n\r\nGET", "http://127.0.0.1:{}/"),
        Request("GET", "http://127.0.0.1:{}/", {"Transfer-Encoding": "chunked"}),
        Request("GET", "http://127.0.0.1:{}/", {"Content-Length": "0"}),
        Request("GET", "http://127.0.0.1:{}/", {"HOST": "admin.internal/x"}),
        Request("GET", "http://127.0.0.1:{}/", {"Proxy-Authorization": "x"}),
        Request("GET", "http://127.0.0.1:{}/", {"X-One": "1\r\nX-Two: 2"}),
        Request("GET", "http://127.0.0.1:{}/", {"X-One\r\nX-Two": "2"}),
        Request("GET", "http://127.0.0.1:{}/", {"X-One": "\u2026"}),
    ],
)
def test_a_request_that_would_be_two_is_never_sent(client: Guarded, serve: Serve, request_: Request) -> None:
    server = serve(OK)

    with pytest.raises(Barred):
        client.ask(request_._replace(url=request_.url.format(server.port)), 5, 10)

    assert server.heads == []


def test_tls_is_verified_for_the_name_with_the_authorities_of_the_operator(serve: Serve, tmp_path: Path) -> None:
    certificates = Certificates(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.files["server"], certificates.files["server_key"])
    url = f"https://127.0.0.1:{serve(OK, context).port}/"
    renamed = url.replace("127.0.0.1", "shop.example")
    ours = certificates.files["ca"]

    assert Guarded(HERE, ca_file=ours).ask(Request("GET", url), 5, 10).status == 200
    with pytest.raises(Unreached, match="not to be trusted"):
        Guarded(HERE).ask(Request("GET", url), 5, 10)
    with pytest.raises(Unreached, match="not to be trusted"):
        Guarded(HERE, ca_file=ours, resolve=Names(["127.0.0.1"])).ask(Request("GET", renamed), 5, 10)


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_authorities_that_cannot_be_read_stop_the_start(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "ca.pem"
    if content:
        file.write_text(content)

    with pytest.raises(ValueError, match=r"ca\.pem: expected a readable file with certificates"):
        Guarded(ca_file=file)


def test_a_name_that_leads_nowhere_may_do_so_later(client: Guarded) -> None:
    with pytest.raises(Unreached, match="its name is not"):
        client.ask(Request("GET", "http://nobody.invalid/"), 5, 10)


def test_a_resolver_that_hangs_keeps_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(*_: object, **__: object) -> list[object]:
        time.sleep(1)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hang)

    with within(LONG / 2), pytest.raises(Unresolved, match="not resolved in time"):
        addresses_of("slow.example", 80, 0.05)


def test_no_more_than_a_few_threads_hang_with_a_resolver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolving, "_places", threading.BoundedSemaphore(1))
    asked: list[str] = []

    def hang(host: str, *_: object, **__: object) -> list[object]:
        asked.append(host)
        time.sleep(1)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hang)

    for host in ("one.example", "two.example"):
        with pytest.raises(Unresolved):
            addresses_of(host, 80, 0.05)
    assert asked == ["one.example"]
