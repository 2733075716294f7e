"""A database and what a publisher reports."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from flagsvc.domain.records import Head
from tests.publisher.database import Database


class Witness:
    """Remembers what the publisher reported."""

    def __init__(self) -> None:
        self.up: list[bool] = []
        self.failures: list[str] = []
        self.revisions: list[tuple[str, int]] = []
        self.seconds: list[float] = []
        self.behind: list[tuple[str, Head, Head]] = []

    def redis_up(self, up: bool) -> None:  # noqa: FBT001 - the value of a gauge
        self.up.append(up)

    def failed(self, reason: str) -> None:
        self.failures.append(reason)

    def published(self, environment: str, revision: int, seconds: float) -> None:
        self.revisions.append((environment, revision))
        self.seconds.append(seconds)

    def database_behind(self, environment: str, published: Head, head: Head) -> None:
        self.behind.append((environment, published, head))


@pytest.fixture
def witness() -> Witness:
    return Witness()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(tmp_path)
    yield made
    made.close()
