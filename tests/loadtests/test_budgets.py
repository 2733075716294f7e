"""The budgets of the load tests, and the verdict: what is missed is found, what cannot be judged is said to be so."""

from pathlib import Path

import pytest

from loadtests.budgets import BARE, Finding, judged, load
from loadtests.profiles import PROFILES, planned
from loadtests.records import MOST_TIMES, Record, read, write
from loadtests.report import table, verdict


def a_record(name: str = "OFREP single", *, milliseconds: float = 2.0, requests: int = 100) -> Record:
    record = Record("evaluating", name)
    for number in range(requests):
        record.succeeded(at=number / 10, milliseconds=milliseconds)
    return record


def finding(limit: str, wanted: float, *records: Record, full: bool = True) -> Finding:
    budgets = {"evaluating": {"OFREP single": {limit: wanted}}}
    [found] = judged(budgets, records, ["evaluating"], full=full)
    return found


@pytest.mark.parametrize(
    ("limit", "kept", "missed", "seen"),
    [
        ("requests", 100, 101, 100),
        ("p50_ms", 2.0, 1.9, 2.0),
        ("p99_ms", 2.0, 1.9, 2.0),
        ("per_second", 10, 10.1, 10),
        ("error_share", 0.0, -0.1, 0.0),
    ],
)
def test_a_limit_is_met_up_to_its_very_value_and_missed_beyond(
    limit: str, kept: float, missed: float, seen: float
) -> None:
    good, bad = finding(limit, kept, a_record()), finding(limit, missed, a_record())

    assert (good.standing, good.seen) == ("met", seen)
    assert (bad.standing, bad.seen) == ("missed", seen)


def test_a_kind_of_request_that_never_came_misses_every_limit_of_its_number_and_time() -> None:
    standings = {limit: finding(limit, 1).standing for limit in ("requests", "p50_ms", "p99_ms", "per_second")}

    assert set(standings.values()) == {"missed"}


def test_a_quick_run_is_judged_by_numbers_and_failures_alone() -> None:
    standings = {
        limit: finding(limit, wanted, a_record(), full=False).standing
        for limit, wanted in {"requests": 1000, "error_share": 0, "p50_ms": 0, "p99_ms": 0, "per_second": 1e9}.items()
    }

    assert standings == {
        "requests": "missed", "error_share": "met",
        "p50_ms": "not judged", "p99_ms": "not judged", "per_second": "not judged",
    }  # fmt: skip


def test_the_ratio_is_that_of_processor_time_for_a_request_to_the_bare_route_and_unknown_without_one() -> None:
    mine, bare = a_record(), a_record(BARE, requests=50)
    mine.processor_seconds, bare.processor_seconds = 0.01, 0.01

    assert finding("ratio", 2.0, mine, bare).standing == "met"
    assert finding("ratio", 2.1, mine, bare).standing == "missed"
    assert finding("ratio", 0.1, mine).standing == "not judged"


def test_one_failure_misses_the_budget_of_none_also_of_a_kind_that_has_no_budget() -> None:
    mine, other = a_record(), a_record("something new")
    other.failed("a fault")

    found = list(
        judged({"evaluating": {"OFREP single": {"error_share": 0.0}}}, [mine, other], ["evaluating"], full=False)
    )

    assert [(each.name, each.standing) for each in found] == [("OFREP single", "met"), ("something new", "missed")]
    assert "MISSED  evaluating: something new: error_share 0.00990099, wanted 0" in list(verdict(found))


def test_the_file_has_a_budget_for_every_profile_and_refuses_a_limit_that_is_none(tmp_path: Path) -> None:
    wrong = tmp_path / "budgets.toml"
    wrong.write_text('[evaluating."OFREP single"]\np98_ms = 3\n')

    assert load().keys() == PROFILES.keys()
    assert all(limits["error_share"] == 0 for kinds in load().values() for limits in kinds.values())
    with pytest.raises(ValueError, match="evaluating, OFREP single: p98_ms is no limit"):
        load(wrong)


def test_percentiles_are_those_of_the_times_that_were_seen_and_rates_leave_the_ends_out() -> None:
    record = Record("evaluating", "x")
    for number in range(100):
        record.succeeded(at=1 + number / 40, milliseconds=number + 1)

    assert (record.percentile(0.5), record.percentile(0.99), record.percentile(1)) == (50, 99, 100)
    assert record.per_second == 40


def test_records_are_bounded_and_survive_the_way_between_two_processes(tmp_path: Path) -> None:
    record = a_record(requests=MOST_TIMES + 5)
    record.failed("why")
    file = tmp_path / "records.json"

    write(file, [record])

    assert len(record.milliseconds) == MOST_TIMES
    assert (record.requests, record.failures) == (MOST_TIMES + 5, 1)
    assert read(file) == [record]


def test_every_load_is_bounded_in_users_and_time(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [*PROFILES]

    assert sum(stage.seconds for stage in planned(names, full=False)) <= 20
    assert sum(stage.seconds for stage in planned(names, full=True)) <= 300
    monkeypatch.setattr("loadtests.profiles.MOST_USERS", 15)
    with pytest.raises(ValueError, match="more than 15 users"):
        planned(names, full=True)


def test_the_table_names_each_kind_with_the_bare_route_first() -> None:
    rows = list(table([a_record(), a_record(BARE)]))

    assert [row.split("  ")[1] for row in rows[2:]] == [BARE, "OFREP single"]
