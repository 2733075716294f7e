"""Buckets without an owner while a table changes."""

from collections.abc import Iterable

from .stack import Stack
from .table import Range

Place = tuple[int, bool]
"""Index of a free range, and whether to take from its low end."""


class FreeRanges:
    """Free ranges in order, touching ones joined."""

    def __init__(self) -> None:
        self._ranges: list[Range] = []

    def add(self, ranges: Iterable[Range]) -> None:
        """Free these ranges; they overlap nothing that is free already."""
        joined: list[Range] = []
        for start, end in sorted([*self._ranges, *ranges]):
            if joined and joined[-1][1] == start:
                joined[-1] = (joined[-1][0], end)
            else:
                joined.append((start, end))
        self._ranges = joined

    def beside(self, stack: Stack) -> Place | None:
        """Where the variant can grow without a gap: first away from its home end, beside its newest range first."""
        starts = {start: index for index, (start, _) in enumerate(self._ranges)}
        ends = {end: index for index, (_, end) in enumerate(self._ranges)}
        newest_first = stack.ranges[::-1]
        above = next(((starts[end], True) for _, end in newest_first if end in starts), None)
        below = next(((ends[start], False) for start, _ in newest_first if start in ends), None)
        return below or above if stack.top else above or below

    def outermost(self, stack: Stack) -> Place:
        """Where a variant with nothing beside it begins: lowest of all, the base highest."""
        return (len(self._ranges) - 1, False) if stack.top else (0, True)

    def cut(self, index: int, low: bool, amount: int) -> Range:  # noqa: FBT001 -- a Place, unpacked
        """Take up to that many buckets from one end of a free range."""
        start, end = self._ranges[index]
        length = min(amount, end - start)
        taken = (start, start + length) if low else (end - length, end)
        kept = (taken[1], end) if low else (start, taken[0])
        self._ranges[index : index + 1] = [kept] if kept[0] < kept[1] else []
        return taken
