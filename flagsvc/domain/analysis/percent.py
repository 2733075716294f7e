"""A share of events in words."""

_ALL_BUT = 99.5
"""With two figures, this and more would be written as a power of ten."""


def percent_of(rate: float) -> str:
    """Write a rate between 0 and 1 with two figures: "0.19 %", "99 %", "100 %"."""
    percent = 100 * rate
    return f"{percent:.2g} %" if percent < _ALL_BUT else "100 %"
