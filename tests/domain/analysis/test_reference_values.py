"""The sequential test to the sixth decimal, as it was computed by another program from the same formulas."""

import pytest

from flagsvc.domain.analysis.findings import found, log_total
from tests.domain.analysis.windows import RESTART, Counts, Walk, Walked, walked

AGAINST: list[tuple[list[Walked], list[float]]] = [
    ([(50, 950, 3, 0)], [4.935591]),
    ([(50, 950, 4, 0)], [7.405461]),
    ([(500, 500, 14, 0)], [6.799040]),
    ([(75, 1425, 0, 30)], [-0.202232]),
    ([(75, 1425, 2, 8), (75, 1425, 5, 6)], [0.179276, 5.531497]),
    ([(75, 1425, 0, 20), RESTART, (150, 1350, 6, 4)], [-0.192713, 5.040835]),
    ([(1000, 1000, 0, 0)], [0.0]),
    ([(0, 1000, 0, 3)], [0.0]),
]


@pytest.mark.parametrize(("windows", "expected"), AGAINST)
def test_evidence_against_the_candidate_is_that_of_the_formula(windows: list[Walked], expected: list[float]) -> None:
    looks = [windows[: end + 1] for end, one in enumerate(windows) if one != RESTART]

    evidence = [_log_e(walked(look)) for look in looks]

    assert evidence == pytest.approx(expected, abs=1e-6)


def test_without_starts_to_spare_a_late_regression_is_seen_later() -> None:
    late: list[Walked] = [(75, 1425, 0, 20), RESTART, (150, 1350, 6, 4)]

    once = _log_e(walked(late, steps=1))

    assert once == pytest.approx(1.724736, abs=1e-6)


@pytest.mark.parametrize(
    ("window", "expected"), [((7500, 142500, 8, 143), 1.472780), ((37500, 112500, 38, 112), 6.223529)]
)
def test_proof_for_the_candidate_is_that_of_the_formula(window: Counts, expected: float) -> None:
    walk = walked([window])

    finding = found(walk.analysis, walk.evidence, walk.analysis.metrics[0])

    assert finding.log_proof == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(("share", "errors"), [(5, 3), (10, 4), (25, 6), (50, 11), (75, 25)])
def test_so_few_errors_decide_when_the_baseline_has_none(share: int, errors: int) -> None:
    def verdict(bad: int) -> str:
        return walked([(10 * share, 1000 - 10 * share, bad, 0)]).verdict().kind

    assert (verdict(errors), verdict(errors - 1)) == ("unhealthy", "healthy")


def _log_e(walk: Walk) -> float:
    return log_total(walk.analysis, walk.evidence)
