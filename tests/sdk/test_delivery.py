"""One POST against servers that behave badly: bounded, told as a value, and no secret in what is sent."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from flagsdk.delivery import CONNECT_SECONDS, DEADLINE_SECONDS, PATH, READ_SECONDS, Delivery
from tests.support.process import free_port
from tests.support.timing import within

BOUND_SECONDS = 2 * (CONNECT_SECONDS + READ_SECONDS)

Answering = Callable[[socket.socket], None]


@contextmanager
def serving(answer: Answering) -> Iterator[tuple[str, list[bytes]]]:
    """Give the address of a server that reads one request per connection, and all that it has read."""
    received: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection, suppress(OSError):
                    received.append(_request(connection))
                    answer(connection)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", received
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(10)


def _request(connection: socket.socket) -> bytes:
    connection.settimeout(5)
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65_536)
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
    )
    while len(body) < length:
        body += connection.recv(65_536)
    return head + b"\r\n\r\n" + body


def saying(text: str) -> Answering:
    return lambda connection: connection.sendall(text.replace("\n", "\r\n").encode())


def silent(connection: socket.socket) -> None:
    time.sleep(READ_SECONDS + 0.5)


def test_an_accepted_report_was_sent_with_its_token() -> None:
    with serving(saying("HTTP/1.1 202 Accepted\nContent-Length: 0\n\n")) as (url, received):
        answer = Delivery(url, "token-1\n").post(b'{"x":1}')

    assert answer.accepted
    [request] = received
    assert request.startswith(f"POST {PATH} HTTP/1.1\r\n".encode())
    assert b"Authorization: Bearer token-1\r\n" in request
    assert request.endswith(b'{"x":1}')


@pytest.mark.parametrize(
    ("text", "status", "wait"),
    [
        ("HTTP/1.1 200 OK\nContent-Length: 2\n\nhi", 200, 0.0),  # a proxy that has delivered nothing
        ("HTTP/1.1 301 Moved\nLocation: http://127.0.0.1:1/\nContent-Length: 0\n\n", 301, 0.0),
        ("HTTP/1.1 429 Too Many\nRetry-After: 7\nContent-Length: 0\n\n", 429, 7.0),
        ("HTTP/1.1 503 Away\nRetry-After: tomorrow\nContent-Length: 0\n\n", 503, 0.0),
        ("HTTP/1.1 503 Away\nRetry-After: ²\nContent-Length: 0\n\n", 503, 0.0),
        ("HTTP/1.1 400 Bad\nContent-Length: 0\n\n", 400, 0.0),
        ("garbage that is no HTTP\n\n", 0, 0.0),
        ("", 0, 0.0),
    ],
)
def test_whatever_else_is_answered_is_told(text: str, status: int, wait: float) -> None:
    with serving(saying(text)) as (url, _):
        answer = Delivery(url, "token").post(b"{}")

    assert (answer.accepted, answer.status, answer.retry_after) == (False, status, wait)
    assert answer.fault
    assert answer.hopeless == (status == 400)


def test_a_server_that_says_nothing_costs_a_bounded_time() -> None:
    with serving(silent) as (url, _), within(BOUND_SECONDS):
        answer = Delivery(url, "token").post(b"{}")

    assert (answer.status, answer.fault) == (0, "ReadTimeoutError")


def trickling(connection: socket.socket) -> None:
    for byte in b"HTTP/1.1 202 " + b"very " * 20 + b"late":
        connection.sendall(bytes([byte]))
        time.sleep(0.3)


def test_a_server_that_trickles_costs_a_bounded_time() -> None:
    with serving(trickling) as (url, _), within(DEADLINE_SECONDS + 1.5):
        answer = Delivery(url, "token").post(b"{}")

    assert (answer.status, answer.fault) == (0, "TimeoutError")


def test_without_a_thread_to_be_had_a_report_is_sent_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """As at the end of a program (Python 3.12), when the last report is made."""

    def refuse(timer: threading.Timer) -> None:
        raise RuntimeError("can't create new thread at interpreter shutdown")

    with serving(saying("HTTP/1.1 202 Accepted\nContent-Length: 0\n\n")) as (url, _):
        monkeypatch.setattr(threading.Timer, "start", refuse)

        assert Delivery(url, "token-1").post(b"{}").accepted


def test_nobody_there_is_told_at_once() -> None:
    with within(BOUND_SECONDS):
        answer = Delivery(f"http://127.0.0.1:{free_port()}", "token").post(b"{}")

    assert answer.status == 0


@pytest.mark.parametrize(
    ("url", "token"),
    [("redis://x", "t"), ("https://", "t"), ("", "t"), ("https://x", ""), ("https://x", " \n"), ("https://x", "a\nb")],
)
def test_addresses_and_tokens_that_cannot_be_used_are_refused(url: str, token: str) -> None:
    with pytest.raises(ValueError, match="usage is reported"):
        Delivery(url, token)
