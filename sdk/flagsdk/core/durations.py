"""Durations in classes of fixed bounds, the same for everybody, so that any two histograms add up.

Each bound is √1.5 times the one before: whatever is chosen as "slow" later lies within 11 % of a bound, and 1.5 times
that bound is one, too.
"""

from bisect import bisect_left
from math import inf, log

FIRST_SECONDS = 0.001
BOUNDS = tuple(FIRST_SECONDS * 1.5 ** (step / 2) for step in range(64))
"""Upper bounds of the classes in seconds, from 1 ms to about six minutes."""
PLACES = len(BOUNDS) + 1
"""The last class is what is slower than all bounds."""
HALF_AGAIN = 2
"""So many classes on, the bound is 1.5 times as high."""


def place_of(seconds: float) -> int:
    """Class of a duration: that of the first bound that it does not exceed."""
    return bisect_left(BOUNDS, seconds)


def nearest(seconds: float) -> int:
    """Class whose bound is nearest to a duration by ratio, among those with a bound half as high again above them."""
    step = round(2 * log(seconds / FIRST_SECONDS, 1.5)) if seconds > 0 else 0
    return min(max(step, 0), len(BOUNDS) - 1 - HALF_AGAIN)


def bound_of(place: int) -> float:
    """Upper bound of a class in seconds; infinite for the last one."""
    return BOUNDS[place] if place < len(BOUNDS) else inf
