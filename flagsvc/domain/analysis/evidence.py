"""The state of an analysis, carried from window to window and stored with its rollout."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """`cursors`: metric → end of the last window that was taken in; the same window is never taken twice.

    `cells`: process ("errors", "errors/proof") → per started start the log-likelihoods of its ratios. `counts`:
    process → per start the sums that the magnitude guard needs. `peak`: the largest e over all metrics so far.
    `sums`: metric → the totals of the rollout, for the blast radius. `breaches`: metric → windows in a row.
    """

    starts: int = 1
    cursors: Mapping[str, float] = field(default_factory=dict)
    cells: Mapping[str, tuple[tuple[float, ...], ...]] = field(default_factory=dict)
    counts: Mapping[str, tuple[tuple[float, ...], ...]] = field(default_factory=dict)
    sums: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    breaches: Mapping[str, int] = field(default_factory=dict)
    peak: float = 1.0
