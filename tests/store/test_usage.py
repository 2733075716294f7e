"""Reports in the store, on both engines: once each, whoever writes; hours fold into days; nobody is kept for ever."""

import threading
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from flagsdk.core.sketch import Sample, merged
from flagsdk.wire.members import MAX_COUNT, MAX_NUMBER
from flagsdk.wire.usage import Report, UnitsRow, UseRow
from flagsvc.domain.errors import BadQuery, NotFound
from flagsvc.domain.page import Page
from flagsvc.domain.usage import Received, Slot, Subject
from flagsvc.store import SqlStore
from flagsvc.usecases import usage
from tests.usecases.world import EPOCH, World

NOW = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
SUBJECT = Subject("prod", "flag", "new")
ID = "client0000000001"


@pytest.fixture
def world(store: SqlStore) -> World:
    made = World(store)
    made.flag("new")
    made.flag("other")
    made.split("checkout")
    return made


def report(sequence: int = 1, client: str = ID, at: datetime = NOW, **members: Any) -> Received:
    """Write a report of ten uses of `new`."""
    told: dict[str, Any] = {
        "client": client,
        "sequence": sequence,
        "environment": "prod",
        "sdk": "test",
        "application": "shop",
        "epoch": EPOCH,
        "revision": 3,
        "uses": [UseRow("flag", "new", "on", 1, 10)],
    }
    return Received(Report(**told | members), at)


def shown(world: World, **members: Any) -> dict[str, Any]:
    return usage.get_usage(world.store, SUBJECT, members.get("since"), members.get("until", NOW + timedelta(minutes=1)))


def test_counts_add_up_by_hour_variant_and_revision(world: World) -> None:
    before = NOW - timedelta(hours=1)
    usage.record_reports(world.store, [report(1, at=before), report(2)])
    usage.record_reports(
        world.store, [report(3, uses=[UseRow("flag", "new", "on", 2, 5), UseRow("flag", "new", None, 2, 1)])]
    )

    item = shown(world)

    assert (item["uses"], item["variants"]) == (26, {"on": 25, "": 1})
    assert [bucket["start"] for bucket in item["buckets"]] == [
        "2026-03-01T11:00:00.000000Z",
        "2026-03-01T12:00:00.000000Z",
    ]
    assert item["buckets"][1]["revisions"] == [
        {"revision": 1, "variants": {"on": 10}},
        {"revision": 2, "variants": {"on": 5, "": 1}},
    ]
    assert item["lastEvaluatedAt"] == "2026-03-01T12:30:00.000000Z"


def test_a_repeated_report_changes_nothing_but_one_that_was_overtaken_counts(world: World) -> None:
    first = usage.record_reports(world.store, [report(1), report(3), report(1)])
    second = usage.record_reports(world.store, [report(3), report(2, revision=1)])

    assert (first, second) == (usage.Recorded(taken=2, repeated=1), usage.Recorded(taken=1, repeated=1))
    assert shown(world)["uses"] == 30
    listing, _ = usage.list_clients(world.store, "prod", NOW, Page())
    assert listing.items[0]["revision"] == 3


def test_replicas_that_write_the_same_reports_at_once_count_each_once(world: World) -> None:
    reports = [report(sequence, client=f"client{number:010}") for number in range(20) for sequence in (2, 3)]
    usage.record_reports(world.store, [report(1, client=f"client{number:010}") for number in range(10)])
    start = threading.Barrier(4)
    failed: list[BaseException] = []

    def write() -> None:
        start.wait()
        try:
            for first in range(0, 40, 8):
                usage.record_reports(world.store, reports[first : first + 8])
        except Exception as error:  # noqa: BLE001 - told below
            failed.append(error)

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failed == []
    assert shown(world)["uses"] == 500


def test_samples_of_several_clients_and_hours_merge(world: World) -> None:
    def units(hashes: Iterable[int]) -> list[UnitsRow]:
        return [UnitsRow("flag", "new", Sample(0, frozenset(hashes)))]

    usage.record_reports(world.store, [report(1, units=units(range(100)), at=NOW - timedelta(hours=1))])
    usage.record_reports(world.store, [report(2, units=units(range(50, 150))), report(3, units=units(range(140, 160)))])

    item = shown(world)

    assert item["units"] == {"estimate": 160, "standardError": 0.0}
    assert [bucket["units"]["estimate"] for bucket in item["buckets"]] == [100, 110]


def test_samples_written_at_once_are_all_there(world: World) -> None:
    start = threading.Barrier(4)

    def write(number: int) -> None:
        start.wait()
        for sequence in range(1, 6):
            place = number * 5 + sequence
            sample = [UnitsRow("flag", "new", Sample(0, frozenset({place})))]
            usage.record_reports(world.store, [report(sequence, client=f"client{number:010}", units=sample)])

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert shown(world)["units"]["estimate"] == 20


def test_samples_of_a_flag_without_uses_that_are_written_at_once_are_all_there(world: World) -> None:
    """So it is for one that is only asked as a prerequisite: no count of it orders those who write."""
    start = threading.Barrier(4)
    failed: list[BaseException] = []

    def write(number: int) -> None:
        try:
            for hour in range(12):
                start.wait(30)
                sample = [UnitsRow("flag", "new", Sample(0, frozenset({number})))]
                told = report(
                    hour + 1, client=f"client{number:010}", uses=(), units=sample, at=NOW - timedelta(hours=hour)
                )
                usage.record_reports(world.store, [told])
        except Exception as error:  # noqa: BLE001 - told below
            failed.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failed == []
    with world.store.reading() as view:
        assert {len(sample.hashes) for sample in view.usage_samples(SUBJECT, "", "9").values()} == {4}


def test_what_does_not_exist_is_counted_apart_and_not_stored(world: World) -> None:
    rows = [
        UseRow("flag", "nowhere", "on", 1, 1),
        UseRow("split", "new", "on", 1, 1),
        UseRow("split", "checkout", "a", 1, 1),
    ]

    recorded = usage.record_reports(world.store, [report(1, uses=rows)])

    assert recorded == usage.Recorded(taken=1, unknown=2)
    with world.store.reading() as view:
        assert view.usage_totals("prod", "flag", ["nowhere"], "", "9") == {}
        assert view.usage_last("prod", "flag", ["nowhere"]) == {}
    found = usage.list_usage(world.store, "prod", "split", Page(), None, NOW + timedelta(minutes=1))
    assert [(item["key"], item["uses"]) for item in found.items] == [("checkout", 1)]


def test_counts_that_are_too_many_to_be_true_stop_at_the_greatest_whole_number(world: World) -> None:
    """They neither leave the column's 64 bits, which would lose all that is written with them, nor become fractions."""
    start = "2026-03-01T12:00:00.000000Z"
    slots = {Slot(SUBJECT, start, f"v{number}", 1): 2**63 - 1 for number in range(1500)}
    world.store.run([], lambda tx: tx.add_uses(slots, start))

    recorded = usage.record_reports(world.store, [report(1, uses=[UseRow("flag", "new", "v0", 1, MAX_COUNT)] * 500)])
    world.store.run([], lambda tx: tx.roll_up("2027", 10))

    assert recorded.failed == 0
    with world.store.reading() as view:
        counts = view.usage_counts(SUBJECT, "", "9")
    assert {(type(count), count) for count in counts.values()} == {(int, MAX_NUMBER)}
    listed = usage.list_usage(world.store, "prod", "flag", Page(), None, NOW + timedelta(minutes=1))
    assert [item["uses"] for item in listed.items] == [1500 * MAX_NUMBER, 0]


def test_an_environment_has_so_many_clients_and_no_more(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usage, "MAX_CLIENTS", 3)
    first = usage.record_reports(world.store, [report(1, client=f"client{number:010}") for number in range(2)])

    second = usage.record_reports(world.store, [report(1, client=f"client{number:010}") for number in range(1, 6)])
    third = usage.record_reports(world.store, [report(2, client=f"client{number:010}") for number in range(6)])

    assert first == usage.Recorded(taken=2)
    assert second == usage.Recorded(taken=1, repeated=1, refused=3)
    assert third == usage.Recorded(taken=3, refused=3)
    assert shown(world)["uses"] == 60
    assert usage.list_clients(world.store, "prod", NOW, Page())[1]["clients"] == 3


def test_clients_of_one_environment_take_no_room_from_those_of_another(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(usage, "MAX_CLIENTS", 1)

    recorded = usage.record_reports(
        world.store, [report(1), report(1, client="client0000000002"), report(1, environment="dev")]
    )

    assert recorded == usage.Recorded(taken=2, refused=1)


def test_an_hour_of_a_flag_has_so_many_counts_and_no_more(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usage, "MAX_SLOTS", 3)
    made_up = [UseRow("flag", "new", f"v{number}", number, 1) for number in range(5)]
    other = UseRow("flag", "other", "on", 1, 1)
    first = usage.record_reports(world.store, [report(1, uses=[*made_up[:2], other])])

    second = usage.record_reports(world.store, [report(2, uses=[*made_up, other])])
    later = usage.record_reports(world.store, [report(3, uses=made_up[4:], at=NOW + timedelta(hours=1))])

    assert first == usage.Recorded(taken=1)
    assert second == usage.Recorded(taken=1, unknown=2)
    assert later == usage.Recorded(taken=1)
    assert shown(world)["variants"] == {"v0": 2, "v1": 2, "v2": 1}


def test_the_last_evaluation_never_goes_back(world: World) -> None:
    for sequence, hours in enumerate((2, 1, 3), 1):
        usage.record_reports(world.store, [report(sequence, at=NOW - timedelta(hours=hours))])

    assert shown(world)["lastEvaluatedAt"] == "2026-03-01T11:30:00.000000Z"


def test_the_list_shows_what_nobody_evaluates(world: World) -> None:
    usage.record_reports(world.store, [report(1)])

    found = usage.list_usage(world.store, "prod", "flag", Page(), None, NOW + timedelta(minutes=1))

    assert [(item["key"], item["uses"], item["lastEvaluatedAt"]) for item in found.items] == [
        ("new", 10, "2026-03-01T12:30:00.000000Z"),
        ("other", 0, None),
    ]


def test_pages_of_the_list_add_up(world: World) -> None:
    first = usage.list_usage(world.store, "prod", "flag", Page(limit=1), None, NOW)
    second = usage.list_usage(world.store, "prod", "flag", Page(limit=1, cursor=first.next_cursor), None, NOW)

    assert [item["key"] for item in [*first.items, *second.items]] == ["new", "other"]
    assert second.next_cursor is None


def test_environments_are_counted_apart(world: World) -> None:
    usage.record_reports(world.store, [report(1), report(1, environment="dev")])

    assert shown(world)["uses"] == 10


def test_clients_are_listed_page_by_page_while_they_report(world: World) -> None:
    reports = [report(1, client=f"client{number:010}", applied_after_ms=number) for number in range(3)]
    usage.record_reports(world.store, [*reports, report(1, client="gone000000000000", at=NOW - timedelta(hours=1))])

    world.segment()

    first, summary = usage.list_clients(world.store, "prod", NOW, Page(limit=2))
    second, _ = usage.list_clients(world.store, "prod", NOW, Page(limit=2, cursor=first.next_cursor))

    assert [item["client"] for item in [*first.items, *second.items]] == [f"client{number:010}" for number in range(3)]
    assert second.next_cursor is None
    assert summary["sentence"] == "0 of 3 clients on revision 4"
    _, earlier = usage.list_clients(world.store, "prod", NOW, Page(), revision=3)
    assert earlier["sentence"] == "3 of 3 clients on revision 3, slowest 2 ms"


def test_old_hours_fold_into_days_and_old_days_go(world: World) -> None:
    old, ancient = NOW - timedelta(days=20), NOW - timedelta(days=401)
    sample = [UnitsRow("flag", "new", Sample(0, frozenset({1, 2})))]
    hours = [report(number, at=old.replace(hour=number), units=sample) for number in range(1, 6)]
    usage.record_reports(world.store, [*hours, report(7, at=ancient), report(8)])
    wide = {"since": ancient - timedelta(days=1)}
    before = shown(world, **wide)

    assert usage.tidy_usage(world.store, NOW) == 11
    assert usage.tidy_usage(world.store, NOW) == 0

    after = shown(world, **wide)
    assert (before["uses"], after["uses"]) == (70, 60)
    assert [bucket["start"] for bucket in after["buckets"]] == [
        "2026-02-09T00:00:00.000000Z",
        "2026-03-01T12:00:00.000000Z",
    ]
    assert after["units"]["estimate"] == 2
    assert after["lastEvaluatedAt"] == before["lastEvaluatedAt"]


def test_what_is_old_goes_some_at_a_time_and_all_of_it_in_the_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A statement that takes longer than PostgreSQL may be silent would be given up, and tried again for ever."""
    monkeypatch.setattr(usage, "ROLLED_ROWS", 2)
    ancient = NOW - timedelta(days=401)
    sample = [UnitsRow("flag", "new", Sample(0, frozenset({1})))]
    told = [report(1, client=f"client{hour:010}", units=sample, at=ancient.replace(hour=hour)) for hour in range(5)]
    usage.record_reports(world.store, told)

    turns = []
    while rows := usage.tidy_usage(world.store, NOW):
        turns.append(rows)

    assert len(turns) > 1
    assert max(turns) <= 2 * 5  # of each of three tables, and hours of two
    with world.store.reading() as view:
        assert (view.usage_counts(SUBJECT, "", "9"), view.usage_samples(SUBJECT, "", "9")) == ({}, {})
        assert view.client_counts(["prod"]) == {}


def test_no_table_of_counts_or_samples_is_read_as_a_whole_on_sqlite(world: World, store: SqlStore) -> None:
    """They grow with the hours that are kept, and the one writer that SQLite admits would be at it."""
    if store.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL plans by statistics")
    asked: list[tuple[str, Any]] = []

    def hear(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:  # noqa: FBT001 - SQLAlchemy calls it so
        asked.append((statement, parameters[0] if many else parameters))

    sample = [UnitsRow("flag", "new", Sample(0, frozenset({1})))]
    event.listen(store.engine, "before_cursor_execute", hear)
    usage.record_reports(store, [report(1, units=sample, at=NOW - timedelta(days=20)), report(2, units=sample)])
    usage.tidy_usage(store, NOW)
    event.remove(store.engine, "before_cursor_execute", hear)

    with store.engine.connect() as connection:
        for statement, parameters in asked:
            if statement.startswith(("SELECT", "DELETE", "INSERT")):
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
                assert not [step for *_, step in plan if step.startswith("SCAN usage_")], statement


def test_folding_a_late_hour_adds_to_its_day(world: World) -> None:
    old = NOW - timedelta(days=20)
    for number in (1, 2):
        usage.record_reports(world.store, [report(number, at=old.replace(hour=number))])
        usage.tidy_usage(world.store, NOW)

    [bucket] = shown(world, since=old - timedelta(days=1))["buckets"]

    assert bucket["variants"] == {"on": 20}


def test_a_client_is_forgotten_only_when_it_repeats_nothing_any_longer(world: World) -> None:
    usage.record_reports(world.store, [report(1, at=NOW - timedelta(hours=1))])
    usage.tidy_usage(world.store, NOW)

    assert usage.record_reports(world.store, [report(1)]).repeated == 1
    usage.tidy_usage(world.store, NOW + timedelta(hours=3))
    assert usage.record_reports(world.store, [report(1)]).taken == 1


def test_an_empty_range_and_unknown_names_are_refused(world: World) -> None:
    with pytest.raises(BadQuery):
        shown(world, since=NOW + timedelta(hours=1))
    with pytest.raises(NotFound):
        usage.get_usage(world.store, Subject("prod", "flag", "nowhere"), None, NOW)
    with pytest.raises(NotFound):
        usage.list_usage(world.store, "nowhere", "flag", Page(), None, NOW)
    with pytest.raises(NotFound):
        usage.list_clients(world.store, "nowhere", NOW, Page())


def test_a_range_that_would_begin_before_the_calendar_is_refused(world: World) -> None:
    with pytest.raises(BadQuery):
        usage.list_usage(world.store, "prod", "flag", Page(), None, datetime(1, 1, 3, tzinfo=UTC))


def test_merging_in_the_store_is_the_merging_of_samples(world: World) -> None:
    """The law again, through the database: many reports, one sample."""
    samples = [Sample(2, frozenset(range(start, start + 200))) for start in range(0, 1_000, 100)]
    for sequence, sample in enumerate(samples, 1):
        usage.record_reports(world.store, [report(sequence, units=[UnitsRow("flag", "new", sample)])])

    assert shown(world)["units"]["estimate"] == merged(samples).units
