"""How much counts scatter: retries make the errors of one user come in clumps, which are no separate evidence.

Two neighbouring spans of the baseline with rates x/n and y/m differ, if events are independent, by a variance of
p (1/n + 1/m) for the common rate p; clumps of k differ by k times as much. That quotient, weighted by the bad events
of each pair, estimates the dispersion; a change of level is in one pair only, and no pair may say or weigh more than
the limits below, so that an outage does not pass for scatter. It is taken of single windows, and of `LONG` together,
because clumps are spread over time; the larger one holds, with `MARGIN` standard errors on top.
Counts of requests are divided by it before they are evidence. It is learnt from windows *before* the one it is applied
to, so that evidence stays fair, and is never below 1. Until the baseline has shown better, much is supposed; an hour of
history before the rollout shows it. Counts of units need none of this.
"""

from collections.abc import Sequence
from math import sqrt

Clumps = tuple[float, ...]
LONG = 8
"""Windows of the longer span: two minutes of windows of 15 seconds."""
SUPPOSED = 8.0
"""Dispersion where nothing is known: whoever fails tries again a few times, and now and then for long."""
WORTH = 4.0
"""How many pairs of spans the supposition is worth."""
MARGIN = 2.0
FURTHEST, HEAVIEST = 50.0, 30.0
"""The largest quotient of one pair, and the most bad events that it may weigh."""
_SPAN = 8
"""Of one span: events, bad, windows so far; events and bad of the span before; weighted scatter, its weight, pairs."""
NONE: Clumps = (0.0,) * (2 * _SPAN)


def dispersion(clumps: Sequence[float]) -> float:
    """By how much requests are divided, 1 or more, from the windows so far."""
    known = clumps or NONE
    return max(1.0, _estimate(known[:_SPAN]), _estimate(known[_SPAN:]))


def scattered(clumps: Sequence[float], events: float, bad: float) -> Clumps:
    """Take in one more window of the baseline; one without events says nothing."""
    known = tuple(clumps) or NONE
    if events <= 0:
        return known
    return _grown(known[:_SPAN], events, bad, 1) + _grown(known[_SPAN:], events, bad, LONG)


def _estimate(span: Sequence[float]) -> float:
    *_, scatter, weight, pairs = span
    seen = scatter / weight * (1 + MARGIN * sqrt(2 / (pairs + 1))) if weight > 0 else 0.0
    return (seen * pairs + SUPPOSED * WORTH) / (pairs + WORTH)


def _grown(span: Sequence[float], events: float, bad: float, windows: int) -> Clumps:
    n, x, filled, m, y, scatter, weight, pairs = span
    n, x, filled = n + events, x + bad, filled + 1
    if filled < windows:
        return (n, x, filled, m, y, scatter, weight, pairs)
    if m > 0 and x + y > 0:
        apart = (n + m) * (x / n - y / m) ** 2 / (1 / n + 1 / m)
        counts = min(x + y, HEAVIEST)
        scatter += counts * min(apart / (x + y), FURTHEST)
        weight, pairs = weight + counts, pairs + 1
    return (0.0, 0.0, 0.0, n, x, scatter, weight, pairs)
