"""Redis with one flag `a` in it, and what the processes that follow it must be like."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from redis import Redis

from flagsvc.publisher import RedisPublisher
from tests.publisher.database import Database, flag
from tests.support.process import connections
from tests.support.servers import RedisServer
from tests.support.timing import eventually

Report = dict[str, Any]


class World:
    """The flag `a` is on from the start."""

    def __init__(self, redis: RedisServer, folder: Path) -> None:
        self.redis = redis
        self._database = Database(folder)
        self._database.write({"flag/a": flag("a")})
        self._publisher = RedisPublisher(redis.url, self._database.store, every_seconds=0.5)
        self._publisher.start()
        with redis.client() as client:
            eventually(lambda: client.exists("flagsvc:{production}:meta"))

    @property
    def environment(self) -> dict[str, str]:
        """What a program needs to know."""
        return {"FLAGSDK_REDIS_URL": self.redis.url, "FLAGSDK_ENVIRONMENT": "production"}

    def turn(self, value: bool) -> None:  # noqa: FBT001 - the value of the flag
        """Commit and publish a change."""
        self._database.write({"flag/a": flag("a", value)})
        self._publisher.wake("production")

    def close(self) -> None:
        """End everything but Redis."""
        self._publisher.close()
        self._database.close()

    def check_connections(self, pids: set[int]) -> None:
        """Each process has one connection to Redis, which is its own; and Redis knows of no further client."""
        eventually(lambda: self._own_connections(pids), f"one connection for each of {pids}")

    def _own_connections(self, pids: set[int]) -> bool:
        owned = [connections(pid, self.redis.port) for pid in pids]
        with self.redis.client() as client:
            known = [peer for peer in clients(client) if peer["name"] == "flagsdk"]
        return [len(own) for own in owned] == [1] * len(pids) and len(set.union(*owned)) == len(known) == len(pids)


def clients(redis: Redis) -> list[dict[str, str]]:
    """Give CLIENT LIST."""
    listed: Any = redis.client_list()
    return list(listed)


def gathered(ask: Callable[[], Report], processes: int) -> dict[int, Report]:
    """Ask until every process has answered once; the first answer of each."""
    first: dict[int, Report] = {}

    def all_answered() -> bool:
        answer = ask()
        first.setdefault(answer["pid"], answer)
        return len(first) == processes

    eventually(all_answered, f"answers of {processes} processes")
    return first


def follows(ask: Callable[[], Report], pids: set[int], value: bool) -> None:  # noqa: FBT001 - the value of the flag
    """Ask until each of these processes answers with the value."""
    latest: dict[int, Report] = {}

    def everywhere() -> bool:
        answer = ask()
        latest[answer["pid"]] = answer
        return latest.keys() == pids and all(answer["value"] is value for answer in latest.values())

    eventually(everywhere, f"{value} in {pids}")
    assert {answer["threads"] for answer in latest.values()} == {1}
    assert {answer["state"] for answer in latest.values()} == {"ready"}
