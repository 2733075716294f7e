"""The watcher: runs only while somebody listens, sees what others do, tells nothing twice, outlives an outage."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

import pytest

from flagsvc.domain.errors import Unavailable
from flagsvc.domain.live import News
from flagsvc.domain.rollouts.records import LogEntry, StoredRollout
from flagsvc.ports import Transaction
from flagsvc.runner.watch import Watch
from flagsvc.store import SqlStore
from tests.runner.driving import Flaky
from tests.store.engines import postgres_store, prepare_postgres
from tests.support.servers import PostgresServer
from tests.support.timing import eventually
from tests.usecases.world import World, segment

NEVER = 3600.0


class Told:
    """What a watcher published, look by look."""

    def __init__(self) -> None:
        self.looks: list[Sequence[News]] = []
        self.times: list[float] = []
        self.word = "ok"

    def __call__(self, news: Sequence[News]) -> None:
        self.looks.append(news)
        self.times.append(time.monotonic())

    def of(self, kind: str) -> list[News]:
        return [news for look in list(self.looks) for news in look if news.kind == kind]


@contextmanager
def watching(store: SqlStore, told: Told, **seconds: float) -> Iterator[Watch]:
    watch = Watch(store, told, lambda: told.word, **seconds)
    try:
        yield watch
    finally:
        watch.stop()


def _move(version: int, tx: Transaction) -> None:
    at = "2999-01-01T00:00:00.000000Z"
    stored = StoredRollout("prod", "one", "baking", "{}", version, at)
    assert tx.put_rollout(stored, LogEntry("prod", "one", version, at, "baking", "{}", "[]", "[]"), None)


def move(store: SqlStore, version: int) -> None:
    store.run([], partial(_move, version))


def test_it_runs_only_while_somebody_listens(small_world: World) -> None:
    with watching(small_world.store, Told(), poll_seconds=0.01) as watch:
        before = watch.is_running
        watch.open()
        watch.open()
        watch.leave()
        time.sleep(0.1)
        assert (before, watch.is_running) == (False, True)

        watch.leave()

        eventually(lambda: not watch.is_running)


def test_whoever_comes_after_all_have_left_is_told_from_then_on(small_world: World) -> None:
    told = Told()
    with watching(small_world.store, told, poll_seconds=0.01) as watch:
        watch.open()
        watch.leave()
        eventually(lambda: not watch.is_running)
        small_world.segment("before")

        watch.open()
        small_world.segment("after")

        eventually(lambda: told.of("change"))
    [change] = told.of("change")
    assert change.members["documents"] == [{"kind": "segment", "key": "after"}]


def test_what_somebody_else_did_is_seen_without_being_woken(world: World) -> None:
    told = Told()
    with watching(world.store, told, poll_seconds=0.05) as watch:
        watch.open()

        made = world.segment()

        eventually(lambda: told.of("change"))
    assert [news.members["revision"] for news in told.of("change")] == [made.revision]


def test_what_was_done_here_is_seen_when_woken(small_world: World) -> None:
    told = Told()
    with watching(small_world.store, told, poll_seconds=NEVER, spacing_seconds=0.01) as watch:
        watch.open()
        small_world.segment()

        watch.wake()

        eventually(lambda: told.of("change"))


def test_waking_nobody_is_no_error(small_world: World) -> None:
    with watching(small_world.store, Told()) as watch:
        watch.wake()

        assert not watch.is_running


def test_what_moves_all_the_time_is_told_once_per_look_and_looks_are_kept_apart(small_world: World) -> None:
    told, spacing, moves = Told(), 0.2, 60
    with watching(small_world.store, told, spacing_seconds=spacing) as watch:
        watch.open()

        for version in range(1, moves + 1):
            move(small_world.store, version)
            watch.wake()
            time.sleep(0.01)

        eventually(lambda: told.of("rollout")[-1].members["number"] == moves)
    numbers = [news.members["number"] for news in told.of("rollout")]
    assert numbers == sorted(set(numbers))
    assert all(len(look) == 1 for look in told.looks)
    assert len(numbers) <= 1 + (told.times[-1] - told.times[0]) / (spacing * 0.5)


def test_a_change_of_health_is_told_once(small_world: World) -> None:
    told = Told()
    with watching(small_world.store, told, poll_seconds=0.01, spacing_seconds=0.0) as watch:
        watch.open()
        time.sleep(0.1)
        assert told.looks == []

        told.word = "degraded"
        eventually(lambda: told.of("health"))
        told.word = "ok"

        eventually(lambda: len(told.of("health")) == 2)
    assert [news.members for news in told.of("health")] == [{"status": "degraded"}, {"status": "ok"}]


def test_the_greeting_has_the_heads_and_the_health(small_world: World) -> None:
    told = Told()
    told.word = "degraded"
    with watching(small_world.store, told) as watch:
        watch.open()

        first, second = watch.opening()

    assert (first.kind, second.kind, second.members) == ("hello", "health", {"status": "degraded"})
    assert first.members["heads"]["prod"]["revision"] == small_world.revision()


def test_without_a_database_nobody_can_begin_to_listen(small_world: World) -> None:
    flaky = Flaky(small_world.store)
    flaky.fails_at = 0
    watch = Watch(flaky, Told(), lambda: "ok", poll_seconds=0.01)
    try:
        with pytest.raises(Unavailable):
            watch.open()
        assert not watch.is_running

        watch.open()
        watch.leave()

        eventually(lambda: not watch.is_running)  # the one who could not begin was not counted
    finally:
        watch.stop()


def test_a_database_that_was_away_is_followed_from_where_it_was_left(postgres_server: PostgresServer) -> None:
    store = postgres_store(prepare_postgres(postgres_server.url))
    world, told = World(store), Told()
    with watching(store, told, poll_seconds=0.05, spacing_seconds=0.0) as watch:
        watch.open()
        world.segment("before")
        eventually(lambda: told.of("change"))
        postgres_server.stop()
        told.word = "degraded"
        eventually(lambda: told.of("health"))

        postgres_server.start()
        made = _patiently(lambda: world.merge(segment("before"), {"included": ["u2"]}).revision)

        eventually(lambda: len(told.of("change")) == 2)
        assert told.of("change")[-1].members["revision"] == made
        move(store, 1)
        eventually(lambda: told.of("rollout"))
    store.close()


def _patiently(action: Callable[[], int]) -> int:
    done: list[int] = []

    def tried() -> bool:
        try:
            done.append(action())
        except Unavailable:
            return False
        return True

    eventually(tried, "the database, back")
    return done[0]


def test_many_who_come_and_go_leave_no_loop_and_miss_nothing(small_world: World) -> None:
    told = Told()
    with watching(small_world.store, told, poll_seconds=0.001, spacing_seconds=0.0) as watch:

        def come_and_go() -> None:
            for _ in range(20):
                watch.open()
                assert watch.is_running
                watch.leave()

        threads = [threading.Thread(target=come_and_go) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        eventually(lambda: not watch.is_running)
        eventually(lambda: not [thread for thread in threading.enumerate() if thread.name == "live stream"])
