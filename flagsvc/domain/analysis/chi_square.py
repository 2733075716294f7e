"""Whether counts look as shares say they should: Pearson's test of goodness of fit.

Source: Pearson 1900, Philosophical Magazine 50; the survival function by its finite sums, Abramowitz & Stegun 26.4.4
and 26.4.5.
"""

from collections.abc import Mapping
from math import erfc, exp, lgamma, log, sqrt
from typing import NamedTuple

from flagsvc.domain.analysis.percent import percent_of

LEAST_EXPECTED = 5.0
"""So many must be expected of each kind, or the distribution of the statistic is not yet the one that is asked."""
UNLIKELY = 0.01


class Fit(NamedTuple):
    """The statistic, its degrees of freedom, how likely one at least as large is by chance, and all that in words."""

    statistic: float
    degrees: int
    p: float
    sentence: str


def fit_of(counts: Mapping[str, int], shares: Mapping[str, float]) -> Fit | None:
    """Compare counts with the shares (they add up to 1) of their kinds; None where fewer than two kinds have a share.

    A kind without a share must have no count.
    """
    total = sum(counts.values())
    expected = {kind: share * total for kind, share in shares.items() if share > 0}
    degrees = len(expected) - 1
    if degrees < 1 or not total:
        return None
    statistic = sum((counts.get(kind, 0) - wanted) ** 2 / wanted for kind, wanted in expected.items())
    p = survival(statistic, degrees)
    return Fit(statistic, degrees, p, _sentence(p, total, min(expected.values())))


def survival(statistic: float, degrees: int) -> float:
    """Give the probability that a chi-square of so many degrees of freedom (1 or more) is at least `statistic`."""
    if statistic <= 0:
        return 1.0
    half = statistic / 2
    first = 1.0 if degrees % 2 == 0 else 0.5
    tail = exp(-half) if degrees % 2 == 0 else erfc(sqrt(half))
    steps = [first + index for index in range((degrees - 1) // 2)]
    return min(1.0, tail + sum(exp(step * log(half) - half - lgamma(step + 1)) for step in steps))


def _sentence(p: float, total: int, least: float) -> str:
    if least < LEAST_EXPECTED:
        return f"{total} units are too few to tell: of one variant only {least:.2g} are expected."
    if p < UNLIKELY:
        return f"Further from the weights than chance explains: p = {p:.2g}, and below {UNLIKELY:g} is unlikely."
    return f"As the weights say: by chance alone {percent_of(p)} of such lists would be at least as far from them."
