"""Durations as people write them, "1h30m" or "500ms", and as the machine counts them, in seconds. Pure."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from string import ascii_lowercase, digits

UNITS = {"d": Fraction(86_400), "h": Fraction(3_600), "m": Fraction(60), "s": Fraction(1), "ms": Fraction(1, 1_000)}
"""Seconds of each unit, from the largest to the smallest: the order in which a text names them."""

MAX_LENGTH = 40
FORM = 'a duration with a unit (d, h, m, s, ms), for instance "15m", "1h30m" or "500ms"'
_WHOLE = ("d", "h", "m", "s")


def seconds_of(text: str) -> float:
    """Read a duration: numbers with units, each unit at most once and from large to small; decimals are allowed.

    Raises ValueError for every other text.
    """
    parts = list(_parts(text)) if len(text) <= MAX_LENGTH else []
    names = [unit for _, unit in parts]
    if not parts or names != [unit for unit in UNITS if unit in names]:
        raise ValueError(f"{text!r} is not {FORM}")
    return float(sum(number * UNITS[unit] for number, unit in parts))


def duration_of(seconds: float) -> str:
    """Write seconds from 0 up as a text that `seconds_of` reads as the very same number.

    Whole milliseconds come out as "1h30m", finer ones as "0.0005s"; centuries, and what lies below a nanosecond,
    may need more characters than are read.
    """
    exact = Decimal(repr(float(seconds)))  # the shortest decimal that is this float: what somebody meant
    milliseconds = Fraction(exact) * 1_000
    if milliseconds.denominator != 1:
        return f"{exact:f}s"
    return "".join(_spelt(int(milliseconds))) or "0s"


def _spelt(milliseconds: int) -> Iterator[str]:
    for unit in _WHOLE:
        count, milliseconds = divmod(milliseconds, int(UNITS[unit] * 1_000))
        if count:
            yield f"{count}{unit}"
    if milliseconds:
        yield f"{milliseconds}ms"


def _parts(text: str) -> Iterator[tuple[Fraction, str]]:
    """Cut "1h30m" into (1, "h"), (30, "m"); what cannot be read comes out as a unit that nobody knows."""
    while text:
        number, text = _taken(text, digits + ".")
        unit, text = _taken(text, ascii_lowercase)
        if not _is_number(number) or not unit:
            yield Fraction(0), "?"
            return
        yield Fraction(number), unit


def _taken(text: str, characters: str) -> tuple[str, str]:
    rest = text.lstrip(characters)
    return text[: len(text) - len(rest)], rest


def _is_number(text: str) -> bool:
    whole, dot, decimals = text.partition(".")
    return bool(whole) and "." not in decimals and bool(decimals) == bool(dot)
