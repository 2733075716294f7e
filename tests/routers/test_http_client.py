"""The small HTTP client of the routers: what it repeats, what it never repeats, and what it keeps to itself."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from flagsvc.domain.routing.errors import RouterError
from flagsvc.outbound import http
from tests.support.fake_http import Answer, Asked, Fake

TOKEN = "canary-of-a-token"  # noqa: S105  # of nobody
BEARER = {"Authorization": f"Bearer {TOKEN}"}


class Echo(Fake):
    """A page that repeats the request."""

    status = 403

    def answer(self, asked: Asked) -> Answer:
        return Answer(self.status, f"no: {asked.headers.get('Authorization')}".encode())

    def is_write(self, asked: Asked) -> bool:
        return asked.method != "GET"


@contextmanager
def hanging_up(times: int) -> Iterator[tuple[str, list[bytes]]]:
    """Serve: close the first connections when they have asked, and answer the others."""
    asked: list[bytes] = []

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                asked.append(connection.recv(65_536))
                if len(asked) > times:
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", asked
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_what_only_reads_is_asked_once_more_when_the_connection_breaks() -> None:
    with hanging_up(1) as (url, asked):
        reply = http.HttpClient(url).send("GET", "/x")

        assert reply.json() == {}
        assert len(asked) == 2


def test_what_only_reads_is_not_asked_a_third_time() -> None:
    with hanging_up(9) as (url, asked):
        with pytest.raises(RouterError, match="the connection broke") as told:
            http.HttpClient(url).send("GET", "/x")

        assert not told.value.permanent
        assert len(asked) == 2


@pytest.mark.parametrize("method", ["PATCH", "PUT", "POST"])
def test_what_writes_is_never_sent_twice(method: str) -> None:
    with hanging_up(1) as (url, asked):
        with pytest.raises(RouterError, match="the connection broke"):
            http.HttpClient(url).send(method, "/x", {})

        assert len(asked) == 1


@pytest.mark.parametrize("status", [302, 401, 403, 409, 500])
def test_a_page_that_repeats_our_token_does_not_spread_it(status: int) -> None:
    with Echo() as fake:
        fake.status = status
        with pytest.raises(RouterError, match=rf"{status} no: Bearer \*\*\*") as told:
            http.HttpClient(fake.url).send("GET", "/x", headers=BEARER)

    assert TOKEN not in str(told.value)


@pytest.mark.parametrize("signs", ["\n", "\r\nX-Also: ", "\u2026"])
def test_a_token_that_no_header_carries_is_not_sent_and_stays_out_of_the_error(signs: str) -> None:
    with Echo() as fake, pytest.raises(RouterError, match="nothing can be sent") as told:
        http.HttpClient(fake.url).send("GET", "/x", headers={"Authorization": f"Bearer {TOKEN}{signs}{TOKEN}"})

    assert told.value.permanent
    assert told.value.__cause__ is None
    assert TOKEN not in str(told.value)
    assert fake.asked == []
