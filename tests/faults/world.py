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
    """What both worlds share. `write` commits and is heard of by the oracle, whether or not anybody can publish it."""

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

    def settle(self) -> None:
        """Wait until the client is at the head."""
        eventually(self.is_at_head, "the client at the head")

    def settle_soon(self) -> None:
        """Likewise, within the stated bound."""
        with within(HEAD_SECONDS):
            self.settle()

    def is_at_head(self) -> bool:
        """Whether the client holds what the database holds."""
        head, status = self.database.head(), self.client.status
        return (status.epoch, status.revision) == (head.epoch, head.revision)

    @contextmanager
    def asked(self, threads: int = 3) -> Iterator[Load]:
        """Ask the client all the time; at the end, nothing of it may have been wrong."""
        with Load(self.client, threads) as load:
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
        self.database = Database(self.folder)
        stack.callback(lambda: self.database.close())
        self.to_client = stack.enter_context(Link(self.server.port))
        self.to_publisher = stack.enter_context(Link(self.server.port))
        self._begin()
        self.start_publisher()
        stack.callback(lambda: self.publisher.close())
        self.client = FlagClient(redis=f"redis://127.0.0.1:{self.to_client.port}/0", environment=ENVIRONMENT)
        stack.callback(self.client.close)
        eventually(lambda: self.client.wait_ready(1), "the first snapshot")

    def tell(self) -> None:
        """Wake the publisher."""
        self.publisher.wake(ENVIRONMENT)

    def start_publisher(self) -> None:
        """Start a publisher over the database as it is now."""
        url = f"redis://127.0.0.1:{self.to_publisher.port}/0"
        self.publisher = RedisPublisher(url, self.database.store, every_seconds=self._every_seconds)
        self.publisher.start()

    def back_up(self) -> Path:
        """Keep the database as it is now."""
        kept = self.folder / f"kept-{self.written}.db"
        _copied(self.folder / "test.db", kept)
        return kept

    def restore(self, kept: Path) -> None:
        """Put a database back, as an operator does: the publisher is down, and a new epoch begins before it returns."""
        self.publisher.close()
        self.database.close()
        for file in self.folder.glob("test.db*"):
            file.unlink()
        _copied(kept, self.folder / "test.db")
        self.database = _Reopened(self.folder)
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



class _Reopened(Database):
    """A database whose environments were opened before."""

    def _open(self, tx: Transaction) -> None:
        """Leave them as they are."""


def _copied(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as read, closing(sqlite3.connect(target)) as written:
        read.backup(written)
