"""The state of an analysis, carried from window to window and stored with its rollout."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that was learnt from the windows so far; goes through JSON unharmed (`judging.evidence_of` reads it back).

    `paid`: how many starts alpha was divided among when the rollout began; `starts`: how many of them are used.
    `since`: when the present step's hold began (Unix seconds). `cursors`: metric → end of the last window that was
    taken in; the same window is never taken twice. `known`: metric → end of the last window that held data, and
    `silent`: metric → why the last window held none.

    `cells`: process ("errors", "errors/proof") → per started start the log-likelihoods of its ratios. `counts`:
    process → per start the sums that the magnitude guard needs. `sums`: metric → the totals of the rollout, for the
    blast radius. `clumps`: metric → how much its baseline scatters (dispersion.py). `breaches`: metric → windows in a
    row. `peak`: the largest e over all metrics so far.
    """

    starts: int = 0
    paid: int = 0
    since: float = 0.0
    cursors: Mapping[str, float] = field(default_factory=dict)
    known: Mapping[str, float] = field(default_factory=dict)
    silent: Mapping[str, str] = field(default_factory=dict)
    cells: Mapping[str, tuple[tuple[float, ...], ...]] = field(default_factory=dict)
    counts: Mapping[str, tuple[tuple[float, ...], ...]] = field(default_factory=dict)
    sums: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    clumps: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    breaches: Mapping[str, int] = field(default_factory=dict)
    peak: float = 1.0
