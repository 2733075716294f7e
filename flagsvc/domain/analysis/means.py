"""Business numbers: whether the mean per event of the candidate is worse than the baseline's by more than the guard.

Windows are compared each by itself, because the level changes over the day and the split over the steps, and summed
with weights that depend on the numbers of events only. Of the sum a one-sided mixture of normals makes evidence that
stays valid at every look, asymptotically, which is why fewer than `LEAST` events of either side say nothing.
What is rare may not have happened at all on the smaller side, whose own spread then looks like none: both sides are
taken to spread as far as the one that spreads further.
Sources: Robbins 1970; Howard, Ramdas, McAuliffe & Sekhon 2021, arXiv:1810.08240 (one-sided normal mixture);
Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas, arXiv:2103.06476 (asymptotic confidence sequences).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import erfc, log, log1p, pi, sqrt

from flagsvc.domain.analysis.guard import guard_of
from flagsvc.domain.analysis.measurement import Arm
from flagsvc.domain.analysis.spec import Metric

LEAST = 200.0
SCALE = 0.05
"""The difference looked for, in standard deviations of one event: its prior is a half-normal of that width."""
_TINY = -30.0


@dataclass(frozen=True, slots=True)
class Means:
    """The sums since one start: `harm` grows with how much worse than the guard the candidate is."""

    events: float
    total: float
    squares: float
    others: float
    total_others: float
    squares_others: float
    harm: float
    spread: float
    spread_others: float

    @property
    def mean(self) -> float | None:
        """Mean per event of the candidate."""
        return self.total / self.events if self.events > 0 else None

    @property
    def mean_others(self) -> float | None:
        """Mean per event of the baseline."""
        return self.total_others / self.others if self.others > 0 else None


def window_of(metric: Metric, candidate: Arm, baseline: Arm) -> tuple[float, ...]:
    """Give the sums of one window; both arms have events."""
    weight = candidate.events * baseline.events / (candidate.events + baseline.events)
    better = candidate.total / candidate.events - _bar(metric) * baseline.total / baseline.events
    harm = -weight * better if metric.better == "higher" else weight * better
    ours, others = _sums(metric, candidate), _sums(metric, baseline)
    return (*ours, *others, harm, weight**2 / candidate.events, weight**2 / baseline.events)


def log_harm(metric: Metric, sums: Sequence[float]) -> float:
    """Give ln of the evidence that the candidate is worse than the guard allows."""
    return _log_mixture(metric, Means(*sums), 1.0)


def log_proof(metric: Metric, sums: Sequence[float]) -> float:
    """Give ln of the evidence that the candidate is not worse than the guard allows."""
    return _log_mixture(metric, Means(*sums), -1.0)


def _bar(metric: Metric) -> float:
    return 1 - guard_of(metric) if metric.better == "higher" else 1 + guard_of(metric)


def _sums(metric: Metric, arm: Arm) -> tuple[float, float, float]:
    """Where a ratio's source gives no squares, its events happen or not: each is its own square."""
    counted = metric.kind == "ratio" and arm.squares == 0
    return arm.events, arm.total, abs(arm.total) if counted else arm.squares


def _log_mixture(metric: Metric, means: Means, sign: float) -> float:
    if min(means.events, means.others) < LEAST:
        return 0.0
    unit = max(
        _variance(means.events, means.total, means.squares),
        _variance(means.others, means.total_others, means.squares_others),
    )
    if unit <= 0:
        return 0.0
    growth = 1 + SCALE**2 * (means.spread + _bar(metric) ** 2 * means.spread_others)
    return log(2) - log(growth) / 2 + _log_tilted(sign * SCALE * means.harm / sqrt(unit * growth))


def _variance(events: float, total: float, squares: float) -> float:
    return max(0.0, squares / events - (total / events) ** 2)


def _log_tilted(x: float) -> float:
    """x²/2 + ln Φ(x), also where Φ(x) is too small to be a number."""
    if x > 0:
        return x * x / 2 + log1p(-erfc(x / sqrt(2)) / 2)
    return x * x / 2 + log(erfc(-x / sqrt(2)) / 2) if x > _TINY else -log(-x * sqrt(2 * pi))
