"""Outcomes are counted by variant, told every five seconds, each once; counting never waits, raises or grows."""

import asyncio
import base64
import json
import math
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

import pytest

from flagsdk import Context, FlagClient
from flagsdk import outcomes as collecting
from flagsdk.core.durations import place_of
from flagsdk.delivery import Answer
from flagsdk.measuring import hash_of
from flagsdk.outcomes import MAX_EVENTS, Event, Outcomes
from flagsdk.staleness import Closed
from flagsdk.wire.outcomes import MAX_FAILED, MAX_OUTCOMES, OutcomeRow, outcome_members
from flagsdk.wire.usage import Report
from tests.sdk.documents import flag, half, texts, traffic, whole
from tests.sdk.scripted import Scripted
from tests.sdk.test_fork import in_child
from tests.sdk.test_reporting import BUSY, SILENT, TAKEN, World

CELL = ("flag", "a", "on", "errors")


@pytest.fixture
def client() -> Iterable[FlagClient]:
    """Give a client that counts, whose outcomes nobody fetches but the test."""
    with FlagClient(Scripted(whole(texts(flag("a"), flag("h", default=half()), traffic("t"))))) as made:
        made._outcomes = Outcomes()
        yield made


def counted(client: FlagClient) -> dict[tuple[str, ...], OutcomeRow]:
    outcomes = client._outcomes
    assert outcomes is not None
    outcomes.close(0.0, early=True)
    rows: dict[tuple[str, ...], OutcomeRow] = {}
    for batch in outcomes.batches():
        for _, row in batch:
            rows.setdefault(row[:4], row)  # the first has the counts, further ones only more units
    return rows


def event(unit: int | None = None, *, ok: bool = True, key: str = "a") -> Event:
    return Event(("flag", key, "on", "errors"), ok, None, 0.0, unit)


def told(reports: Iterable[Report]) -> Counter[tuple[str, ...]]:
    """Add up what arrived, each report once by its number, as the service does."""
    events: Counter[tuple[str, ...]] = Counter()
    for report in {report.sequence: report for report in reports}.values():
        for row in report.outcomes:
            events[row[:4]] += row.events
    return events


def test_an_outcome_counts_for_the_variant_that_the_context_has(client: FlagClient) -> None:
    users = [Context(f"user-{number}") for number in range(200)]
    for user in users:
        client.outcome("h", user, ok=client.is_enabled("h", user))

    rows = counted(client)

    on = sum(client.is_enabled("h", user) for user in users)
    assert {row.variant: (row.events, row.bad) for row in rows.values()} == {"on": (on, 0), "off": (200 - on, 200 - on)}
    assert rows["flag", "h", "off", "errors"].units.units == 200 - on
    assert len(rows["flag", "h", "off", "errors"].failed) == min(MAX_FAILED, 200 - on)


def test_an_outcome_of_a_split_counts_for_the_cohort(client: FlagClient) -> None:
    client.outcome("t", Context("user-1"), kind="split", ok=False)

    [row] = counted(client).values()
    assert (row.kind, row.variant, row.bad) == ("split", client.cohort("t", Context("user-1")), 1)


def test_an_outcome_is_no_use(client: FlagClient) -> None:
    client.is_enabled("a")
    before = client.usage()

    client.outcome("a", Context("user-1"), ok=False)

    assert client.usage() == before


def test_a_duration_counts_under_latency_as_well(client: FlagClient) -> None:
    client.outcome("a", seconds=0.2)
    client.outcome("a", seconds=0.2, ok=False)
    client.outcome("a", seconds=3, metric="latency")

    rows = counted(client)

    assert (rows["flag", "a", "on", "errors"].events, rows["flag", "a", "on", "errors"].bad) == (2, 1)
    assert rows["flag", "a", "on", "latency"].slow == {place_of(0.2): 2, place_of(3): 1}


def test_values_are_added_up_with_their_squares(client: FlagClient) -> None:
    for value in (2, 3.5, -1):
        client.outcome("a", metric="revenue", value=value)

    row = counted(client)["flag", "a", "on", "revenue"]

    assert (row.events, row.total, row.squares) == (3, 4.5, 17.25)


def test_a_variant_that_is_named_needs_no_evaluation(client: FlagClient) -> None:
    client.outcome("nobody-knows-it", Context("user-1"), variant="canary", kind="split")

    [row] = counted(client).values()
    assert (row.key, row.variant, row.units.units) == ("nobody-knows-it", "canary", 1)


def test_a_block_that_is_measured_counts_its_duration_and_whether_it_raised(client: FlagClient) -> None:
    with client.measured("a", Context("user-1")):
        pass
    with pytest.raises(LookupError), client.measured("a", Context("user-2")):
        raise LookupError
    with client.measured("a", Context("user-3")) as block:
        block.failed()

    rows = counted(client)

    assert (rows["flag", "a", "on", "errors"].events, rows["flag", "a", "on", "errors"].bad) == (3, 2)
    assert sum(rows["flag", "a", "on", "latency"].slow.values()) == 3
    expected = {hash_of("flag", "a", "user-2"), hash_of("flag", "a", "user-3")}
    assert rows["flag", "a", "on", "errors"].failed == expected


@pytest.mark.parametrize("raised", [KeyboardInterrupt, SystemExit, asyncio.CancelledError, GeneratorExit])
def test_what_only_ends_a_block_counts_as_nothing(client: FlagClient, raised: type[BaseException]) -> None:
    with pytest.raises(raised), client.measured("a"):
        raise raised

    assert counted(client) == {}


def test_a_block_counts_for_the_variant_that_was_served_when_it_began(client: FlagClient) -> None:
    with client.measured("a"), client.override({"a": False}):
        pass

    assert {row.variant for row in counted(client).values()} == {"on"}


def test_a_function_can_be_measured(client: FlagClient) -> None:
    @client.measured("a")
    def work() -> int:
        return 7

    assert [work(), work()] == [7, 7]
    assert counted(client)["flag", "a", "on", "errors"].events == 2


def test_an_async_function_is_measured_until_it_ends_and_not_until_it_is_called(client: FlagClient) -> None:
    @client.measured("a")
    async def work() -> None:
        await asyncio.sleep(0.002)
        raise LookupError

    with pytest.raises(LookupError):
        asyncio.run(work())

    rows = counted(client)
    assert (rows["flag", "a", "on", "errors"].events, rows["flag", "a", "on", "errors"].bad) == (1, 1)
    assert min(rows["flag", "a", "on", "latency"].slow) >= place_of(0.002)


def test_a_generator_runs_after_its_call_and_is_refused(client: FlagClient) -> None:
    def rows() -> Iterator[int]:
        yield 1

    async def pages() -> AsyncIterator[int]:
        yield 1

    for generator in (rows, pages):
        with pytest.raises(TypeError, match="use `with` inside it"):
            client.measured("a")(generator)


NOTHING: list[dict[str, Any]] = [
    {"key": "unknown"},
    {"kind": "segment"},
    {"kind": "segment", "variant": "on"},
    {"seconds": -1},
    {"seconds": math.nan},
    {"seconds": math.inf},
    {"seconds": "soon"},
    {"value": math.nan},
    {"value": 1e13},
    {"value": "much"},
    {"metric": ""},
    {"metric": 5},
    {"variant": ""},
    {"variant": 5},
    {"key": None},
    {"key": ["a"]},
    {"key": "k" * 101, "variant": "on"},
    {"key": "\ud800", "variant": "on"},
]


@pytest.mark.parametrize("arguments", NOTHING)
def test_what_cannot_be_counted_is_ignored(client: FlagClient, arguments: dict[str, Any]) -> None:
    client.outcome(**{"key": "a", "context": Context("user-1")} | arguments)

    assert counted(client) == {}


@pytest.mark.parametrize("context", [None, 5, [], {"targetingKey": 7}, {"targetingKey": ""}, "user-1", {}])
def test_any_context_can_be_given(client: FlagClient, context: Any) -> None:
    client.outcome("a", context, ok=False, variant="on")

    [row] = counted(client).values()
    assert (row.events, len(row.failed)) == (1, int(context == "user-1"))


def test_the_unit_is_the_one_by_which_the_flag_splits(client: FlagClient) -> None:
    split = half()
    split["split"]["by"] = "account"
    with FlagClient(Scripted(whole(texts(flag("b", default=split))))) as other:
        other._outcomes = Outcomes()
        for number in range(5):
            other.outcome("b", Context(f"user-{number}", account="acme"), ok=False)

        [row] = counted(other).values()

    assert row.failed == {hash_of("flag", "b", "acme")}


def test_a_flag_that_is_closed_counts_for_its_off_variant(client: FlagClient) -> None:
    client._put_in_force(client._in_force.snapshot, Closed(all_but=True, names=frozenset()))

    client.outcome("a")

    assert {row.variant for row in counted(client).values()} == {"off"}


def test_an_overridden_flag_counts_nothing(client: FlagClient) -> None:
    with client.override({"a": False}):
        client.outcome("a")

    assert counted(client) == {}


def test_a_client_without_a_service_counts_nothing() -> None:
    client = FlagClient.for_testing({"a": True})

    client.outcome("a", ok=False)
    with client.measured("a"):
        pass

    assert client._outcomes is None
    assert client.reporting is None


def test_the_same_unit_has_another_hash_in_each_flag() -> None:
    hashes = {hash_of(kind, key, "user-1") for kind in ("flag", "split") for key in ("a", "b")}

    assert len(hashes) == 4
    assert all(value is not None and 0 <= value < 2**64 for value in hashes)


def test_no_unit_and_no_attribute_is_told(client: FlagClient) -> None:
    canary = "canary-7f3a"
    for number in range(300):
        client.outcome("a", Context(f"{canary}-{number}", note=canary), ok=number % 2 == 0, seconds=0.1)

    outcomes = client._outcomes
    assert outcomes is not None
    outcomes.close(0.0, early=True)
    rows = [timed.aged(1.0) for batch in outcomes.batches() for timed in batch]
    sent = json.dumps([outcome_members(row) for row in rows])

    assert any(row.failed for row in rows)
    parts = [base64.b64decode(part, validate=True) for row in rows for part in _texts(row)]
    assert parts
    assert canary not in sent
    assert not any(canary.encode() in part for part in parts)


def _texts(row: OutcomeRow) -> list[str]:
    members = outcome_members(row)
    return [members[name] for name in ("hashes", "failed") if name in members]


def _wait_for_room(outcomes: Outcomes) -> None:
    """Stay below the bound beyond which outcomes are given up, and counted."""
    while len(outcomes._events) > MAX_EVENTS // 2:
        time.sleep(0.001)


def test_many_threads_lose_nothing(client: FlagClient) -> None:
    """A hundred thousand outcomes from eight threads, while another one fetches what there is."""
    outcomes, start, ended = client._outcomes, threading.Barrier(9), threading.Event()
    assert outcomes is not None
    events: Counter[tuple[str, ...]] = Counter()
    bad = 0

    def note(number: int) -> None:
        start.wait()
        for count in range(12_500):
            _wait_for_room(outcomes)
            client.outcome("ah"[count % 2], Context(f"user-{number}"), ok=count % 5 > 0)

    def fetch() -> None:
        nonlocal bad
        outcomes.close(0.0, early=True)
        for batch in outcomes.batches():
            outcomes.accept(batch)
            for _, row in batch:
                events[row[:4]] += row.events
                bad += row.bad

    threads = [threading.Thread(target=note, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    start.wait()
    while any(thread.is_alive() for thread in threads):
        fetch()
        ended.wait(0.001)
    fetch()

    assert events.total() == 100_000
    assert bad == 20_000
    assert outcomes.dropped == 0


def test_nobody_waits_for_whoever_adds_up() -> None:
    """Not even a signal's handler, which interrupts the very thread that holds the lock."""
    outcomes = Outcomes()
    with outcomes._adding:
        for _ in range(1000):
            outcomes.note(event())

    outcomes.close(0.0, early=True)

    [[(_, row)]] = outcomes.batches()
    assert row.events == 1000


def test_memory_is_bounded_and_what_is_dropped_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collecting, "MAX_EVENTS", 100)
    monkeypatch.setattr(collecting, "MAX_CELLS", 3)
    outcomes = Outcomes()
    for number in range(90):
        outcomes.note(event(key=str(number // 15)))
    for _ in range(20):
        outcomes.note(event(key="0"))

    outcomes.close(0.0, early=True)

    rows = [row for batch in outcomes.batches() for _, row in batch]
    assert {row.key: row.events for row in rows} == {"0": 15 + 10, "1": 15, "2": 15}
    assert outcomes.dropped == 45 + 10


def test_units_that_fail_are_bounded_and_their_outcomes_count_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collecting, "MAX_FAILED_UNITS", 150)
    outcomes = Outcomes()
    for number in range(1000):
        outcomes.note(event(number << 32, ok=False))

    outcomes.close(0.0, early=True)

    rows = [row for batch in outcomes.batches() for _, row in batch]
    assert sum(row.events for row in rows) == sum(row.bad for row in rows) == 1000
    assert [len(row.failed) for row in rows] == [64, 64, 22]
    assert len(frozenset[int]().union(*(row.failed for row in rows))) == 150


def test_rows_that_wait_are_bounded_and_those_too_old_for_any_rollout_are_given_up() -> None:
    outcomes, now = Outcomes(), 0.0
    for _ in range(400):
        now += 1
        for key in "abcd":
            outcomes.note(event(key=key))
        outcomes.close(now, early=True)
    assert sum(map(len, outcomes.batches())) == collecting.MAX_ROWS
    assert outcomes.dropped == 1600 - collecting.MAX_ROWS

    outcomes.close(now + collecting.KEEP_SECONDS + 1)

    assert outcomes.batches() == []
    assert outcomes.dropped == 1600


def test_nothing_of_a_long_life_stays(client: FlagClient) -> None:
    outcomes = client._outcomes
    assert outcomes is not None
    for number in range(2000):
        client.outcome("a", Context(f"user-{number}"), ok=False, metric=f"m{number % 250}", seconds=number)
        if number % 100 == 99:
            outcomes.close(0.0, early=True)
            for batch in outcomes.batches():
                outcomes.accept(batch)

    assert (len(outcomes._events), outcomes._cells, outcomes._waiting) == (0, {}, [])


# What the reporter does with them.


@pytest.fixture
def world() -> World:
    made = World()
    made.install()
    made.go(2)
    made.posted.tried.clear()
    return made


def note(world: World, count: int = 1, **members: Any) -> None:
    for _ in range(count):
        world.reporter.outcomes.note(event(**members))


def test_outcomes_are_told_within_seven_seconds_and_uses_not_sooner_for_them(world: World) -> None:
    world.snapshot.decide["a"]({}).uses += 1

    for _ in range(5):
        note(world, 10)
        world.go(6)

    assert told(world.posted.tried) == {CELL: 50}
    assert len(world.posted.tried) == 5
    assert world.reported() == 0
    assert world.reporter.standing.outcomes == 50


def test_without_outcomes_nothing_more_is_sent_than_ever(world: World) -> None:
    world.go(40)

    assert world.posted.tried == []


def test_outcomes_are_told_once_whatever_answer_is_lost(world: World) -> None:
    answers = iter([SILENT, BUSY, TAKEN, SILENT, TAKEN, BUSY, TAKEN, SILENT, SILENT, TAKEN])
    for answer in answers:
        world.posted.answer = answer
        note(world, 7)
        world.go(6)
    world.posted.answer = TAKEN
    world.go(200)

    assert told(world.posted.tried) == {CELL: 70}
    assert world.reporter.standing.outcomes == 70


def test_a_report_that_is_repeated_says_how_old_its_outcomes_are_by_then(world: World) -> None:
    world.posted.answer = SILENT
    note(world)
    world.go(6)
    world.posted.answer = TAKEN
    world.go(20)

    tried = [report for report in world.posted.tried if report.outcomes]
    assert len(tried) == 2
    assert len({report.sequence for report in tried}) == 1
    ages = [report.outcomes[0].age_ms for report in tried]
    assert ages[0] == 0
    assert 2_000 <= ages[1] <= 26_000


def test_many_rows_go_in_several_reports(world: World) -> None:
    for number in range(MAX_OUTCOMES + 5):
        note(world, key=str(number))
    world.go(6)

    assert [len(report.outcomes) for report in world.posted.tried] == [MAX_OUTCOMES, 5]


def test_a_service_that_refuses_is_asked_no_more_often_for_outcomes(world: World) -> None:
    world.posted.answer = BUSY
    note(world)
    world.go(6)
    before = len(world.posted.tried)
    world.chance = 1.0
    world.go(8)
    world.go(60)

    assert len(world.posted.tried) - before <= 6


def test_a_report_that_nobody_will_ever_take_is_dropped_with_its_outcomes(world: World) -> None:
    world.posted.answer = Answer(400, fault="the service answered 400")
    note(world, 3)
    world.go(6)
    world.posted.answer = TAKEN
    note(world, 2)
    world.go(30)

    last = [report for report in world.posted.tried if report.outcomes][-1]
    assert [row.events for row in last.outcomes] == [2]
    assert (world.reporter.standing.outcomes, world.reporter.standing.outcomes_dropped) == (2, 3)


def test_what_nobody_took_in_time_is_given_up_and_said(world: World) -> None:
    world.posted.answer = BUSY
    note(world, 5)
    world.go(collecting.KEEP_SECONDS + 60)
    world.posted.answer = TAKEN
    world.go(130)
    note(world, 2)
    world.go(6)

    assert world.reporter.standing.outcomes_dropped == 5
    taken = {report.sequence: report for report in world.posted.tried[-4:]}
    assert sum(report.outcomes_dropped for report in taken.values()) == 5
    assert sum(row.events for report in taken.values() for row in report.outcomes) == 2


def test_the_last_outcomes_are_told_at_the_end(world: World) -> None:
    note(world, 3)

    world.reporter.close()

    assert told(world.posted.tried) == {CELL: 3}


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_child_tells_its_own_outcomes_only(client: FlagClient) -> None:
    client.outcome("a")

    def check() -> None:
        assert client._outcomes is not None
        client._outcomes.after_fork()
        client.outcome("a", ok=False)
        [row] = counted(client).values()
        assert (row.events, row.bad) == (1, 1)

    in_child(check)
    [row] = counted(client).values()
    assert (row.events, row.bad) == (1, 0)


def test_a_fork_begins_a_reporter_without_outcomes(world: World) -> None:
    note(world, 4)
    world.usage.after_fork()
    world.reporter.after_fork()
    note(world)
    world.install()
    world.go(6)

    assert told(world.posted.tried) == {CELL: 1}
