"""A database, the way from it to a client, and a record of every commit; one world goes by Redis, one by the feed."""

import random
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Self

from flagsdk import FlagClient
from flagsvc.ports import Transaction
from flagsvc.publisher import RedisPublisher
from tests.faults.load import Load
from tests.faults.oracle import Oracle
from tests.faults.questions import edits, first
from tests.publisher.database import Database
from tests.sdk.feeding import TOKEN, Feeding
from tests.support.link import Link
from tests.support.servers import RedisServer
from tests.support.timing import eventually, within

ENVIRONMENT = "production"
HEAD_SECONDS = 5.0
"""After healing, every reader is at the head within so long."""


class World(ABC):
    """What all worlds share. `write` commits and is heard of by the oracle, whether or not anybody can publish it."""

    database: Database
    client: FlagClient
    to_client: Link

    def __init__(self, folder: Path, chance: random.Random) -> None:
        self.folder = folder
        self.chance = chance
        self.oracle = Oracle()
        self.written = 0
        self._stack = ExitStack()
        self._epochs = 1

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._open(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def clients(self) -> tuple[FlagClient, ...]:
        """Everybody who follows the database here."""
        return (self.client,)

    @abstractmethod
    def _open(self, stack: ExitStack) -> None:
        """Start everything."""

    @abstractmethod
    def tell(self) -> None:
        """Let whoever publishes know of a commit."""

    def write(self, count: int = 1) -> None:
        """Commit changes, one by one."""
        for _ in range(count):
            self.written += 1
            self.database.write(edits(self.written, self.chance))
            self._learn()
            self.tell()

    def new_epoch(self) -> None:
        """Begin a new epoch in the database."""
        self._epochs += 1
        self.database.new_epoch(f"e{self._epochs}")
        self._learn()
        self.tell()

    def back_up(self) -> Path:
        """Keep the database as it is now."""
        kept = self.folder / f"kept-{self.written}.db"
        copy_database(self.folder / "test.db", kept)
        return kept

    def settle(self) -> None:
        """Wait until every client is at the head."""
        eventually(self.is_at_head, "every client at the head")

    def settle_soon(self) -> None:
        """Likewise, within the stated bound."""
        with within(HEAD_SECONDS):
            self.settle()

    def is_at_head(self) -> bool:
        """Whether every client holds what the database holds."""
        head = self.database.head()
        held = {(client.status.epoch, client.status.revision) for client in self.clients}
        return held == {(head.epoch, head.revision)}

    @contextmanager
    def asked(self, threads: int = 3) -> Iterator[Load]:
        """Ask the client all the time; at the end, nothing of it may have been wrong."""
        with Load(self.clients, threads) as load:
            yield load
        assert load.calls > 0
        assert load.faults(self.oracle)[:5] == []

    def _begin(self) -> None:
        self.written += 1
        self.database.write(first(self.written))
        self._learn()

    def _learn(self) -> None:
        self.oracle.learn(self.database.whole(ENVIRONMENT))


class RedisWorld(World):
    """Database → publisher → Redis → client, with a link before each of the two clients of Redis."""

    def __init__(self, folder: Path, chance: random.Random, server: RedisServer, every_seconds: float = 1.5) -> None:
        super().__init__(folder, chance)
        self.server = server
        self._every_seconds = every_seconds

    def _open(self, stack: ExitStack) -> None:
        self.server.empty()
        self.database = self._new_database()
        stack.callback(lambda: self.database.close())  # noqa: PLW0108 - whichever it is then
        self.to_client = stack.enter_context(Link(self.server.port))
        self.to_publisher = stack.enter_context(Link(self.server.port))
        self._begin()
        self.start_publisher()
        stack.callback(lambda: self.publisher.close())  # noqa: PLW0108 - likewise
        self.client = self._new_client()
        stack.callback(self.client.close)
        eventually(lambda: self.client.wait_ready(1), "the first snapshot")

    def tell(self) -> None:
        """Wake the publisher."""
        self.publisher.wake(ENVIRONMENT)

    @property
    def _redis_address(self) -> str:
        return f"redis://127.0.0.1:{self.to_client.port}/0"

    def _new_database(self) -> Database:
        return Database(self.folder)

    def _new_client(self) -> FlagClient:
        return FlagClient(redis=self._redis_address, environment=ENVIRONMENT)

    def start_publisher(self) -> None:
        """Start a publisher over the database as it is now."""
        url = f"redis://127.0.0.1:{self.to_publisher.port}/0"
        self.publisher = RedisPublisher(url, self.database.store, every_seconds=self._every_seconds)
        self.publisher.start()

    def restore(self, kept: Path) -> None:
        """Put a database back, as an operator does: the publisher is down, and a new epoch begins before it returns."""
        self.publisher.close()
        self.database.close()
        for file in self.folder.glob("test.db*"):
            file.unlink()
        copy_database(kept, self.folder / "test.db")
        self.database = Reopened(self.folder)
        self.new_epoch()
        self.start_publisher()


class FeedWorld(World):
    """Database → replica → HTTP feed → client, with a link before the client."""

    def _open(self, stack: ExitStack) -> None:
        self.feeding = Feeding(self.folder)
        self.database = self.feeding.database
        self._begin()
        self.feeding.replica.turn()
        self.feeding.start()
        stack.callback(self.feeding.close)
        self.to_client = stack.enter_context(Link(self.feeding.port))
        self.client = FlagClient(url=f"http://127.0.0.1:{self.to_client.port}", token=TOKEN)
        stack.callback(self.client.close)
        eventually(lambda: self.client.wait_ready(1), "the first snapshot")

    def tell(self) -> None:
        """Let the replica see it."""
        self.feeding.replica.turn()


class LadderWorld(RedisWorld):
    """Both ways from one database: the client goes by Redis, and by the feed where that is the better one."""

    def _open(self, stack: ExitStack) -> None:
        self.feeding = Feeding(self.folder)
        self.feeding.start()
        stack.callback(self.feeding.close)
        self.to_feed = stack.enter_context(Link(self.feeding.port))
        super()._open(stack)

    def _begin(self) -> None:
        super()._begin()
        self.feeding.replica.turn()

    def tell(self) -> None:
        """Tell both."""
        super().tell()
        self.feeding.replica.turn()

    def _new_database(self) -> Database:
        return self.feeding.database

    def _new_client(self) -> FlagClient:
        feed = f"http://127.0.0.1:{self.to_feed.port}"
        return FlagClient(self._redis_address, feed, environment=ENVIRONMENT, token=TOKEN)


class Reopened(Database):
    """A database whose environments were opened before."""

    def _open(self, tx: Transaction) -> None:
        """Leave them as they are."""


def copy_database(source: Path, target: Path) -> None:
    """Copy a database as a backup does, while others write to it."""
    with closing(sqlite3.connect(source)) as read, closing(sqlite3.connect(target)) as written:
        read.backup(written)
