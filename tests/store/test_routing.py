"""Leases, states of bindings, events and shelves, on both engines."""

import threading
import uuid
from functools import partial

import pytest

from flagsvc.domain.page import Page
from flagsvc.domain.routing.records import LEASE, BindingEvent, Node, ShelfItem, StoredState
from flagsvc.ports import Transaction
from flagsvc.store import SqlStore

AT = "2026-03-01T12:00:00.000000Z"


def claim(store: SqlStore, holder: str, seconds: float = 30.0) -> int | None:
    return store.run([], lambda tx: tx.claim_lease(LEASE, holder, seconds))


def put(store: SqlStore, version: int, fence: int, text: str = "{}") -> bool:
    state = StoredState("prod", "edge", text, version, AT)
    return store.run([], lambda tx: tx.put_binding_state(state, fence))


def _lay(item: ShelfItem, tx: Transaction) -> None:
    tx.put_shelf_item(item)


def _see(node: Node, tx: Transaction) -> None:
    tx.put_nodes([node], "2026-01-01")


def test_a_lease_has_one_holder_who_may_keep_it(store: SqlStore) -> None:
    assert claim(store, "one") == 1
    assert claim(store, "two") is None
    assert claim(store, "one") == 1


def test_a_lease_that_ran_out_or_was_given_back_goes_to_the_next_with_a_higher_token(store: SqlStore) -> None:
    claim(store, "one", -1.0)
    second = claim(store, "two")
    store.run([], lambda tx: tx.release_lease(LEASE, "one"))  # it is no longer theirs to give
    assert (second, claim(store, "three")) == (2, None)

    store.run([], lambda tx: tx.release_lease(LEASE, "two"))

    assert claim(store, "three") == 3


def test_of_many_who_claim_at_once_one_gets_the_lease(store: SqlStore) -> None:
    tokens: list[int | None] = []
    threads = [threading.Thread(target=lambda: tokens.append(claim(store, uuid.uuid4().hex))) for _ in range(8)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(token for token in tokens if token) == [1]


def test_a_state_is_stored_by_compare_and_set_under_the_present_token_only(store: SqlStore) -> None:
    fence = claim(store, "one", -1.0) or 0
    assert put(store, 1, fence)
    assert not put(store, 1, fence)  # there is one already
    assert not put(store, 3, fence)  # the second was not seen
    assert put(store, 2, fence, '{"a":1}')

    later = claim(store, "two") or 0

    assert not put(store, 3, fence)  # a paused old holder does no harm
    assert put(store, 3, later)
    with store.reading() as view:
        assert [state.version for state in view.binding_states()] == [3]
        assert view.binding_states("elsewhere") == []


def test_without_a_lease_nothing_is_stored(store: SqlStore) -> None:
    assert not put(store, 1, 0)


def test_a_binding_that_is_gone_leaves_no_state(store: SqlStore) -> None:
    put(store, 1, claim(store, "one") or 0)

    store.run([], lambda tx: tx.drop_binding_state("prod", "edge"))

    with store.reading() as view:
        assert view.binding_states() == []


def test_events_come_newest_first_page_by_page_and_are_forgotten_in_time(store: SqlStore) -> None:
    events = [BindingEvent("prod", f"edge-{n % 2}", "r", "applied", str(n), f"2026-03-0{n + 1}") for n in range(5)]
    store.run([], lambda tx: tx.add_binding_events(events))

    with store.reading() as view:
        first, cursor = view.binding_events("prod", None, Page(limit=3))
        second, end = view.binding_events("prod", None, Page(limit=3, cursor=cursor))
        one, _ = view.binding_events("prod", "edge-1", Page())
    assert [event.detail for event in (*first, *second)] == ["4", "3", "2", "1", "0"]
    assert end is None
    assert [event.detail for event in one] == ["3", "1"]

    assert store.run([], lambda tx: tx.forget_binding_events("2026-03-03", 100)) == 2


def test_a_shelf_holds_one_item_per_router(store: SqlStore) -> None:
    for version in ("e.1", "e.2"):
        store.run([], partial(_lay, ShelfItem("edge", version, "{}", AT)))

    with store.reading() as view:
        assert [item.version for item in view.shelf_items()] == ["e.2"]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_later_sight_of_an_edge_stays_and_old_ones_go(store: SqlStore, order: tuple[int, int]) -> None:
    sights = [Node("edge", "n1", "e.1", "e.2", "2026-03-01"), Node("edge", "n1", "e.2", "e.2", "2026-03-02")]
    for index in order:
        store.run([], partial(_see, sights[index]))

    with store.reading() as view:
        assert view.nodes("edge") == [sights[1]]

    store.run([], lambda tx: tx.put_nodes([Node("edge", "n2", "", "", "2026-04-01")], "2026-03-15"))

    with store.reading() as view:
        assert [node.id for node in view.nodes("edge")] == ["n2"]
