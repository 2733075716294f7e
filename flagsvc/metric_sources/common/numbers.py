"""Numbers out of answers: a finite one, or an error that shows what was there."""

from math import isfinite
from typing import Any

from flagsvc.domain.calls import CallError

SHOWN = 60


def number_of(content: Any, what: str) -> float:
    """Take a JSON number; raises CallError for text, truth values, NaN, infinities and what no float can hold."""
    if isinstance(content, bool) or not isinstance(content, int | float):
        raise CallError(f"{what}: expected a number, not {repr(content)[:SHOWN]}")
    try:
        number = float(content)
    except OverflowError:
        number = float("inf")
    if not isfinite(number):
        raise CallError(f"{what}: expected a finite number, not {repr(content)[:SHOWN]}")
    return number
