"""A client that may reach this host, and servers that answer as a test tells them."""

import ssl
from collections.abc import Iterator
from ipaddress import ip_network
from typing import Protocol

import pytest

from flagsvc.outbound.guarded import Guarded
from flagsvc.outbound.reach import Reach
from tests.support.raw_http import RawHttp, Script

HERE = Reach([ip_network("127.0.0.0/8")])


class Serve(Protocol):
    def __call__(self, answer: Script | bytes, tls: ssl.SSLContext | None = None) -> RawHttp: ...


@pytest.fixture
def client() -> Guarded:
    return Guarded(HERE)


@pytest.fixture
def serve() -> Iterator[Serve]:
    made: list[RawHttp] = []

    def start(answer: Script | bytes, tls: ssl.SSLContext | None = None) -> RawHttp:
        made.append(RawHttp(answer if callable(answer) else lambda end, _: end.sendall(answer), tls))
        return made[-1]

    yield start
    for server in made:
        server.close()
