"""How much counts scatter: retries make the errors of one user come in clumps, which are no separate evidence.

Two neighbouring windows of the baseline with rates x/n and y/m differ, if events are independent, by a variance of
p (1/n + 1/m) for the common rate p; clumps of k differ by k times as much. That quotient, weighted by the bad events
of each pair, estimates the dispersion; a change of level counts in one pair only. Counts of requests are divided by
it before they are evidence. It is estimated from windows *before* the one it is applied to, so that evidence stays
fair, and is never below 1. Counts of distinct units need none of this.
"""

from collections.abc import Sequence

Clumps = tuple[float, ...]
"""(events and bad events of the baseline's last window, weighted scatter, weight)."""
NONE: Clumps = (0.0, 0.0, 0.0, 0.0)
SUPPOSED = 4.0
"""Dispersion where nothing is known yet: a client and three retries."""
WORTH = 10.0
"""How many bad events of the baseline the supposition is worth."""


def dispersion(clumps: Sequence[float]) -> float:
    """By how much requests are divided, 1 or more, from the windows so far."""
    _, _, scatter, weight = clumps or NONE
    return max(1.0, (scatter + WORTH * SUPPOSED) / (weight + WORTH))


def scattered(clumps: Sequence[float], events: float, bad: float) -> Clumps:
    """Take in one more window of the baseline."""
    before, failed, scatter, weight = clumps or NONE
    if before <= 0 or events <= 0:
        return (events, bad, scatter, weight) if events > 0 else (before, failed, scatter, weight)
    apart = (before + events) * (failed / before - bad / events) ** 2 / (1 / before + 1 / events)
    return (events, bad, scatter + apart, weight + failed + bad)
