"""Sessions on both engines: kept by hash, ended in every way, bounded for each token."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from flagsvc.domain.actor import Actor
from flagsvc.domain.page import Page
from flagsvc.domain.records import Session
from flagsvc.store import SqlStore
from flagsvc.usecases import environments, history, setup
from tests.usecases.world import World

MOST = 3


def at(minute: int) -> str:
    return f"2026-03-01T12:{minute:02}:00.000000Z"


def session(name: str = "one", of: str = "ann", minute: int = 0) -> Session:
    return Session(hash=name, token_id=of, created_at=at(minute), used_at=at(minute), expires_at=at(50))


def add(store: SqlStore, *added: Session, most: int = MOST) -> None:
    for one in added:
        store.run([], lambda tx, one=one: tx.add_session(one, most))  # type: ignore[misc]  # bound early


def kept(store: SqlStore) -> dict[str, Session]:
    with store.reading() as view:
        return {one.hash: one for one in view.sessions()}


def test_a_session_is_kept_whole(store: SqlStore) -> None:
    assert kept(store) == {}

    add(store, session("one"), session("two", of="bob", minute=1))

    assert kept(store) == {"one": session("one"), "two": session("two", of="bob", minute=1)}


def test_of_a_token_the_newest_sessions_stay(store: SqlStore) -> None:
    add(store, session("of bob", of="bob"))

    add(store, *(session(f"s{minute}", minute=minute) for minute in (4, 1, 3, 2)), session("s5", minute=5))

    assert kept(store).keys() == {"of bob", "s3", "s4", "s5"}


def test_many_who_sign_in_at_once_leave_no_more_than_the_bound(store: SqlStore) -> None:
    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(add, store, session(f"s{n:02}", minute=n)) for n in range(20)]:
            done.result()
    add(store, session("last", minute=40))

    assert len(kept(store)) == MOST
    assert "last" in kept(store)


def test_a_session_ends_once(store: SqlStore) -> None:
    add(store, session("one"), session("two"))

    ended = [store.run([], lambda tx: tx.drop_session("one")) for _ in range(2)]

    assert ended == [True, False]
    assert kept(store).keys() == {"two"}


def test_the_sessions_of_a_token_end_together(store: SqlStore) -> None:
    add(store, session("one"), session("two"), session("other", of="bob"))

    store.run([], lambda tx: tx.drop_sessions_of("ann"))

    assert kept(store).keys() == {"other"}


def test_use_never_goes_back(store: SqlStore) -> None:
    """Replicas tell of it in any order; what is gone stays gone."""
    add(store, session("one"), session("two"))

    store.run([], lambda tx: tx.touch_sessions({"two": at(7), "one": at(9), "gone": at(9)}))
    store.run([], lambda tx: tx.touch_sessions({"one": at(8)}))
    store.run([], lambda tx: tx.touch_sessions({}))

    assert kept(store) == {"one": replace(session("one"), used_at=at(9)), "two": replace(session("two"), used_at=at(7))}


def test_what_is_over_is_forgotten_and_nothing_else(store: SqlStore) -> None:
    add(
        store,
        session("unused", minute=4),
        session("used", minute=5),
        replace(session("ended", minute=9), expires_at=at(20)),
    )

    forgotten = store.run([], lambda tx: tx.forget_sessions(now=at(20), unused_since=at(5)))

    assert forgotten == 2
    assert kept(store).keys() == {"used"}


def test_a_change_through_the_console_says_so_and_the_chain_holds(store: SqlStore) -> None:
    """Beside changes by a token, whose hashes are made without a word about it."""
    world = World(store, "dev")
    by_browser = Actor("token", "ann", via="console")

    environments.create_environment(store, world.intent(actor=by_browser), {"key": "staging"})
    setup.new_epoch(store, world.intent())

    listed = history.list_audit(store, Page()).items
    assert {item["actor"].get("via") for item in listed if item["actor"]["name"] == "ann"} == {"console"}
    assert all("via" not in item["actor"] for item in listed if item["actor"]["name"] != "ann")
    assert world.verified()
