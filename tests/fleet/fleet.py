"""Replicas of the service over one PostgreSQL and one Redis, that are ended and started again one after the other."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.servers import PostgresServer, RedisServer
from tests.support.service import Service

ENVIRONMENT, SPLIT = "production", "checkout"
STEADY, MOVING = "steady", "moving"
"""A flag that nobody changes meanwhile, and the one that is changed all the time."""
SHARE = {"default": {"split": {"weights": {"on": 30_000, "off": 70_000}}}, "enabled": True}


@dataclass
class Fleet:
    """Replicas, in the order in which they are replaced; `exits` are the exit codes of those that were ended."""

    replicas: Sequence[Service]
    token: str = ""
    exits: list[int | None] = field(default_factory=list)

    @property
    def ports(self) -> list[int]:
        """Where they listen, for good."""
        return [replica.port for replica in self.replicas]

    def roll(self, tree: Path | None = None, between: Callable[[], None] = lambda: None) -> None:
        """Replace one after the other by the code of `tree`, or of this tree: end it politely, start it, be ready."""
        for replica in self.replicas:
            self.exits.append(replica.stop())
            replica.python_path = python_path(tree)
            replica.start()
            between()

    def version(self) -> str:
        """Ask the first replica for its release."""
        return str(self.call("GET", "system")["version"])

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Ask the first replica's admin API."""
        return self.replicas[0].call(method, path, body, **headers)


def python_path(tree: Path | None) -> str:
    """Give the path of modules by which a replica runs the code of a tree; none for what is installed."""
    return f"{tree}:{tree / 'sdk'}" if tree else ""


@contextmanager
def running(replicas: int, drain_seconds: float, tree: Path | None = None) -> Iterator[Fleet]:
    """Start servers and replicas (of `tree`'s code) with two flags and a split in them; ends everything."""
    with ExitStack() as stack:
        postgres, redis = PostgresServer(), RedisServer()
        for server in (postgres, redis):
            stack.callback(server.close)
            server.start()
        settings = {"DATABASE_URL": postgres.url, "REDIS_URL": redis.url, "SAMPLE_DATA": "true"}
        settings |= {"DRAIN_SECONDS": str(drain_seconds), "TRUSTED_PROXIES": "127.0.0.1/32"}
        services = [Service(settings, python_path=python_path(tree)) for _ in range(replicas)]
        for service in services:
            stack.callback(service.close)
            service.start()
        fleet = Fleet(services)
        _furnish(fleet)
        yield fleet


def _furnish(fleet: Fleet) -> None:
    for key in (STEADY, MOVING):
        fleet.call("POST", "flags", {"key": key, "type": "boolean", "environments": {ENVIRONMENT: SHARE}})
    wanted = {"kind": "sdk", "environment": ENVIRONMENT, "name": "fleet"}
    fleet.token = fleet.call("POST", "tokens", wanted)["document"]["token"]
