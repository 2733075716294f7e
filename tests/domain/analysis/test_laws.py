"""Laws of the analysis that hold for any windows in any order."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from json import dumps, loads
from math import comb, exp, inf, isfinite, nan
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flagsvc.domain.analysis.evidence import Evidence
from flagsvc.domain.analysis.findings import log_total
from flagsvc.domain.analysis.judging import (
    evidence_of,
    exposure_of,
    fresh,
    measured,
    step_begun,
    verdict_of,
    verdict_of_members,
)
from flagsvc.domain.analysis.measurement import Arm, Measurement
from flagsvc.domain.analysis.noninferiority import proof_gains
from flagsvc.domain.analysis.sequential import ERROR_RATIOS, LATENCY_RATIOS, gains
from flagsvc.domain.analysis.spec import Analysis, Metric
from tests.domain.analysis.windows import (
    ERRORS,
    EVERY,
    LATENCY,
    RESTART,
    Counts,
    Walk,
    Walked,
    analysis,
    walked,
    window,
)

SALES = Metric(name="sales", kind="mean", source="own")
QUEUE = Metric(name="queue", kind="value", source="own", maximum=10.0)
ALL = (replace(ERRORS, of="requests"), LATENCY, SALES, QUEUE)
HOSTILE = (nan, inf, -inf, -1.0, -0.0, 0.0, 5e-324, 1e-300, 1e-6, 0.5, 1.0, 7.0, 1e9, 1e15, 1.1e15, 1e300)


@st.composite
def counted(draw: st.DrawFn) -> Counts:
    events, others = draw(st.integers(0, 2_000)), draw(st.integers(0, 20_000))
    return events, others, draw(st.integers(0, min(events, 60))), draw(st.integers(0, min(others, 300)))


WINDOWS = st.lists(counted(), max_size=12)
WALKS: st.SearchStrategy[list[Walked]] = st.lists(counted() | st.just(RESTART), max_size=20)


@given(st.integers(1, 5_000), st.integers(1, 5_000), st.integers(1, 60), st.floats(0.01, 1.0))
def test_no_ratio_gains_on_average_from_a_candidate_that_is_not_worse(
    events: int, others: int, total: int, ratio: float
) -> None:
    for ratios, null in ((ERROR_RATIOS, 1.0), (LATENCY_RATIOS, 1.0), (tuple(2 * one for one in ERROR_RATIOS), 2.0)):
        means = _expected(
            lambda bad, ours=ratios, at=null: gains(ours, at, (events, others), bad),
            events,
            others,
            total,
            ratio * null,
        )
        assert max(means) <= 1 + 1e-9

    at_the_null = _expected(lambda bad: gains(ERROR_RATIOS, 1.0, (events, others), bad), events, others, total, 1.0)
    assert at_the_null == pytest.approx([1.0] * len(ERROR_RATIOS))


@given(st.integers(1, 5_000), st.integers(1, 5_000), st.integers(1, 60), st.floats(2.0, 100.0))
def test_no_proof_grows_on_average_for_a_candidate_that_is_as_bad_as_it_excludes(
    events: int, others: int, total: int, ratio: float
) -> None:
    means = _expected(lambda bad: proof_gains(2.0, (events, others), bad), events, others, total, ratio)

    assert max(means) <= 1 + 1e-9


@given(WINDOWS, st.randoms())
def test_the_order_of_windows_does_not_matter_to_counts_of_units(windows: list[Counts], chance: Random) -> None:
    shuffled = list(windows)
    chance.shuffle(shuffled)

    one, other = walked(windows), walked(shuffled)

    assert _log_e(one) == pytest.approx(_log_e(other), abs=1e-9)


@given(WALKS)
def test_a_window_that_comes_again_changes_nothing(walk: list[Walked]) -> None:
    done = walked(walk)

    before, done.now = done.evidence, 0.0
    for one in walk:
        if one != RESTART:
            done.take(one)

    assert done.evidence == before


@given(WALKS, st.integers(0, 20))
def test_stored_and_read_back_anywhere_is_as_never_stopped(walk: list[Walked], cut: int) -> None:
    given_analysis = analysis(*ALL)

    straight, resumed = walked(walk, given_analysis), walked(walk[:cut], given_analysis)
    resumed.evidence = evidence_of(loads(dumps(asdict(resumed.evidence), allow_nan=False)))
    for one in walk[cut:]:
        resumed = resumed.step() if one == RESTART else resumed.take(one)

    assert resumed.evidence == straight.evidence
    assert resumed.verdict() == straight.verdict()


@given(WALKS, st.integers(1, 4))
def test_no_more_starts_are_used_than_were_paid_for(walk: list[Walked], steps: int) -> None:
    done = walked([*walk, RESTART, (75, 1425, 5, 6)], steps=steps)

    assert done.evidence.starts <= steps
    assert len(done.evidence.cells["errors"]) <= steps


@given(counted(), st.integers(0, 3))
def test_silent_windows_in_between_change_no_evidence(counts: Counts, silent: int) -> None:
    plain, broken = walked([counts, counts]), walked([counts])
    for _ in range(silent):
        broken.measure(replace(window(counts, broken.now), missing="no-data"))
    broken.take(counts)

    assert broken.evidence.cells == plain.evidence.cells
    assert broken.evidence.peak == plain.evidence.peak


@settings(deadline=None)
@given(st.lists(counted(), min_size=1, max_size=8))
def test_more_errors_of_the_candidate_are_never_less_evidence(windows: list[Counts]) -> None:
    worse = [(n, m, min(x + 1, n), y) for n, m, x, y in windows]

    assert _log_e(walked(worse, steps=1)) >= _log_e(walked(windows, steps=1)) - 1e-9


def test_a_hundred_thousand_hostile_answers_without_data_are_never_healthy_and_never_unhealthy() -> None:
    chance, given_analysis = Random(1), analysis(*ALL)  # noqa: S311
    evidence, kinds = step_begun(given_analysis, fresh(given_analysis, 5, 0.0), 0.0), set()

    for number in range(100_000):
        evidence = measured(given_analysis, evidence, _without_data(chance, number), 5)
        if number % 10 == 0:
            kinds.add(verdict_of(given_analysis, evidence, number * EVERY, 5).kind)

    assert kinds == {"unknown"}
    assert (evidence.known, evidence.cells, evidence.peak) == ({}, {}, 1.0)


def test_whatever_floats_come_nothing_raises_and_all_of_it_can_be_stored() -> None:
    chance, given_analysis = Random(2), analysis(*ALL)  # noqa: S311
    evidence = step_begun(given_analysis, fresh(given_analysis, 5, 0.0), 0.0)

    for number in range(20_000):
        evidence = measured(given_analysis, evidence, _anything(chance, number), 5)
        if number % 20 == 0:
            evidence = step_begun(given_analysis, evidence, number * EVERY)
            _stored(given_analysis, evidence, number * EVERY)

    assert isfinite(log_total(given_analysis, evidence))


def _stored(given_analysis: Analysis, evidence: Evidence, now: float) -> None:
    verdict = verdict_of(given_analysis, evidence, now, 5)
    dumps(asdict(exposure_of(given_analysis, evidence)), allow_nan=False)
    assert evidence_of(loads(dumps(asdict(evidence), allow_nan=False))) == evidence
    assert verdict_of_members(loads(dumps(asdict(verdict), allow_nan=False))) == verdict


def _expected(gain: object, events: int, others: int, total: int, ratio: float) -> Sequence[float]:
    """Tell what a window multiplies each likelihood ratio by on average, with so many bad events, at a true ratio."""
    place = ratio * events / (ratio * events + others)
    chances = [comb(total, bad) * place**bad * (1 - place) ** (total - bad) for bad in range(total + 1)]
    each = [gain((bad, total - bad)) for bad in range(total + 1)]  # type: ignore[operator]
    return [sum(p * exp(row[k]) for p, row in zip(chances, each, strict=True)) for k in range(len(each[0]))]


def _without_data(chance: Random, number: int) -> Measurement:
    """Give a window in which at least one side has no usable number."""
    metric, start = chance.choice(ALL).name, number * EVERY
    wrong = chance.choice((nan, inf, -inf, -1.0, 0.0, 1e300))
    nothing = Arm(events=wrong, bad=nan, total=nan, squares=nan, value=chance.choice((None, nan, inf, -inf)))
    fine = Arm(events=500, bad=5, total=50, squares=60, value=None)
    arms = chance.choice(
        ((nothing, fine), (fine, nothing), (nothing, nothing), (None, fine), (fine, None), (None, None))
    )
    return Measurement(metric=metric, start=start, end=start + EVERY, candidate=arms[0], baseline=arms[1])


def _anything(chance: Random, number: int) -> Measurement:
    """Give a window of whatever floats there are, at whatever time."""
    start = chance.choice((number * EVERY, number * EVERY, number * EVERY, 0.0, nan, -inf))
    return Measurement(
        metric=chance.choice(ALL).name,
        start=start,
        end=chance.choice((start + EVERY, start + EVERY, start, nan, start - 1)),
        candidate=_any_arm(chance),
        baseline=_any_arm(chance),
        missing=chance.choice(("", "", "", "", "unreachable", "no-data")),
    )


def _any_arm(chance: Random) -> Arm:
    if chance.random() < 0.5:
        return Arm(events=500, bad=chance.choice((0, 3, 500)), total=5.0, squares=7.0, value=chance.choice((3.0, 30.0)))
    one = [chance.choice(HOSTILE) for _ in range(6)]
    return Arm(events=one[0], bad=one[1], far=one[2], total=one[3], squares=one[4], value=one[5])


def _log_e(walk: Walk) -> float:
    return log_total(walk.analysis, walk.evidence)
