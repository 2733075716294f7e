"""The replica: follows the store, serves while it is away, and never goes back within an epoch."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from flagsdk.core import Snapshot
from flagsdk.wire import FORMAT, Change
from flagsvc.app import intent
from flagsvc.domain.errors import Unavailable
from flagsvc.domain.records import Head
from flagsvc.domain.routing.capabilities import Capabilities
from flagsvc.ports import View
from flagsvc.runner import replica as module
from flagsvc.runner.replica import Replica, unsupported_in
from flagsvc.store import SqlStore
from flagsvc.usecases.documents import create_document
from flagsvc.usecases.environments import archive_environment
from flagsvc.usecases.setup import new_epoch

Move = Callable[[int], None]


class Flaky:
    """A store that can be away, or tell an older story."""

    def __init__(self, store: SqlStore) -> None:
        self.store = store
        self.away = False
        self.behind = 0

    @contextmanager
    def reading(self) -> Iterator[View]:
        if self.away:
            raise Unavailable("away")
        with self.store.reading() as view:
            if self.behind:
                heads = {name: Head(head.epoch, head.revision - self.behind) for name, head in view.heads().items()}
                view.heads = lambda: heads  # type: ignore[method-assign]  # a lie, on purpose
            yield view

    def run(self, *_: object, **__: object) -> None:
        pytest.fail("a replica writes nothing")


@pytest.fixture
def flaky(store: SqlStore) -> Flaky:
    return Flaky(store)


@pytest.fixture
def replica(flaky: Flaky) -> Replica:
    return Replica(flaky)  # type: ignore[arg-type]  # `run` refuses, whatever it is given


def expected(store: SqlStore, environment: str = "production") -> Snapshot:
    with store.reading() as view:
        whole = view.whole(environment)
    assert whole is not None
    return Snapshot.load(environment, whole.epoch, whole.revision, whole.documents, FORMAT)


def test_it_holds_what_the_store_holds_of_every_environment(replica: Replica, store: SqlStore) -> None:
    replica.turn()

    assert set(replica.environments()) == {"development", "staging", "production"}
    for environment in replica.environments():
        held, wanted = replica.snapshot(environment), expected(store, environment)
        assert held is not None
        assert (held.epoch, held.revision, held.digest) == (wanted.epoch, wanted.revision, wanted.digest)


def test_changes_add_up_to_the_whole_and_are_handed_on_in_order(replica: Replica, store: SqlStore, move: Move) -> None:
    heard: list[tuple[str, Change | None]] = []
    replica.turn()
    replica.subscribe(lambda environment, change: heard.append((environment, change)))

    for weight in (40_000, 50_000, 60_000):
        move(weight)
    replica.turn()

    held, wanted = replica.snapshot("production"), expected(store)
    assert held is not None
    assert (held.revision, held.digest) == (wanted.revision, wanted.digest)
    changes = [change for name, change in heard if name == "production" and change]
    assert [change.revision for change in changes] == [held.revision - 2, held.revision - 1, held.revision]
    assert changes[-1].digest == held.digest
    assert replica.recent("production") == tuple(changes)


def test_a_binding_moves_the_revision_on_and_nothing_else(replica: Replica, store: SqlStore, move: Move) -> None:
    able = {"edge": Capabilities(granularity=100_000)}
    heard: list[Change | None] = []
    replica.turn()
    before = replica.whole("production")
    replica.subscribe(lambda _, change: heard.append(change))

    body = {"key": "edge", "split": "checkout", "routers": ["edge"]}
    create_document(store, replace(intent("test"), routers=able), "production", "binding", body)
    replica.turn()

    after = replica.whole("production")
    assert before
    assert after
    assert (after.revision, after.documents, after.digest) == (before.revision + 1, before.documents, before.digest)
    assert [(change.revision, dict(change.edits)) for change in heard if change] == [(after.revision, {})]
    move(1_000)
    replica.turn()
    assert [change and change.revision for change in heard] == [after.revision, after.revision + 1]


def test_too_many_missed_changes_are_read_as_a_whole(
    replica: Replica, store: SqlStore, move: Move, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH", 2)
    heard: list[Change | None] = []
    replica.turn()
    replica.subscribe(lambda _, change: heard.append(change))
    for weight in (40_000, 50_000, 60_000):
        move(weight)

    replica.turn()

    held = replica.snapshot("production")
    assert held is not None
    assert held.digest == expected(store).digest
    assert heard == [None]
    assert replica.recent("production") == ()


def test_the_ring_is_bounded(replica: Replica, move: Move, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RING", 3)
    replica.turn()
    for weight in range(10_000, 60_000, 10_000):
        move(weight)
        replica.turn()

    recent = replica.recent("production")
    held = replica.snapshot("production")
    assert held is not None
    assert [change.revision for change in recent] == [held.revision - 2, held.revision - 1, held.revision]


def test_with_the_database_away_the_last_snapshots_stay(replica: Replica, flaky: Flaky) -> None:
    replica.turn()
    before = replica.snapshot("production")
    flaky.away = True

    with pytest.raises(Unavailable):
        replica.turn()

    assert replica.snapshot("production") is before


def test_a_lower_revision_of_the_same_epoch_is_refused_until_a_new_epoch(
    replica: Replica, flaky: Flaky, store: SqlStore
) -> None:
    replica.turn()
    before = replica.snapshot("production")
    flaky.behind = 1

    replica.turn()

    assert replica.snapshot("production") is before
    assert "production" in replica.regressed
    flaky.behind = 0
    epoch = new_epoch(store, intent("restored"))
    replica.turn()
    after = replica.snapshot("production")
    assert after is not None
    assert after.epoch == epoch
    assert replica.regressed == frozenset()


def test_an_older_epoch_is_followed_and_told(
    replica: Replica, store: SqlStore, caplog: pytest.LogCaptureFixture
) -> None:
    """The database decides; but readers of the feed refuse it, so somebody must begin a new epoch."""
    store.run([], lambda tx: tx.set_epoch("019ac0ffee00-late"))
    replica.turn()
    store.run([], lambda tx: tx.set_epoch("019ac0ffed00-early"))

    replica.turn()

    held = replica.snapshot("production")
    assert held is not None
    assert held.epoch == "019ac0ffed00-early"
    assert "from epoch 019ac0ffee00-late to the older 019ac0ffed00-early" in caplog.text
    assert "flagsvc db new-epoch" in caplog.text
    caplog.clear()
    new_epoch(store, intent("restored"))
    replica.turn()
    assert "older" not in caplog.text


def test_what_travels_is_what_is_held_with_the_time_of_its_commit(
    replica: Replica, store: SqlStore, move: Move
) -> None:
    """Whether it was loaded or followed; without a key it is not signed."""
    replica.turn()
    move(40_000)
    replica.turn()
    late = Replica(store)
    late.turn()

    whole = replica.whole("production")
    assert whole == late.whole("production")
    assert whole is not None
    assert (whole.at, whole.signature) == (replica.recent("production")[-1].at, "")
    assert replica.whole("nowhere") is None


def test_an_archived_environment_is_dropped_and_nothing_else(replica: Replica, store: SqlStore) -> None:
    replica.turn()
    archive_environment(store, intent("test"), "staging")

    replica.turn()

    assert set(replica.environments()) == {"development", "production"}
    assert replica.snapshot("staging") is None


def test_a_subscriber_that_fails_harms_nobody(replica: Replica, move: Move) -> None:
    heard: list[str] = []
    replica.turn()

    def fail(environment: str, change: Change | None) -> None:
        raise RuntimeError("mine alone")

    replica.subscribe(fail)
    leave = replica.subscribe(lambda environment, _: heard.append(environment))
    move(45_000)
    replica.turn()
    leave()
    move(46_000)
    replica.turn()

    assert heard == ["production"]


def test_age_counts_from_the_last_confirmation(store: SqlStore) -> None:
    clock = iter([100.0, 107.5])
    replica = Replica(store, monotonic=lambda: next(clock))

    replica.turn()

    assert replica.age_seconds == 7.5


def test_what_this_version_does_not_know_is_counted_and_named(
    replica: Replica, caplog: pytest.LogCaptureFixture
) -> None:
    replica.turn()
    snapshot = replica.snapshot("production")
    assert snapshot is not None

    text = snapshot.documents["flag/new-checkout"].replace('"murmur3"', '"a-hash-to-come"')
    later = snapshot.apply(snapshot.revision + 1, {"flag/new-checkout": text})

    assert unsupported_in(later, ["flag/new-checkout", "segment/beta"]) == 1
    assert unsupported_in(snapshot, snapshot.documents) == 0
    [told] = [record.getMessage() for record in caplog.records if "does not know" in record.getMessage()]
    assert told.startswith("flag/new-checkout of production has parts that this version does not know: /default: ")
    assert "a-hash-to-come" in told
