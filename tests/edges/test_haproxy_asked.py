"""examples/haproxy/asked.cfg and cohort.lua, as they are."""

import socket
import time
from contextlib import ExitStack

import pytest

from tests.edges.asked import USER, AskedEdge, backend, received
from tests.support import haproxy
from tests.support.edge import BrokenService, Edge
from tests.support.pipeline import ask_all, request

_SPEAKS_OF_CANARY = (
    b"X-Cohort: canary\r\nX-Flagsvc-Cohort: forged.one\r\nSet-Cookie: unit=forged\r\nContent-Length: 0\r\n"
)


class TestHaproxy(AskedEdge):
    make = staticmethod(haproxy.asked)

    @pytest.mark.parametrize(
        "status", ["201 Created", "206 Partial", "301 Moved", "418 Teapot", "502 Bad", "599 Unheard"]
    )
    def test_only_a_200_decides_whatever_else_the_answer_says(self, status: str) -> None:
        answer = f"HTTP/1.1 {status}\r\n".encode() + _SPEAKS_OF_CANARY + b"\r\n"
        with ExitStack() as stack:
            service = stack.enter_context(BrokenService(answer))
            edge = stack.enter_context(Edge([service.port], make=self.make))

            (got,) = ask_all(edge.port, [request("/cart", USER)])

        assert (got.status, backend(got)) == (200, "stable")
        assert received(got) == [("X-Cohort", "stable")]
        assert "set-cookie" not in got.headers

    def test_a_decision_that_drips_in_byte_by_byte_is_none(self) -> None:
        with ExitStack() as stack:
            service = stack.enter_context(Dripping(b"HTTP/1.1 200 OK\r\n" + _SPEAKS_OF_CANARY + b"\r\n"))
            edge = stack.enter_context(Edge([service.port], make=self.make))

            (got,) = ask_all(edge.port, [request("/cart", USER)])

        assert (got.status, backend(got)) == (200, "stable")
        assert received(got) == [("X-Cohort", "stable")]


class Dripping(BrokenService):
    """Sends its answer byte by byte, each one well within the time limit, all of them long after it."""

    def send(self, connection: socket.socket, answer: bytes) -> None:
        for byte in answer:
            connection.sendall(bytes([byte]))
            time.sleep(0.02)
