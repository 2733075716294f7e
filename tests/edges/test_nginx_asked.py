"""examples/nginx/nginx.conf, as it is."""

from contextlib import ExitStack

import pytest

from tests.edges.asked import USER, AskedEdge, backend, received
from tests.support import edge
from tests.support.pipeline import ask_all, request

_SPEAKS_OF_CANARY = (
    b"X-Cohort: canary\r\nX-Flagsvc-Cohort: forged.one\r\nSet-Cookie: unit=forged\r\nContent-Length: 0\r\n"
)


class TestNginx(AskedEdge):
    make = staticmethod(edge.nginx)

    @pytest.mark.parametrize(
        "status", ["201 Created", "301 Moved", "418 Teapot", "451 No", "502 Bad", "599 Unheard of"]
    )
    def test_only_a_200_decides_whatever_else_the_answer_says(self, status: str) -> None:
        with ExitStack() as stack:
            answer = f"HTTP/1.1 {status}\r\n".encode() + _SPEAKS_OF_CANARY + b"\r\n"
            service = stack.enter_context(edge.BrokenService(answer))
            proxy = stack.enter_context(edge.Edge([service.port], make=self.make))

            (got,) = ask_all(proxy.port, [request("/cart", USER)])

        assert (got.status, backend(got)) == (200, "stable")
        assert received(got) == [("X-Cohort", "stable")]
        assert "set-cookie" not in got.headers
