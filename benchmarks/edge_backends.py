"""The two back ends of the benchmarks of edges: nginx, each in a process of its own, which counts its requests."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx2

from tests.support.servers import NginxServer, on_free_port

CONFIGURATION = Path(__file__).with_name("edge_backend.conf")
COUNTED = re.compile(r"^ \d+ \d+ (\d+) $", re.MULTILINE)  # accepted connections, handled ones, requests


class Backends(NamedTuple):
    """Their ports on 127.0.0.1."""

    stable: int
    canary: int

    def counts(self) -> tuple[int, int]:
        """How many requests each has had so far, these questions not counted."""
        return counted(self.stable), counted(self.canary)


@contextmanager
def backends() -> Iterator[Backends]:
    """Start both, and end them."""
    servers: list[NginxServer] = []
    try:
        yield Backends(started("stable", servers), started("canary", servers))
    finally:
        for server in servers:
            server.close()


def started(name: str, servers: list[NginxServer]) -> int:
    """Start one; gives its port."""

    def start(port: int) -> None:
        server = NginxServer(CONFIGURATION, {"NAME": name, "127.0.0.1:9000": f"127.0.0.1:{port}"})
        servers.append(server)
        server.start()

    return on_free_port(start)


ASKED: dict[int, int] = {}


def counted(port: int) -> int:
    """Read the counter, and take off the questions for it."""
    found = COUNTED.search(httpx2.get(f"http://127.0.0.1:{port}/count", trust_env=False).text)
    if not found:
        raise SystemExit("a back end does not count its requests: nginx needs its module stub_status")
    ASKED[port] = ASKED.get(port, 0) + 1
    return int(found[1]) - ASKED[port]
