"""An application that asks for ever new units while its flags change, to see what it holds in the end."""

import random
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from flagsvc.publisher import RedisPublisher
from tests.faults.application import Application, Question, Report
from tests.faults.questions import AUDIENCE, CHILD, GONE, HALF, NUMBER, SPLIT, edits, first
from tests.faults.world import ENVIRONMENT
from tests.publisher.database import Database
from tests.support.servers import RedisServer

NEW = ""  # a unit that was never asked for
ASKED = {NUMBER: "integer", HALF: "boolean", AUDIENCE: "string", CHILD: "boolean", GONE: "boolean", SPLIT: "split"}


class Growth:
    """The application, and the changes that reach it."""

    def __init__(self, database: Database, publisher: RedisPublisher, application: Application) -> None:
        self.application = application
        self.changes = 0
        self._database = database
        self._publisher = publisher

    def change(self, chance: random.Random) -> int:
        """Commit and publish a change; gives its revision."""
        self.changes += 1
        revision = self._database.write(edits(self.changes, chance))
        self._publisher.wake(ENVIRONMENT)
        return revision


@contextmanager
def growing(folder: Path, server: RedisServer, per_second: int) -> Iterator[Growth]:
    """Start the application on a Redis that somebody publishes to."""
    with ExitStack() as stack:
        database = Database(folder)
        stack.callback(database.close)
        database.write(first(0))
        publisher = RedisPublisher(server.url, database.store)
        stack.callback(publisher.close)
        publisher.start()
        questions = [Question(kind, key, NEW) for key, kind in ASKED.items()]
        application = Application({"sources": [server.url], "environment": ENVIRONMENT}, questions, per_second)
        stack.callback(application.close)
        application.start()
        yield Growth(database, publisher, application)


def settled(reports: Sequence[Report], warm_up: float) -> Sequence[Report]:
    """Leave out that share of the time at the beginning, in which everything is met for the first time."""
    return [report for report in reports if report.seconds >= warm_up * reports[-1].seconds]
