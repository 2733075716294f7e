"""Whether something that is measured again and again grows: a straight line through it, and what it may grow by."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Trend:
    """The line that fits a series of values best (least squares), over the seconds at which they were taken.

    `growth`: what the line gains from the first value to the last; `bound`: the most that counts as flat.
    """

    name: str
    first: float
    last: float
    least: float
    most: float
    per_hour: float
    growth: float
    bound: float

    @property
    def flat(self) -> bool:
        """Whether the line gains no more than the bound."""
        return self.growth <= self.bound


def trend(name: str, bound: float, seconds: Sequence[float], values: Sequence[float]) -> Trend:
    """Fit the line; raises ValueError for fewer than three values, which no line says anything about."""
    if len(values) < 3:
        raise ValueError(f"{name}: {len(values)} values are too few to tell growth")
    middle, mean = sum(seconds) / len(seconds), sum(values) / len(values)
    spread = sum((second - middle) ** 2 for second in seconds)
    slope = sum((second - middle) * (value - mean) for second, value in zip(seconds, values, strict=True)) / spread
    growth = slope * (seconds[-1] - seconds[0])
    return Trend(name, values[0], values[-1], min(values), max(values), slope * 3600, growth, bound)
