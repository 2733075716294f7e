"""Keys asked for in vain in the store, on both engines: they add up, are bounded, and go once there is such a flag."""

import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from flagsdk.wire.members import MAX_COUNT, MAX_NUMBER
from flagsdk.wire.usage import AskedRow
from flagsvc.domain.instants import text_of
from flagsvc.domain.unknown import Asked, Asking
from flagsvc.domain.usage import Received
from flagsvc.ports import Transaction
from flagsvc.store import SqlStore
from flagsvc.usecases import flags, usage
from flagsvc.usecases.unknown import DAYS_KEPT, list_unknown_keys
from flagsvc.usecases.usage_limits import MAX_ASKED
from tests.store.engines import postgres_store
from tests.store.test_usage import NOW, report
from tests.usecases.world import World


@pytest.fixture
def world(store: SqlStore) -> World:
    made = World(store)
    made.flag("checkout-v2")
    made.flag("theme")
    return made


def asking(sequence: int, keys: dict[str, int], at: datetime = NOW, **members: Any) -> Received:
    rows = tuple(AskedRow(key, times) for key, times in keys.items())
    return report(sequence, at=at, uses=[], unknown=rows, **members)


def listed(world: World) -> dict[str, dict[str, Any]]:
    return {item["key"]: item for item in list_unknown_keys(world.store)["items"]}


def rows(world: World, environment: str = "prod") -> list[Asked]:
    with world.store.reading() as view:
        return list(view.asked(environment))


def test_counts_add_up_by_key_and_application(world: World) -> None:
    later = NOW + timedelta(minutes=5)
    usage.record_reports(world.store, [asking(1, {"chekout-v2": 3}), asking(1, {"chekout-v2": 3})])
    usage.record_reports(world.store, [asking(2, {"chekout-v2": 2}, at=later, sdk="newer")])
    usage.record_reports(
        world.store, [asking(1, {"chekout-v2": 1}, client="another000000001", application="", environment="prod")]
    )

    assert listed(world)["chekout-v2"] == {
        "environment": "prod",
        "key": "chekout-v2",
        "asked": 6,
        "firstAskedAt": text_of(NOW),
        "lastAskedAt": text_of(later),
        "askedBy": [
            {"application": "shop", "sdk": "newer", "asked": 5, "lastAskedAt": text_of(later)},
            {"application": "", "sdk": "test", "asked": 1, "lastAskedAt": text_of(NOW)},
        ],
        "archivedAt": None,
        "similar": ["checkout-v2"],
    }


def test_an_overtaken_report_takes_no_time_back(world: World) -> None:
    usage.record_reports(world.store, [asking(2, {"typo": 1})])
    usage.record_reports(world.store, [asking(1, {"typo": 1}, at=NOW - timedelta(hours=1))])

    assert (listed(world)["typo"]["asked"], listed(world)["typo"]["lastAskedAt"]) == (2, text_of(NOW))


def test_what_is_not_told_by_its_key_is_one_total(world: World) -> None:
    usage.record_reports(world.store, [report(1, unknown_others=4), report(2, unknown_others=5)])

    found = list_unknown_keys(world.store)

    assert (found["items"], found["others"]) == (
        [],
        [{"environment": "prod", "asked": 9, "firstAskedAt": text_of(NOW), "lastAskedAt": text_of(NOW)}],
    )


def test_a_key_that_is_there_by_now_is_not_listed_and_forgotten(world: World) -> None:
    usage.record_reports(world.store, [asking(1, {"coming": 3, "typo": 1, "theme": 7})])

    world.flag("coming")

    assert list(listed(world)) == ["typo"]
    assert usage.tidy_usage(world.store, NOW) == 2
    assert [row.asking.key for row in rows(world)] == ["typo"]


def test_an_archived_flag_that_is_still_asked_for_says_since_when(world: World) -> None:
    usage.record_reports(world.store, [asking(1, {"theme": 3}, at=datetime(2026, 1, 1, tzinfo=UTC))])
    flags.archive_flag(world.store, world.intent(), "theme")
    before = listed(world)

    usage.record_reports(world.store, [asking(2, {"theme": 2})])

    assert before == {}
    assert listed(world)["theme"]["archivedAt"] < text_of(NOW)
    assert listed(world)["theme"]["similar"] == []
    assert usage.tidy_usage(world.store, NOW) == 0


def test_those_not_asked_for_the_longest_make_room(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flagsvc.usecases.unknown.MAX_ASKED", 3)
    usage.record_reports(world.store, [asking(1, {"old": 9, "often": 1})])
    usage.record_reports(world.store, [asking(2, {"often": 1, "new": 1}, at=NOW + timedelta(seconds=1))])

    flood = {f"key-{number}": number for number in range(1, 9)}
    usage.record_reports(world.store, [asking(3, {"late": 5}, at=NOW + timedelta(seconds=2))])
    kept = sorted(listed(world))
    usage.record_reports(world.store, [asking(4, flood, at=NOW + timedelta(seconds=3))])

    assert kept == ["late", "new", "often"]
    assert sorted(listed(world)) == ["key-6", "key-7", "key-8"]


def test_environments_have_room_of_their_own(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flagsvc.usecases.unknown.MAX_ASKED", 1)

    usage.record_reports(world.store, [asking(1, {"a": 1}), asking(1, {"b": 1}, environment="dev")])

    assert sorted(listed(world)) == ["a", "b"]


def test_names_that_somebody_makes_up_do_not_fill_the_database(world: World) -> None:
    made_up = [
        report(1, client=f"client{number:010}", application=f"app-{number}", uses=[], unknown_others=1)
        for number in range(MAX_ASKED + 20)
    ]

    usage.record_reports(world.store, made_up[:MAX_ASKED])
    usage.record_reports(world.store, made_up[MAX_ASKED:])

    assert len(rows(world)) == MAX_ASKED


def test_what_nobody_asks_for_any_more_is_forgotten(world: World) -> None:
    usage.record_reports(world.store, [asking(1, {"old": 1}), asking(2, {"new": 1}, at=NOW + timedelta(days=2))])

    forgotten = usage.tidy_usage(world.store, NOW + timedelta(days=DAYS_KEPT + 1))

    assert forgotten >= 1
    assert list(listed(world)) == ["new"]


def test_no_sum_leaves_what_a_number_can_be(world: World) -> None:
    most = Asked(Asking("prod", "typo", "shop"), "test", MAX_NUMBER - 1, text_of(NOW), text_of(NOW))
    world.store.run([], lambda tx: tx.add_asked([most], 10))

    usage.record_reports(world.store, [asking(1, {"typo": MAX_COUNT})])

    assert listed(world)["typo"]["asked"] == MAX_NUMBER


def test_replicas_that_write_at_once_lose_nothing_and_do_not_wait_in_a_ring(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flagsvc.usecases.unknown.MAX_ASKED", 12)
    start = threading.Barrier(4)
    failed: list[BaseException] = []

    def write(number: int) -> None:
        start.wait(30)
        try:
            for turn in range(10):
                keys = {"typo": 1} | {f"key-{number}-{turn}-{each}": 1 for each in range(5)}
                at = NOW + timedelta(seconds=turn)
                usage.record_reports(world.store, [asking(turn + 1, keys, at=at, client=f"client{number:010}")])
        except Exception as error:  # noqa: BLE001 - told below
            failed.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    usage.record_reports(world.store, [asking(11, {"typo": 1}, at=NOW + timedelta(minutes=1))])

    assert failed == []
    assert listed(world)["typo"]["asked"] == 41
    assert len(rows(world)) <= 12


@pytest.mark.servers
def test_what_somebody_counts_just_now_is_forgotten_another_time(prepared_postgres: str) -> None:
    with closing(postgres_store(prepared_postgres)) as store:
        old = [Asked(Asking("prod", key, "shop"), "test", 1, text_of(NOW), text_of(NOW)) for key in ("held", "free")]
        store.run([], lambda tx: tx.add_asked(old, 10))
        counted, over = threading.Event(), threading.Event()

        def count(tx: Transaction) -> None:
            tx.add_asked(old[:1], 10)
            counted.set()
            over.wait(60)

        holder = threading.Thread(target=store.run, args=([], count))
        holder.start()
        try:
            counted.wait(60)
            forgotten = store.run([], lambda tx: tx.forget_asked(text_of(NOW + timedelta(days=1)), 10))
        finally:
            over.set()
            holder.join()

        assert forgotten == 1
        with store.reading() as view:
            assert [(each.asking.key, each.times) for each in view.asked("prod")] == [("held", 2)]
