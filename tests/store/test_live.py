"""What moved lately, on both engines: found by its time, in narrow answers."""

from functools import partial

from flagsvc.domain.live import Mark, Place
from flagsvc.domain.rollouts.records import LogEntry, StoredRollout
from flagsvc.domain.routing.records import LEASE, BindingEvent, StoredState
from flagsvc.ports import Transaction
from flagsvc.store import SqlStore
from flagsvc.store.live import CHUNK

EARLY, SINCE, LATE = (f"2026-03-01T12:00:0{second}.000000Z" for second in (1, 2, 3))


def _move(environment: str, key: str, version: int, phase: str, at: str, tx: Transaction) -> None:
    stored = StoredRollout(environment, key, phase, "{}", version, at)
    assert tx.put_rollout(stored, LogEntry(environment, key, version, at, phase, "{}", "[]", "[]"), None)


def _keep(environment: str, key: str, version: int, at: str, tx: Transaction) -> None:
    fence = tx.claim_lease(LEASE, "one", 60.0) or 0
    assert tx.put_binding_state(StoredState(environment, key, f'{{"of":"{key}"}}', version, at), fence)


def move(store: SqlStore, environment: str, key: str, version: int, phase: str, at: str) -> None:
    store.run([], partial(_move, environment, key, version, phase, at))


def keep(store: SqlStore, environment: str, key: str, version: int, at: str) -> None:
    store.run([], partial(_keep, environment, key, version, at))


def test_the_rollouts_that_moved_since_are_told_with_their_phase(store: SqlStore) -> None:
    move(store, "prod", "old", 1, "baking", EARLY)
    move(store, "prod", "just", 1, "scheduled", SINCE)
    move(store, "dev", "new", 1, "scheduled", EARLY)
    move(store, "dev", "new", 2, "baking", LATE)

    with store.reading() as view:
        marks = view.rollout_marks(SINCE)

    assert marks == [Mark(Place("dev", "new"), 2, "baking"), Mark(Place("prod", "just"), 1, "scheduled")]


def test_the_bindings_that_were_stored_since_are_told(store: SqlStore) -> None:
    keep(store, "prod", "old", 1, EARLY)
    keep(store, "prod", "just", 1, SINCE)
    keep(store, "dev", "new", 1, EARLY)
    keep(store, "dev", "new", 2, LATE)

    with store.reading() as view:
        marks = view.binding_marks(SINCE)

    assert marks == [Mark(Place("dev", "new"), 2), Mark(Place("prod", "just"), 1)]


def test_the_states_of_places_are_those_and_no_others(store: SqlStore) -> None:
    for environment, key in (("prod", "a"), ("prod", "b"), ("dev", "a"), ("dev", "b")):
        keep(store, environment, key, 1, EARLY)

    with store.reading() as view:
        found = view.binding_states_at([Place("prod", "a"), Place("dev", "b"), Place("dev", "unknown")])
        nothing = view.binding_states_at([])

    assert {(state.environment, state.key, state.text) for state in found} == {
        ("prod", "a", '{"of":"a"}'),
        ("dev", "b", '{"of":"b"}'),
    }
    assert nothing == []


def test_the_newest_event_of_each_place_is_numbered(store: SqlStore) -> None:
    places = [("prod", "a"), ("prod", "b"), ("dev", "a"), ("prod", "a")]
    events = [BindingEvent(environment, key, "r", "applied", "", EARLY) for environment, key in places]
    store.run([], lambda tx: tx.add_binding_events(events))

    with store.reading() as view:
        found = view.binding_numbers([Place("prod", "a"), Place("dev", "a"), Place("dev", "b")])
        nothing = view.binding_numbers([])

    assert found[Place("prod", "a")] - found[Place("dev", "a")] == 1
    assert found.keys() == {Place("prod", "a"), Place("dev", "a")}
    assert nothing == {}


def test_more_places_than_one_statement_takes_are_all_answered(store: SqlStore) -> None:
    keys = [f"binding-{number}" for number in range(2 * CHUNK + 1)]
    events = [BindingEvent("prod", key, "r", "applied", "", EARLY) for key in keys]
    store.run([], lambda tx: tx.add_binding_events(events))

    with store.reading() as view:
        found = view.binding_numbers([Place("prod", key) for key in keys])

    assert {place.key for place in found} == set(keys)


def test_what_is_asked_every_second_is_found_by_an_index(sqlite: SqlStore) -> None:
    asked = (
        ("rollouts", "at >= ''", "rollouts_by_time"),
        ("binding_states", "at >= ''", "binding_states_by_time"),
        ("binding_events", "(environment, binding) IN (VALUES ('a', 'b'))", "binding_events_by_binding"),
    )
    with sqlite.engine.connect() as connection:
        plans = [
            str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN SELECT * FROM {table} WHERE {where}").all())  # noqa: S608  # own tables
            for table, where, _ in asked
        ]

    for (_, _, index), plan in zip(asked, plans, strict=True):
        assert index in plan
