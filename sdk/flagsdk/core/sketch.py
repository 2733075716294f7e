"""How many units a split has decided for, from a bounded sample of their hashes: no unit is kept.

Hashes of units are uniform over 32 bits, so the share of them below a threshold is known. A sketch keeps those below
its threshold and halves it whenever it holds too many. Samples of one salt can be merged, in any order, repeatedly.
Source: Flajolet, "On adaptive sampling" (1990).
"""

from collections.abc import Iterable
from math import sqrt
from typing import NamedTuple

MOST = 256
"""Hashes kept; between half and all of them once the threshold has sunk: a standard error of 6 to 9 %."""

WHOLE = 1 << 32
MAX_LEVEL = 32


class Sample(NamedTuple):
    """The hashes that were seen below 2³² / 2^`level`; at level 0 these are all."""

    level: int
    hashes: frozenset[int]

    @property
    def units(self) -> int:
        """Estimate of how many different units were seen; exact (but for equal hashes) at level 0."""
        return len(self.hashes) << self.level

    @property
    def standard_error(self) -> float:
        """Standard error of the estimate relative to it: 0.06 is 6 %."""
        if not self.level or not self.hashes:
            return 0.0
        return sqrt((1 - 0.5**self.level) / len(self.hashes))


NOTHING = Sample(0, frozenset())


def merged(samples: Iterable[Sample]) -> Sample:
    """Give the sample of all units that one of the samples has seen, as bounded as each of them."""
    level, kept = 0, set[int]()
    for sample in samples:
        if sample.level > level:
            level, kept = sample.level, _below(WHOLE >> sample.level, kept)
        kept |= sample.hashes if sample.level == level else _below(WHOLE >> level, sample.hashes)
        while len(kept) > MOST:
            level += 1
            kept = _below(WHOLE >> level, kept)
    return Sample(level, frozenset(kept))


def _below(threshold: int, hashes: Iterable[int]) -> set[int]:
    return {place for place in hashes if place < threshold}


class Sketch:
    """The sample of one split while it grows, from any number of threads and without a lock.

    Generated code calls `note` for a hash below `threshold` that is not in `held`; the threshold of one that has not
    been started is 0, so that nothing is. A hash that a thread adds while another one thins may be lost, one at a time.
    """

    __slots__ = ("held", "threshold")

    def __init__(self) -> None:
        self.threshold = 0
        self.held: set[int] = set()

    def start(self) -> None:
        """Begin anew, from nothing seen."""
        self.held = set()
        self.threshold = WHOLE

    def note(self, place: int) -> None:
        """Add a hash."""
        held = self.held
        held.add(place)
        if len(held) > MOST:
            self._thin()

    def sample(self) -> Sample:
        """Give what was seen since the start."""
        held, threshold = self.held.copy(), self.threshold  # in this order: a threshold may only be too low
        if not threshold:
            return NOTHING
        return Sample(WHOLE.bit_length() - threshold.bit_length(), frozenset(_below(threshold, held)))

    def _thin(self) -> None:
        threshold = self.threshold >> 1
        if threshold:
            self.threshold = threshold
            self.held = _below(threshold, self.held.copy())
