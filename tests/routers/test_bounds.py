"""Peers that drip, stall or answer nonsense: every call ends in time, and is a RouterError that names who it was."""

import socket
import time
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Thread

import pytest

from flagsvc.domain.routing.errors import RouterError
from flagsvc.outbound import http
from flagsvc.outbound.addresses import demand_addresses
from flagsvc.outbound.bounded import answered_within
from flagsvc.outbound.http import HttpClient
from flagsvc.ports import Router
from flagsvc.routers import caddy, haproxy_weights, traefik_redis
from flagsvc.routers.common import facts
from flagsvc.routers.common.facts import Nodes
from flagsvc.routers.envoy_admin import Admins
from tests.support.raw_http import RawHttp, Script
from tests.support.timing import within

DRIPS = {
    "head": b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 100_000,
    "body": b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + b" " * 100_000,
    "chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\n \r\n" * 20_000,
}


@pytest.fixture
def peers() -> Iterator[list[RawHttp]]:
    made: list[RawHttp] = []
    yield made
    for peer in made:
        peer.close()


def url_of(peers: list[RawHttp], script: Script) -> str:
    peers.append(RawHttp(script))
    return f"http://127.0.0.1:{peers[-1].port}"


def dripping(answer: bytes) -> Script:
    def drip(end: socket.socket, head: str) -> None:
        with suppress(OSError):
            for byte in answer:
                end.sendall(bytes([byte]))
                time.sleep(0.02)

    return drip


def silent(end: socket.socket, head: str) -> None:
    end.recv(1)


def late(end: socket.socket, head: str) -> None:
    time.sleep(0.2)
    end.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


def saying(body: bytes) -> Script:
    def say(end: socket.socket, head: str) -> None:
        end.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))

    return say


@pytest.mark.parametrize("where", sorted(DRIPS))
def test_an_answer_that_drips_anywhere_is_bounded_as_a_whole(
    peers: list[RawHttp], monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    monkeypatch.setattr(http, "WHOLE_SECONDS", 0.3)
    client = HttpClient(url_of(peers, dripping(DRIPS[where])))

    with within(5), pytest.raises(RouterError, match="the answer took too long"):
        client.send("GET", "/")


def test_several_slow_answers_are_bounded_together(peers: list[RawHttp]) -> None:
    client = HttpClient(url_of(peers, late))

    with within(5), pytest.raises(RouterError, match="the answer took too long"), answered_within(0.5):
        deque(client.send("GET", "/") for _ in range(100))


def test_the_next_answer_on_the_same_connection_has_its_own_time(
    peers: list[RawHttp], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "WHOLE_SECONDS", 1.0)
    client = HttpClient(url_of(peers, saying(b"{}")))
    client.send("GET", "/")
    time.sleep(1.1)

    assert client.send("GET", "/").json() == {}


def test_all_nodes_that_do_not_say_what_they_have_loaded_are_named_and_take_no_longer_than_one(
    peers: list[RawHttp], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(facts, "STATUS_SECONDS", 0.3)
    urls = [url_of(peers, dripping(DRIPS["head"])) for _ in range(30)]

    with within(5), pytest.raises(RouterError, match="30 of 30 nodes failed") as told:
        Nodes(urls).read()

    assert all(url in str(told.value) for url in urls)


def test_frozen_administration_addresses_are_asked_at_once(
    peers: list[RawHttp], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "READ_SECONDS", 0.3)
    urls = {f"envoy-{number}": url_of(peers, silent) for number in range(30)}

    with within(5), pytest.raises(RouterError, match="30 of 30 nodes failed"):
        Admins(urls).requests({"stable": "stable"})


@pytest.mark.parametrize(
    ("urls", "words"),
    [
        (["http://admin:s3cret@10.0.0.5:2019"], "no name and password in an address"),
        (["http://10.0.0.5:2019", "http://10.0.0.5:2019/"], "an address twice"),
        (["http://"], "addresses such as"),
        (["ftp://10.0.0.5"], "addresses such as"),
    ],
)
def test_addresses_that_would_be_shown_with_a_password_or_counted_once_are_refused(urls: list[str], words: str) -> None:
    with pytest.raises(ValueError, match=words) as told:
        demand_addresses("nodes", urls)

    assert "s3cret" not in str(told.value)


NONSENSE = (b"null", b"[]", b"[1]", b'"x"', b'{"weighted": 1, "status": "enabled"}', b'{"handler": "reverse_proxy"}')


@pytest.mark.parametrize("body", NONSENSE, ids=bytes.decode)
def test_answers_of_another_shape_are_no_fault_of_ours(peers: list[RawHttp], body: bytes) -> None:
    url = url_of(peers, saying(body))
    routers: list[Router] = [
        caddy.Caddy(caddy.Options(nodes=(url,), path="apps/x", backends={"stable": ("a:1",)})),
        caddy.Caddy(caddy.Options(nodes=(url,), id="x", backends={"stable": ("a:1",)})),
        traefik_redis.TraefikRedis(
            traefik_redis.Options(
                service="s", backends={"stable": "stable@file"}, api=(url,), redis="redis://127.0.0.1:1/0"
            )
        ),
    ]

    for router in routers:
        with suppress(RouterError):  # whatever else it raised would end the test
            observed = router.observe()
            assert observed is not None
            assert sum(observed.weights.values()) == 0


@pytest.mark.parametrize("said", ["1\n", "1\n# a b\n", "1\n# srv_name srv_uweight\nstable1 many\n", "\n"])
def test_a_haproxy_that_says_half_is_told_as_such(tmp_path: Path, said: str) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "s"))
        listener.listen()
        router = haproxy_weights.HaproxyWeights(
            haproxy_weights.Options(nodes=(str(tmp_path / "s"),), backend="shop", servers={"stable": ("stable1",)})
        )
        answering = _answering(listener, said)

        with pytest.raises(RouterError):
            router.observe()

        answering.join()


def _answering(listener: socket.socket, said: str) -> Thread:
    def answer() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65_536)
            connection.sendall(said.encode())

    thread = Thread(target=answer)
    thread.start()
    return thread
