"""The source `own` gives exactly what was reported, says what is missing, and never raises."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flagsdk.core.durations import BOUNDS, bound_of, nearest, place_of
from flagsdk.core.sketch import Sample
from flagsdk.wire.outcomes import OutcomeRow
from flagsvc.domain.analysis.measurement import Arm, Measurement
from flagsvc.domain.analysis.own import in_rollout
from flagsvc.domain.analysis.spec import Metric
from flagsvc.domain.errors import Unavailable
from flagsvc.domain.outcomes import CELL_SECONDS, SETTLED_SECONDS, Told
from flagsvc.metric_sources.own import Own
from flagsvc.ports import Baseline, MetricSource
from flagsvc.runner.usage import GATHER_SECONDS, TURN_SECONDS
from flagsvc.store import SqlStore, open_store
from flagsvc.usecases.outcomes import add_outcomes
from tests.store.engines import prepare_sqlite
from tests.usecases.world import World

T = 1_800_000_000
QUERY = {
    "environment": "prod", "kind": "split", "key": "checkout", "baseline": "stable", "candidate": "canary",
    "since": T,
}  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    prepare_sqlite(tmp_path / "own.db")
    made = open_store(f"sqlite:///{tmp_path / 'own.db'}", chance=lambda: 0.5)
    World(made).split("checkout")
    yield made
    made.close()


@pytest.fixture
def own(store: SqlStore) -> Own:
    return Own(store, lambda: T + 10_000.0)


def metric(kind: Any = "errors", name: str = "", **members: Any) -> Metric:
    query = QUERY | ({"metric": name} if name else {}) | members.pop("query", {})
    return Metric(name="m", kind=kind, source="own", query=query, **members)


Report = Callable[..., None]


@pytest.fixture
def report(store: SqlStore) -> Report:
    def tell(variant: str, at: float = 0, name: str = "errors", **counts: Any) -> None:
        row = OutcomeRow("split", "checkout", variant, name, **counts)
        store.run([], lambda tx: add_outcomes(tx, [Told("prod", T + at, row)]))

    return tell


def test_it_is_a_source_that_can_look_back(own: Own) -> None:
    source: MetricSource = own
    baseline: Baseline = own

    assert source.settled_seconds() == SETTLED_SECONDS
    assert baseline.bounds(metric("latency"), T, T + 15) == {}


def test_errors_are_read_as_they_were_reported(own: Own, report: Report) -> None:
    report("stable", 0, events=100, bad=1)
    report("stable", 14.9, events=50, bad=2)
    report("stable", 15, events=1000)
    report("canary", 5, events=7)

    measured = own.measure(metric(), T, T + 15)

    assert measured == Measurement(
        metric="m", start=T, end=T + 15, baseline=Arm(events=150, bad=3), candidate=Arm(events=7, bad=0)
    )


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.sets(st.integers(1, 23), max_size=6))
def test_windows_side_by_side_add_up_to_the_whole(cuts: set[int], own: Own, report: Report) -> None:
    whole = own.measure(metric(), T, T + 120).baseline or Arm()
    for number in range(24):
        report("stable", number * 5 + number / 6, events=number, bad=number // 2)
    edges = [0, *sorted(cuts), 24]

    parts = [own.measure(metric(), T + 5 * a, T + 5 * b).baseline for a, b in pairwise(edges)]

    assert sum(part.events for part in parts if part) == whole.events + sum(range(24))
    assert sum(part.bad for part in parts if part) == whole.bad + sum(number // 2 for number in range(24))


def test_latency_is_counted_beyond_the_nearest_bound_and_beyond_half_as_much_again(own: Own, report: Report) -> None:
    bound = bound_of(nearest(0.3))
    slow = {place_of(bound): 5, place_of(bound * 1.01): 3, place_of(bound * 1.51): 2, len(BOUNDS): 1}
    for variant in ("stable", "canary"):
        report(variant, name="latency", events=11, slow=slow)

    measured = own.measure(metric("latency", bound_seconds=0.3), T, T + 15)

    assert measured.baseline == measured.candidate == Arm(events=11, bad=6, far=3)


@pytest.mark.parametrize("kind", ["mean", "ratio"])
def test_business_numbers_are_totals_and_squares(own: Own, report: Report, kind: Any) -> None:
    for at in (0, 5):
        report("stable", at, "revenue", events=4, total=10.5, squares=30.25)
        report("canary", at, "revenue", events=1, total=-2.0, squares=4.0)

    measured = own.measure(metric(kind, "revenue"), T, T + 15)

    assert measured.baseline == Arm(events=8, total=21.0, squares=60.5)
    assert measured.candidate == Arm(events=2, total=-4.0, squares=8.0)


def units(*numbers: int) -> dict[str, Any]:
    return {"units": Sample(0, frozenset(numbers)), "events": 3 * len(numbers)}


def test_units_fail_once_in_a_rollout_out_of_those_that_are_active(own: Own, report: Report) -> None:
    report("stable", 0, **units(*range(100)), bad=9, failed=frozenset({1, 2, 3}))
    report("stable", 5, **units(*range(50, 120)), bad=9, failed=frozenset({1, 2, 3, 4}))
    report("canary", 0, **units(200, 201))
    report("stable", 400, **units(*range(100)), failed=frozenset({1, 2, 3, 4, 5}))
    report("canary", 400, **units(1, 201), failed=frozenset({1, 201}))

    by_unit = metric(of="units")
    first, later = own.measure(by_unit, T, T + 15), own.measure(by_unit, T + 390, T + 405)

    assert first.baseline == Arm(events=120, bad=4)
    assert first.candidate == Arm(events=2, bad=0)
    assert later.baseline == Arm(events=100, bad=1)
    assert later.candidate == Arm(events=2, bad=1)


def test_without_a_beginning_units_count_once_in_the_window(own: Own, report: Report) -> None:
    for at in (-600, 0):
        report("stable", at, **units(1, 2), failed=frozenset({1, 2}))
    query = {name: value for name, value in QUERY.items() if name != "since"}
    alone = Metric(name="m", kind="errors", source="own", query=query, of="units")

    assert own.measure(alone, T, T + 15).baseline == Arm(events=2, bad=2)


def test_counts_without_units_are_no_data_about_units(own: Own, report: Report) -> None:
    for variant in ("stable", "canary"):
        report(variant, events=10, bad=1)

    measured = own.measure(metric(of="units"), T, T + 15)

    assert (measured.missing, measured.baseline, measured.candidate) == ("no-data", None, None)


def test_an_arm_without_outcomes_is_missing_and_the_other_one_is_given(own: Own, report: Report) -> None:
    report("stable", events=10)

    measured = own.measure(metric(), T, T + 15)

    assert (measured.missing, measured.detail) == ("no-data", "no outcome was reported for canary")
    assert (measured.baseline, measured.candidate) == (Arm(events=10), None)


def test_a_window_that_is_not_over_is_not_read(store: SqlStore, report: Report) -> None:
    for variant in ("stable", "canary"):
        report(variant, events=10)

    measured = Own(store, lambda: T + 14.0).measure(metric(), T, T + 15)

    assert (measured.missing, measured.detail) == ("no-data", "the window is not over yet")


def test_the_past_of_the_baseline_is_read_alone(own: Own, report: Report) -> None:
    report("stable", -3600, events=500, bad=5)

    measured = own.history(metric(), T - 7200, T)

    assert (measured.baseline, measured.candidate, measured.missing) == (Arm(events=500, bad=5), None, "")
    assert own.history(metric(), T, T + 60).missing == "no-data"


def test_bounds_say_how_many_were_at_most_so_slow(own: Own, report: Report) -> None:
    report("stable", name="latency", events=10, slow={0: 4, 2: 5, 5: 1})
    report("canary", name="latency", events=10, slow={9: 10})

    bounds = own.bounds(metric("latency", bound_seconds=0.1), T, T + 15)

    assert list(bounds.values()) == [4, 4, 9, 9, 9, 10]
    assert list(bounds) == list(BOUNDS[:6])
    assert own.bounds(metric("latency"), T + 500, T + 515) == {}


def test_a_window_is_whole_when_it_is_said_to_be() -> None:
    """A tick of the client, a report that is lost and repeated, a turn of the writer: all that may come between."""
    from flagsdk.delivery import CONNECT_SECONDS, READ_SECONDS  # noqa: PLC0415 - of this test alone
    from flagsdk.reporting import FIRST_BACKOFF_SECONDS, TICK_SECONDS  # noqa: PLC0415 - likewise

    lost = CONNECT_SECONDS + READ_SECONDS + 2 * FIRST_BACKOFF_SECONDS + TICK_SECONDS
    assert lost + TICK_SECONDS + TURN_SECONDS + GATHER_SECONDS <= SETTLED_SECONDS
    assert SETTLED_SECONDS % CELL_SECONDS == 0


WRONG: list[tuple[Metric, str]] = [
    (metric(query={"key": None}), "key: a text is needed"),
    (metric(query={"kind": "segment"}), "kind: one of flag, split"),
    (metric(query={"candidate": "stable"}), "candidate: another variant than the baseline"),
    (metric(query={"metrik": "errors"}), "metrik: there is no such member"),
    (metric(query={"since": "yesterday"}), "since: Unix seconds"),
    (metric(query={"since": True}), "since: Unix seconds"),
    (metric("mean"), "metric: the name under which outcomes are counted"),
    (metric("value", "errors"), "kind: outcomes have no metric of the kind value"),
    (metric("latency", of="units"), "of: units are counted for errors only"),
]


@pytest.mark.parametrize(("wrong", "fault"), WRONG)
def test_a_query_that_cannot_work_is_said_so_and_measures_nothing(own: Own, wrong: Metric, fault: str) -> None:
    found = own.check(wrong)

    assert [each for each in found if each.startswith(fault)] == found
    assert own.measure(wrong, T, T + 15).missing == "unreachable"
    assert own.history(wrong, T, T + 15).detail.startswith(fault)
    assert own.bounds(wrong, T, T + 15) == {}


@pytest.mark.parametrize("kind", ["errors", "latency"])
def test_a_query_that_works_has_no_fault(own: Own, kind: Any) -> None:
    assert own.check(metric(kind)) == []


def test_a_query_without_an_environment_is_right_and_measures_nothing_until_a_rollout_adds_it(
    own: Own, report: Report
) -> None:
    for variant in ("stable", "canary"):
        report(variant, events=10)
    alone = Metric(name="m", kind="errors", source="own", query={**QUERY, "environment": None})
    query = {name: value for name, value in QUERY.items() if name not in ("environment", "since")}
    written = Metric(name="m", kind="errors", source="own", query=query)

    placed = in_rollout(written, "prod", T + 0.5)

    assert own.check(written) == own.check(alone) == []
    assert own.measure(written, T, T + 15).detail == "environment: a text is needed"
    assert own.measure(placed, T, T + 15).baseline == Arm(events=10)
    assert placed.query["since"] == T + 0.5


def test_other_sources_keep_their_queries() -> None:
    other = Metric(name="m", kind="errors", source="prometheus", query={"a": 1})

    assert in_rollout(other, "prod", T) is other


def test_a_database_that_is_away_is_unreachable() -> None:
    class Away:
        def reading(self) -> Any:
            raise Unavailable("no answer")

    own = Own(Away(), lambda: T + 10_000.0)  # type: ignore[arg-type]  # nothing but what fails

    assert own.measure(metric(), T, T + 15).missing == "unreachable"
    assert own.history(metric(), T, T + 15).missing == "unreachable"
    assert own.bounds(metric("latency"), T, T + 15) == {}
