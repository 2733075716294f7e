"""The whole service as a process, over a database that the test writes to as another replica would, and two clients."""

import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from functools import partial
from pathlib import Path

from flagsdk import FlagClient
from flagsvc.app import Founding
from flagsvc.app.founding import found
from flagsvc.store import open_store, upgrade
from tests.faults.world import ENVIRONMENT, Reopened, World, copy_database
from tests.support.servers import RedisServer
from tests.support.service import ADMIN_TOKEN, Service
from tests.support.timing import eventually

TOKEN = "an-sdk-token-for-the-tests"  # noqa: S105 - of a throw-away service
QUICK = {"POLL_SECONDS": "0.2", "RECONCILE_SECONDS": "0.5"}


class ServiceWorld(World):
    """Database → service → a client by Redis, and one by the feed."""

    def __init__(self, folder: Path, chance: random.Random, server: RedisServer) -> None:
        super().__init__(folder, chance)
        self.server = server

    @property
    def clients(self) -> tuple[FlagClient, ...]:
        """Both of them."""
        return self.client, self.by_feed

    @property
    def database_url(self) -> str:
        """The service's setting."""
        return f"sqlite:///{self.folder / 'test.db'}"

    def tell(self) -> None:
        """Tell nobody: the service looks by itself."""

    def restore(self, kept: Path) -> None:
        """Put a backup in the place of the database, and begin a new epoch as an operator does."""
        self.database.close()
        for file in self.folder.glob("test.db*"):
            file.unlink()
        copy_database(kept, self.folder / "test.db")
        command = [str(Path(sys.executable).parent / "flagsvc"), "db", "new-epoch", "--yes"]
        environment = os.environ | {"FLAGSVC_DATABASE_URL": self.database_url}
        subprocess.run(command, check=True, capture_output=True, env=environment)
        self.database = Reopened(self.folder)
        self._learn()

    def _open(self, stack: ExitStack) -> None:
        self._found()
        self.database = Reopened(self.folder)
        stack.callback(lambda: self.database.close())  # noqa: PLW0108 - whichever it is then
        self._begin()
        self.service = Service({"DATABASE_URL": self.database_url, "REDIS_URL": self.server.url, **QUICK})
        stack.callback(self.service.close)
        self.service.start()
        self.client = FlagClient(redis=self.server.url, environment=ENVIRONMENT)
        self.by_feed = FlagClient(url=self.service.url, token=TOKEN)
        for client in self.clients:
            stack.callback(client.close)
            eventually(partial(client.wait_ready, 1), "the first snapshot")

    def _found(self) -> None:
        """Make the database as the first start of a service does."""
        with closing(open_store(self.database_url, chance=random.random)) as store:
            upgrade(store.engine)
            found(store, Founding(admin_token=ADMIN_TOKEN, sdk_token=TOKEN))


@contextmanager
def _killed(world: ServiceWorld) -> Iterator[None]:
    world.service.kill()
    yield
    world.service.start()


@contextmanager
def _restarted(world: ServiceWorld) -> Iterator[None]:
    world.service.stop()
    yield
    world.service.start()


@contextmanager
def _frozen(world: ServiceWorld) -> Iterator[None]:
    world.service.pause()
    yield
    world.service.resume()


@contextmanager
def _restored(world: ServiceWorld) -> Iterator[None]:
    kept = world.back_up()
    world.write(2)
    world.settle()
    world.service.stop()
    yield
    world.restore(kept)
    world.service.start()


SERVICE: dict[str, Callable[[ServiceWorld], AbstractContextManager[None]]] = {
    "the service is killed": _killed,
    "the service is restarted": _restarted,
    "the service is frozen": _frozen,
    "a backup of the database is restored": _restored,
}
