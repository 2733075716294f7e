"""The sequential test on counts: evidence that stays valid however often, and until whenever, one looks at it.

Given how many bad events a window had, each belongs to the candidate with probability θ(r) = r q / (r q + 1 - q),
where q is the candidate's share of all events and r the ratio of the bad rates. A mixture of likelihood ratios of
larger r against `null` is a supermartingale while the candidate is not worse than `null` times the baseline in every
window, so that it ever reaches 1 / alpha with probability alpha at most (Ville 1939), whatever the common level does.
Sources: Robbins 1970 (mixtures); Lindon & Malek 2022, arXiv:2011.03567 (counts, rates that vary with time); Howard,
Ramdas, McAuliffe & Sekhon 2021, arXiv:1810.08240. docs/rollout-statistics.md explains it.
"""

from collections.abc import Sequence
from math import exp, inf, log, log1p

Cells = tuple[float, ...]
COUNT = 25
LARGEST = 1e299
"""The largest evidence that is told as a number; JSON knows no infinity."""


def spaced(low: float, high: float, count: int = COUNT) -> Cells:
    """Give `count` ratios from `low` to `high`, each the same factor above the one before."""
    return tuple(low * (high / low) ** (step / (count - 1)) for step in range(count))


ERROR_RATIOS = spaced(1.25, 50.0)
LATENCY_RATIOS = spaced(1.1, 15.0)
"""Ratios of the bad rates that are looked for, in units of `null`: a share of slow events cannot grow far."""


def gains(ratios: Cells, null: float, events: tuple[float, float], bad: tuple[float, float]) -> Cells:
    """Log-likelihood of each ratio against `null` in one window; `events` and `bad` are (candidate, baseline).

    A window without events on both sides, or without any bad event, says nothing: zeros.
    """
    (candidates, baselines), (failed, total) = events, (bad[0], bad[0] + bad[1])
    if candidates <= 0 or baselines <= 0 or total <= 0:
        return (0.0,) * len(ratios)
    share = candidates / (candidates + baselines)
    expected = log1p((null - 1) * share)
    return tuple(failed * log(ratio / null) - total * (log1p((ratio - 1) * share) - expected) for ratio in ratios)


def added(cells: Sequence[Cells], gain: Cells, starts: int) -> tuple[Cells, ...]:
    """Add one window to every started start; starts that got nothing yet begin at zero."""
    begun = [*cells[:starts], *((0.0,) * len(gain) for _ in range(starts - len(cells)))]
    return tuple(tuple(old + new for old, new in zip(start, gain, strict=True)) for start in begun)


def log_sum(values: Sequence[float]) -> float:
    """Logarithm of the sum of the exponentials, without overflow; -inf for none."""
    top = max(values, default=-inf)
    return top if top in {inf, -inf} else top + log(sum(exp(value - top) for value in values))


def log_component(start: Cells) -> float:
    """Give ln of the evidence that was gathered since one start: the mean over its ratios."""
    return log_sum(start) - log(len(start))


def log_mixed(components: Sequence[float], paid: int) -> float:
    """Give ln E from the ln of each start's evidence; those of the `paid` starts that are not begun count as 1."""
    waiting = [log(paid - len(components))] if paid > len(components) else []
    return log_sum([*components, *waiting]) - log(paid)


def best(components: Sequence[float]) -> int:
    """Find the start whose evidence is largest (the first of equals); its windows are those the guard looks at."""
    return max(range(len(components)), key=components.__getitem__)


def number(log_evidence: float) -> float:
    """Evidence as a number, at most 1e299."""
    return min(exp(min(log_evidence, 700.0)), LARGEST)
