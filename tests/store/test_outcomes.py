"""Outcomes in the store, on both engines: once each, whoever writes; a unit's first failure once in a rollout."""

import threading
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from flagsdk.core.sketch import NOTHING, Sample
from flagsdk.wire.outcomes import OutcomeRow
from flagsdk.wire.usage import Report
from flagsvc.domain.outcomes import Counts, SenderKey
from flagsvc.domain.usage import Received, Subject
from flagsvc.store import SqlStore
from flagsvc.usecases import outcomes, usage
from flagsvc.usecases.outcomes import Counted, Post
from tests.usecases.world import EPOCH, World

NOW = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
T = int(NOW.timestamp())
SUBJECT = Subject("prod", "flag", "new")
BOTH = ("on", "off")


@pytest.fixture
def world(store: SqlStore) -> World:
    made = World(store)
    made.flag("new")
    made.split("checkout")
    return made


def row(events: int = 10, bad: int = 1, variant: str = "on", **members: Any) -> OutcomeRow:
    return OutcomeRow("flag", members.pop("key", "new"), variant, "errors", events=events, bad=bad)._replace(**members)


def report(*rows: OutcomeRow, sequence: int = 1, client: str = "c" * 16, after: float = 0, **members: Any) -> Received:
    told: dict[str, Any] = {
        "client": client, "sequence": sequence, "environment": "prod", "sdk": "test", "application": "",
        "epoch": EPOCH, "revision": 3,
    }  # fmt: skip
    return Received(Report(**told | members, outcomes=rows), NOW + timedelta(seconds=after))


def failed(*units: int, variant: str = "on", **members: Any) -> OutcomeRow:
    return row(events=len(units), bad=len(units), variant=variant, failed=frozenset(units), **members)


def counts(world: World, start: int = T, end: int = T + 300, metric: str = "errors") -> dict[str, Counts]:
    with world.store.reading() as view:
        return dict(view.outcome_counts(SUBJECT, metric, BOTH, start, end))


def first(world: World, since: int = T, start: int = T, end: int = T + 3600) -> dict[str, int]:
    with world.store.reading() as view:
        return dict(view.first_failures(SUBJECT, "errors", BOTH, since, (start, end)))


def test_rows_of_one_window_add_up_and_windows_stay_apart(world: World) -> None:
    full = row(slow={3: 4, 64: 1}, total=1.5, squares=2.0, units=Sample(0, frozenset({1, 2})))
    recorded = usage.record_reports(
        world.store,
        [
            report(full, row(variant="off", bad=0)),
            report(full._replace(units=Sample(0, frozenset({2, 3}))), sequence=2),
        ],
    )
    usage.record_reports(
        world.store, [report(row(5, 5), sequence=3, after=4.9), report(row(7, 0), sequence=4, after=5)]
    )

    assert recorded.outcomes == Counted({("prod", "flag"): 30}, {})
    assert counts(world, T, T + 5) == {
        "on": Counts(25, 7, {3: 8, 64: 2}, 3.0, 4.0, Sample(0, frozenset({1, 2, 3}))),
        "off": Counts(10, 0, {}, 0.0, 0.0, NOTHING),
    }
    assert counts(world, T + 5, T + 10)["on"].events == 7
    assert counts(world)["on"].events == 32
    assert counts(world, metric="latency") == {}


def test_an_outcome_belongs_to_the_window_that_was_when_its_own_ended(world: World) -> None:
    usage.record_reports(world.store, [report(row(age_ms=60_001), after=1)])

    assert counts(world, T - 60, T - 55)["on"].events == 10


def test_a_repeated_report_counts_once(world: World) -> None:
    usage.record_reports(world.store, [report(row(), failed(1)), report(row(), failed(1))])
    again = usage.record_reports(world.store, [report(row(), failed(1), after=20)])

    assert (again.repeated, again.outcomes) == (1, Counted())
    assert counts(world)["on"].events == 11
    assert first(world) == {"on": 1}


def test_replicas_that_write_the_same_reports_at_once_count_each_once(world: World) -> None:
    units = [Sample(0, frozenset({number})) for number in range(40)]
    reports = [
        report(row(units=units[number], slow={number % 3: 1}), failed(number % 7), client=f"client{number:010}")
        for number in range(40)
    ]
    start = threading.Barrier(4)
    problems: list[BaseException] = []

    def write() -> None:
        start.wait()
        try:
            for begin in range(0, 40, 8):
                usage.record_reports(world.store, reports[begin : begin + 8])
        except Exception as error:  # noqa: BLE001 - told below
            problems.append(error)

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert problems == []
    total = counts(world)["on"]
    assert (total.events, sum(total.slow.values()), total.units.units) == (440, 40, 40)
    assert first(world) == {"on": 7}


def test_a_unit_counts_at_its_first_failure_since_the_beginning_of_a_rollout(world: World) -> None:
    usage.record_reports(
        world.store,
        [
            report(failed(1, 2), sequence=1, after=-400),
            report(failed(1, 3), sequence=2, after=10),
            report(failed(1, 3, 4), sequence=3, after=400),
            report(failed(1, 3, 4, 5), sequence=4, after=900),
        ],
    )

    assert first(world, T, T, T + 300) == {"on": 2}
    assert first(world, T, T + 300, T + 600) == {"on": 1}
    assert first(world, T, T + 600, T + 1200) == {"on": 1}
    assert first(world) == {"on": 4}
    assert first(world, since=T + 600) == {"on": 4}
    assert first(world, T + 6, T + 6, T + 300) == {"on": 2}
    assert first(world, T + 11, T + 6, T + 300) == {}
    assert first(world, T + 11, T + 300, T + 600) == {"on": 3}


def test_a_unit_that_moves_to_the_candidate_fails_first_only_once(world: World) -> None:
    """Or every step of a rollout would count those anew who fail all the time, and only on the candidate's side."""
    usage.record_reports(
        world.store,
        [report(failed(1, 2, variant="off"), sequence=1), report(failed(1, variant="on"), sequence=2, after=700)],
    )

    assert first(world) == {"off": 2}
    assert first(world, start=T + 600) == {}


def test_what_a_third_variant_does_is_not_of_a_rollout_over_two(world: World) -> None:
    usage.record_reports(
        world.store,
        [report(failed(1, variant="third"), sequence=1), report(failed(1, variant="on"), sequence=2, after=700)],
    )

    assert first(world) == {"on": 1}


def test_a_failure_that_goes_on_is_kept_once_in_five_minutes(world: World) -> None:
    for number in range(120):
        usage.record_reports(world.store, [report(failed(1), sequence=number + 1, after=number * 5)])

    with world.store.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM outcome_failures").scalar_one() == 2


def test_hashes_of_all_64_bits_are_told_apart(world: World) -> None:
    usage.record_reports(world.store, [report(failed(0, 1, 2**63 - 1, 2**63, 2**64 - 1))])

    assert first(world) == {"on": 5}


def test_what_does_not_exist_and_what_has_no_room_is_dropped_and_counted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outcomes, "MAX_CELLS", 3)
    monkeypatch.setattr(outcomes, "MAX_FAILURES", 2)
    variants = [row(2, 0, variant=f"v{number}") for number in range(5)]
    recorded = usage.record_reports(world.store, [report(*variants, row(9, 9, key="nothing"), outcomes_dropped=4)])
    more = usage.record_reports(world.store, [report(*variants, sequence=2)])
    units = usage.record_reports(world.store, [report(failed(1, 2, 3, 4), sequence=3, after=5)])
    same = usage.record_reports(world.store, [report(failed(1, 2), sequence=4, after=10)])

    assert recorded.outcomes.events == more.outcomes.events == {("prod", "flag"): 6}
    assert recorded.outcomes.dropped == {("prod", "unknown"): 9, ("prod", "room"): 4, ("prod", "client"): 4}
    assert more.outcomes.dropped == {("prod", "room"): 4}
    assert units.outcomes.dropped == {("prod", "units"): 2}
    assert units.outcomes.events == {("prod", "flag"): 4}
    assert first(world) == {"on": 2}
    assert same.outcomes.dropped.get(("prod", "room")) is None


def test_a_metric_that_has_no_room_keeps_no_units_that_failed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outcomes, "MAX_CELLS", 2)
    rows = [failed(number, metric=f"m{number}") for number in range(1, 6)]

    recorded = usage.record_reports(world.store, [report(*rows)])

    with world.store.reading() as view:
        found = {one: view.first_failures(SUBJECT, f"m{one}", BOTH, T, (T, T + 300)) for one in range(1, 6)}
    assert recorded.outcomes.dropped == {("prod", "room"): 3}
    assert sum(bool(some) for some in found.values()) == 2


def test_the_largest_numbers_stay_numbers(world: World) -> None:
    from flagsdk.wire.members import MAX_COUNT, MAX_NUMBER  # noqa: PLC0415 - of this test alone

    huge = row(MAX_COUNT, MAX_COUNT, slow={1: MAX_COUNT}, total=1e22, squares=1e34)
    for start in range(3):
        usage.record_reports(
            world.store, [report(*[huge] * 40, sequence=start * 50 + number + 1) for number in range(50)]
        )

    total = counts(world)["on"]
    assert total.events == min(MAX_NUMBER, 40 * 150 * MAX_COUNT)
    assert total.squares == pytest.approx(6000 * 1e34)


def test_old_windows_fold_into_minutes_and_lose_nothing(world: World) -> None:
    sent: list[Received] = []
    for number in range(24):
        units = Sample(0, frozenset({number}))
        sent.append(report(row(units=units, slow={1: 1}, total=0.5), sequence=number + 1, after=number * 5))
    usage.record_reports(world.store, sent)
    before = counts(world)

    later = NOW + outcomes.FINE_KEPT + timedelta(minutes=1)
    while outcomes.tidy_outcomes(world.store, later):
        pass

    assert counts(world) == before
    assert counts(world, T, T + 60)["on"].events == 120
    with world.store.engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT start FROM outcome_counts ORDER BY start").scalars().all()
    assert found == [T, *range(T + 60, T + 120, 5)]


def test_what_is_old_is_forgotten(world: World) -> None:
    usage.record_reports(world.store, [report(failed(1))])
    outcomes.post_outcomes(world.store, post(1), NOW)

    for kept in (outcomes.COUNTS_KEPT, outcomes.FAILURES_KEPT):
        outcomes.tidy_outcomes(world.store, NOW + kept - timedelta(minutes=1))
        assert (bool(counts(world)), bool(first(world))) == (kept == outcomes.COUNTS_KEPT, True)
        outcomes.tidy_outcomes(world.store, NOW + kept + timedelta(minutes=10))

    assert (counts(world), first(world)) == ({}, {})
    with world.store.reading() as view:
        assert view.sender_count("prod", "checkout") == 0


def test_two_replicas_that_fold_at_once_lose_nothing(world: World) -> None:
    usage.record_reports(world.store, [report(row(), sequence=number + 1, after=number * 5) for number in range(60)])
    later = NOW + outcomes.FINE_KEPT + timedelta(hours=1)
    threads = [threading.Thread(target=outcomes.tidy_outcomes, args=(world.store, later)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert counts(world)["on"].events == 600


# What load balancers post.


def post(sequence: int, events: int = 10, sender: str = "edge-1", at: str = "checkout") -> Post:
    rows: Iterable[OutcomeRow] = [OutcomeRow("split", at, "canary", "errors", events=events, bad=1)]
    return Post(SenderKey("prod", at, sender), sequence, list(rows))


def posted(world: World) -> int:
    with world.store.reading() as view:
        found = view.outcome_counts(Subject("prod", "split", "checkout"), "errors", ["canary"], T - 60, T + 600)
    return found.get("canary", Counts()).events


def test_a_post_counts_once_however_often_it_comes_and_in_whatever_order(world: World) -> None:
    taken = [outcomes.post_outcomes(world.store, post(number), NOW).taken for number in (1, 1, 3, 2, 3, 2, 10**12)]

    assert taken == [True, False, True, True, False, False, True]
    assert posted(world) == 40


def test_senders_do_not_know_one_another(world: World) -> None:
    for sender in ("edge-1", "edge-2"):
        assert outcomes.post_outcomes(world.store, post(1, sender=sender), NOW).taken

    assert posted(world) == 20


def test_posts_at_once_count_once(world: World) -> None:
    start = threading.Barrier(6)
    taken: list[bool] = []

    def send(number: int) -> None:
        start.wait()
        taken.append(outcomes.post_outcomes(world.store, post(1 + number % 2), NOW).taken)

    threads = [threading.Thread(target=send, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(taken) == [False] * 4 + [True] * 2
    assert posted(world) == 20


def test_a_sender_too_many_is_refused_and_those_there_are_still_heard(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outcomes, "MAX_SENDERS", 2)
    made = [outcomes.post_outcomes(world.store, post(1, sender=sender), NOW) for sender in ("a", "b", "c")]
    again = outcomes.post_outcomes(world.store, post(2, sender="a"), NOW)

    assert [each.refused for each in made] == [False, False, True]
    assert again.taken
    assert posted(world) == 30
