"""The ranges of one variant while a table changes: last taken, first given back."""

from dataclasses import dataclass

from .table import Range


@dataclass(slots=True)
class Stack:
    """A variant's ranges, oldest first. `top` is the base, which mirrors the others: it lives at its high end."""

    variant: str
    ranges: list[Range]
    top: bool

    @property
    def size(self) -> int:
        """Buckets owned."""
        return sum(end - start for start, end in self.ranges)

    def give(self, amount: int) -> list[Range]:
        """Give back that many buckets (none when negative), most recently taken first; answers with what was given."""
        given: list[Range] = []
        while amount > 0:
            start, end = self.ranges.pop()
            length = min(amount, end - start)
            freed = (start, start + length) if self.top else (end - length, end)
            kept = (freed[1], end) if self.top else (start, freed[0])
            if kept[0] < kept[1]:
                self.ranges.append(kept)
            given.append(freed)
            amount -= length
        return given

    def take(self, taken: Range) -> None:
        """Own the range; it joins the newest one only where giving back would still begin with it."""
        start, end = taken
        if self.ranges and not self.top and self.ranges[-1][1] == start:
            self.ranges[-1] = (self.ranges[-1][0], end)
        elif self.ranges and self.top and self.ranges[-1][0] == end:
            self.ranges[-1] = (start, self.ranges[-1][1])
        else:
            self.ranges.append(taken)
