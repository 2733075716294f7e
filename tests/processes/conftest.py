"""A world of the test's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes.world import World
from tests.support.servers import RedisServer
from tests.support.web import WebServer


@pytest.fixture
def world(redis_server: RedisServer, tmp_path: Path) -> Iterator[World]:
    made = World(redis_server, tmp_path)
    yield made
    made.close()


@pytest.fixture
def server() -> Iterator[WebServer]:
    made = WebServer("application")
    yield made
    made.close()
