"""Notices on both engines: kept with what they tell of, dealt once, and delivered in order by one at a time."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from flagsvc.domain.rollouts.notice import Notice
from flagsvc.domain.rollouts.parcel import Parcel
from flagsvc.ports import Transaction
from flagsvc.store import SqlStore


def notice(number: int = 1, rollout: str = "checkout-1", at: str = "2026-03-01T12:00:00.000000Z") -> Notice:
    return Notice(
        environment="production",
        rollout=rollout,
        number=number,
        kind="step",
        urgency="info",
        summary="a step began ✓",
        at=at,
        facts={"step": "half", "version": "2.4.0"},
    )


def parcel(number: int = 1, rollout: str = "checkout-1", notifier: str = "chat") -> Parcel:
    return Parcel(notifier=notifier, notice=notice(number, rollout))


def send(store: SqlStore, *parcels: Parcel) -> None:
    def work(tx: Transaction) -> None:
        tx.add_notices([each.notice for each in parcels])
        tx.add_parcels(parcels)

    store.run([], work)


def due(store: SqlStore, notifier: str = "chat") -> list[tuple[str, int]]:
    with store.reading() as view:
        return [(each.notice.rollout, each.notice.number) for each in view.due_parcels(notifier, 100)]


def take(store: SqlStore, seconds: float = 60.0) -> Parcel | None:
    with store.reading() as view:
        first = view.due_parcels("chat", 1)[0]
    return store.run([], lambda tx: tx.take_parcel(first, seconds))


def test_a_notice_is_taken_once_and_whole(store: SqlStore) -> None:
    with store.reading() as view:
        assert not view.has_new_notices()
    store.run([], lambda tx: tx.add_notices([notice(2), notice(1), notice(1)]))
    store.run([], lambda tx: tx.add_notices([replace(notice(1), summary="another")]))
    with store.reading() as view:
        assert view.has_new_notices()

    taken = store.run([], lambda tx: tx.take_new_notices(100))

    assert taken == [notice(1), notice(2)]
    assert store.run([], lambda tx: tx.take_new_notices(100)) == []
    with store.reading() as view:
        assert not view.has_new_notices()


def test_a_notice_is_only_there_when_what_it_tells_of_is(store: SqlStore) -> None:
    class Gone(Exception):
        pass

    def work(tx: Transaction) -> None:
        tx.add_notices([notice()])
        raise Gone

    with pytest.raises(Gone):
        store.run([], work)

    with store.reading() as view:
        assert not view.has_new_notices()


def test_the_oldest_are_taken_first_and_no_more_than_asked_for(store: SqlStore) -> None:
    late = [notice(n, at=f"2026-03-0{9 - n}T12:00:00.000000Z") for n in range(1, 6)]
    store.run([], lambda tx: tx.add_notices(late))

    first = store.run([], lambda tx: tx.take_new_notices(2))
    rest = store.run([], lambda tx: tx.take_new_notices(100))

    assert [each.number for each in first] == [5, 4]
    assert [each.number for each in rest] == [3, 2, 1]


def test_of_several_who_deal_at_once_one_gets_each_notice(store: SqlStore) -> None:
    store.run([], lambda tx: tx.add_notices([notice(n) for n in range(1, 41)]))

    with ThreadPoolExecutor(4) as pool:
        parts = list(pool.map(lambda _: store.run([], lambda tx: tx.take_new_notices(15)), range(8)))

    assert sorted(each.number for part in parts for each in part) == list(range(1, 41))


def test_of_each_rollout_only_the_first_is_due(store: SqlStore) -> None:
    send(store, parcel(2), parcel(1), parcel(3), parcel(7, "search-1"), parcel(1, notifier="mail"))

    assert due(store) == [("checkout-1", 1), ("search-1", 7)]
    assert due(store, "mail") == [("checkout-1", 1)]
    assert due(store, "nobody") == []


def test_what_was_taken_holds_up_its_own_rollout_only_and_is_there_again_after_its_time(store: SqlStore) -> None:
    send(store, parcel(1), parcel(2), parcel(1, "search-1"))

    taken = take(store)

    assert taken
    assert due(store) == [("search-1", 1)]
    store.run([], lambda tx: tx.drop_parcel(taken))
    assert due(store) == [("checkout-1", 2), ("search-1", 1)]

    take(store, -1.0)

    assert ("checkout-1", 2) in due(store)


def test_one_takes_a_parcel_and_others_do_not(store: SqlStore) -> None:
    send(store, parcel())
    with store.reading() as view:
        (seen,) = view.due_parcels("chat", 10)

    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(lambda _: store.run([], lambda tx: tx.take_parcel(seen, 60.0)), range(4)))

    assert len([each for each in taken if each]) == 1


def test_what_failed_is_tried_again_later_and_knows_how_often(store: SqlStore) -> None:
    send(store, parcel())
    taken = take(store)
    assert taken

    store.run([], lambda tx: tx.postpone_parcel(taken, 60.0, "no connection"))

    assert due(store) == []

    send(store, parcel(1, "search-1"))
    again = take(store)
    assert again
    store.run([], lambda tx: tx.postpone_parcel(again, -1.0, "no connection"))
    with store.reading() as view:
        (seen,) = view.due_parcels("chat", 10)
    assert (seen.tries, seen.notice.facts) == (1, {"step": "half", "version": "2.4.0"})


def test_whoever_was_too_slow_does_not_put_back_what_somebody_else_has(store: SqlStore) -> None:
    send(store, parcel())
    slow = take(store, -1.0)
    quick = take(store)
    assert slow
    assert quick

    store.run([], lambda tx: tx.postpone_parcel(slow, -1.0, "late"))

    assert due(store) == []

    store.run([], lambda tx: tx.drop_parcel(quick))
    store.run([], lambda tx: tx.postpone_parcel(slow, -1.0, "late"))

    assert due(store) == []
    assert store.run([], lambda tx: tx.take_parcel(slow, 60.0)) is None


def test_what_is_old_is_forgotten_with_its_parcels(store: SqlStore) -> None:
    old = replace(notice(1), at="2026-01-01T00:00:00.000000Z")
    send(store, Parcel(notifier="chat", notice=old), parcel(2))
    send(store, Parcel(notifier="chat", notice=replace(old, rollout="search-1")))

    assert store.run([], lambda tx: tx.forget_notices("2026-02-01", 1)) == 1
    assert store.run([], lambda tx: tx.forget_notices("2026-02-01", 100)) == 1

    assert due(store) == [("checkout-1", 2)]
    assert store.run([], lambda tx: tx.forget_notices("2026-02-01", 100)) == 0
