"""The shelf: stored once, served by every replica from memory, waited on; and what edges say they hold."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from flagsvc.domain.errors import Unavailable
from flagsvc.ports import Transaction, View
from flagsvc.runner.shelf import Shelf
from flagsvc.runner.shelf_nodes import MAX_NODES
from flagsvc.runner.waiting import Waiting
from flagsvc.store import SqlStore
from tests.store.engines import prepare_sqlite, sqlite_store
from tests.support.timing import eventually, within

T = TypeVar("T")


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class Away:
    """A store that can be taken away."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        self.away = False
        self.writes = 0
        self.reading_hook: Callable[[], None] = lambda: None

    @contextmanager
    def reading(self) -> Iterator[View]:
        self._look()
        with self._store.reading() as view:
            yield view
            self.reading_hook()

    def run(self, environments: Sequence[str], work: Callable[[Transaction], T], *, dry_run: bool = False) -> T:
        self._look()
        self.writes += 1
        return self._store.run(environments, work, dry_run=dry_run)

    def _look(self) -> None:
        if self.away:
            raise Unavailable("The database does not answer.")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("shelf") / "empty.db"
    prepare_sqlite(path)
    return path


@pytest.fixture
def store(prepared: Path, tmp_path: Path) -> Iterator[Away]:
    opened = sqlite_store(prepared, tmp_path / "shelf.db")
    yield Away(opened)
    opened.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def shelf(store: Away, clock: Clock) -> Shelf:
    return Shelf(store, ["edge"], clock)


@pytest.fixture
def other(store: Away, clock: Clock) -> Shelf:
    """Another replica's, over the same database."""
    return Shelf(store, ["edge"], clock)


def held(shelf: Shelf) -> dict[str, tuple[str, str]]:
    return {node.id: (node.held, node.offered) for node in shelf.nodes("edge")}


def test_what_is_put_is_served_at_once_here_and_after_a_turn_elsewhere(shelf: Shelf, other: Shelf) -> None:
    shelf.put("edge", "e.1", "{}")
    assert shelf.version("edge") == "e.1"
    assert other.item("edge") is None

    other.turn()

    assert other.item("edge") == shelf.item("edge")


def test_other_replicas_follow_by_themselves_within_seconds(store: Away, clock: Clock) -> None:
    one, two = Shelf(store, ["edge"], clock, seconds=0.05), Shelf(store, ["edge"], clock, seconds=0.05)
    with ExitStack() as stack:
        for shelf in (one, two):
            shelf.start()
            stack.callback(shelf.stop)

        one.put("edge", "e.1", "{}")
        two.note("edge", "n1", "e.1")

        eventually(lambda: two.version("edge") == "e.1", "the item at the other replica")
        eventually(lambda: held(one) == {"n1": ("e.1", "")}, "the node at the other replica")


def test_the_same_again_changes_nothing_and_keeps_its_time(shelf: Shelf, clock: Clock) -> None:
    shelf.put("edge", "e.1", "{}")
    first = shelf.item("edge")
    clock.forward(60)

    shelf.put("edge", "e.1", "{}")

    assert shelf.item("edge") == first


def test_a_reading_that_began_before_a_put_does_not_bring_the_old_item_back(store: Away, clock: Clock) -> None:
    shelf = Shelf(store, ["edge"], clock)
    shelf.put("edge", "e.1", "{}")
    other = Shelf(store, ["edge"], clock)
    other.turn()

    def put_meanwhile() -> None:
        store.reading_hook = lambda: None
        other.put("edge", "e.2", "{}")

    store.reading_hook = put_meanwhile
    other.turn()

    assert other.version("edge") == "e.2"


def test_with_the_database_away_items_and_nodes_stay_and_a_put_says_so(shelf: Shelf, store: Away) -> None:
    shelf.put("edge", "e.1", "{}")
    store.away = True

    with pytest.raises(Unavailable):
        shelf.put("edge", "e.2", "{}")
    with pytest.raises(Unavailable):
        shelf.turn()
    shelf.note("edge", "n1", "e.1")

    assert shelf.version("edge") == "e.1"
    assert held(shelf) == {"n1": ("e.1", "")}


def test_what_was_noted_while_the_database_was_away_is_written_when_it_is_back(
    shelf: Shelf, other: Shelf, store: Away
) -> None:
    shelf.put("edge", "e.1", "{}")
    store.away = True
    shelf.note("edge", "n1", "e.1")
    with pytest.raises(Unavailable):
        shelf.turn()
    store.away = False

    shelf.turn()
    other.turn()

    assert held(other) == {"n1": ("e.1", "")}


def test_a_sight_keeps_what_was_offered_until_something_else_is(shelf: Shelf) -> None:
    shelf.note("edge", "n1", "")
    shelf.note("edge", "n1", "", "e.1")
    shelf.note("edge", "n1", "e.1")

    assert held(shelf) == {"n1": ("e.1", "e.1")}


def test_the_later_sight_counts_whichever_replica_had_it(shelf: Shelf, other: Shelf, clock: Clock) -> None:
    shelf.put("edge", "e.1", "{}")
    shelf.note("edge", "n1", "e.0")
    shelf.turn()
    clock.forward(1)
    other.turn()
    other.note("edge", "n1", "e.1")
    other.turn()

    shelf.turn()

    assert held(shelf) == held(other) == {"n1": ("e.1", "")}


def test_a_clock_that_is_set_back_lets_no_older_sight_count(shelf: Shelf, other: Shelf, clock: Clock) -> None:
    shelf.put("edge", "e.1", "{}")
    other.note("edge", "n1", "e.0")
    other.turn()
    shelf.turn()
    clock.forward(-60)

    shelf.note("edge", "n1", "e.1")

    assert held(shelf) == {"n1": ("e.1", "")}
    shelf.turn()
    other.turn()
    assert held(other) == {"n1": ("e.1", "")}


def test_heartbeats_are_written_now_and_then_and_changes_and_refusals_each_turn(
    shelf: Shelf, store: Away, clock: Clock
) -> None:
    shelf.note("edge", "n1", "e.1", "e.1")
    shelf.turn()
    before = store.writes

    for _ in range(9):  # nine seconds of polls that say nothing new
        clock.forward(1)
        shelf.note("edge", "n1", "e.1")
        shelf.turn()
    assert store.writes == before

    clock.forward(1)
    shelf.note("edge", "n1", "e.1")
    shelf.turn()
    assert store.writes == before + 1

    for _ in range(3):  # it was offered something else, and comes back without it
        clock.forward(1)
        shelf.note("edge", "n1", "e.1", "e.2")
        shelf.turn()
    assert store.writes == before + 4


def test_nothing_is_kept_under_a_name_that_is_no_router(shelf: Shelf) -> None:
    shelf.note("nowhere", "n1", "e.1")

    assert list(shelf.nodes("nowhere")) == []
    assert not shelf.knows("nowhere")


def test_no_more_edges_are_kept_than_a_router_may_have_and_known_ones_are_still_noted(shelf: Shelf) -> None:
    for number in range(MAX_NODES + 10):
        shelf.note("edge", f"n{number}", "e.1")

    shelf.note("edge", "n0", "e.2")

    assert len(shelf.nodes("edge")) == MAX_NODES
    assert held(shelf)["n0"] == ("e.2", "")


def test_edges_that_stay_away_for_an_hour_are_forgotten_everywhere(shelf: Shelf, other: Shelf, clock: Clock) -> None:
    shelf.put("edge", "e.1", "{}")
    shelf.note("edge", "old", "e.1")
    shelf.turn()
    clock.forward(3601)
    shelf.note("edge", "new", "e.1")

    shelf.turn()
    other.turn()

    assert list(held(shelf)) == list(held(other)) == ["new"]


def test_a_wait_ends_when_another_version_is_put_from_another_thread(shelf: Shelf) -> None:
    shelf.put("edge", "e.1", "{}")

    async def wait() -> None:
        putting = threading.Timer(0.05, shelf.put, ("edge", "e.2", "{}"))
        putting.start()
        await shelf.moved({"edge": "e.1"}, 60)
        putting.join()

    with within(30):
        asyncio.run(wait())

    assert shelf.version("edge") == "e.2"


def test_a_wait_for_something_held_already_ends_at_once_and_one_for_nothing_new_in_time(shelf: Shelf) -> None:
    shelf.put("edge", "e.1", "{}")

    with within(30):
        asyncio.run(shelf.moved({"edge": "e.0"}, 60))
        asyncio.run(shelf.moved({"edge": "e.1"}, 0.05))

    assert shelf.waiting == 0


def test_a_router_without_an_item_is_waited_for_too(shelf: Shelf) -> None:
    async def wait() -> None:
        waiting = asyncio.create_task(shelf.moved({"edge": ""}, 60))
        await asyncio.sleep(0.01)
        await asyncio.to_thread(shelf.put, "edge", "e.1", "{}")
        await waiting

    with within(30):
        asyncio.run(wait())


def test_the_farewell_ends_every_wait_and_there_are_no_more(shelf: Shelf) -> None:
    async def wait() -> None:
        waiting = asyncio.create_task(shelf.moved({"edge": ""}, 60))
        await asyncio.sleep(0.01)
        shelf.farewell()
        await waiting
        await shelf.moved({"edge": ""}, 60)

    with within(30):
        asyncio.run(wait())


def test_waiting_leaves_nothing_behind_when_it_is_cancelled_or_its_loop_is_gone() -> None:
    waiting = Waiting()

    async def cancelled() -> None:
        task = asyncio.create_task(waiting.until(lambda: False, 60))
        await asyncio.sleep(0.01)
        assert len(waiting) == 1
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(cancelled())
    waiting.wake()

    assert len(waiting) == 0


def test_without_routers_it_asks_nobody(store: Away, clock: Clock) -> None:
    store.away = True
    shelf = Shelf(store, [], clock, seconds=0.01)

    shelf.start()
    time.sleep(0.05)
    shelf.stop()

    assert store.writes == 0
