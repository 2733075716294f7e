"""Numbers, times and foreign texts as people read them, and back."""

from datetime import UTC, datetime
from math import isfinite

MINUTE, HOUR, DAY = 60, 3600, 86_400
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_PARTS = (("d", DAY), ("h", HOUR), ("m", MINUTE), ("s", 1))
WHOLE = 100_000
THOUSAND = 1000


def percent(weight: float, decimals: int = 3) -> str:
    """Write a weight (1/100 000 of all units) in percent, without zeros at the end: 25000 is "25 %"."""
    return f"{_trimmed(weight * 100 / WHOLE, decimals)} %"


def rate(share: float) -> str:
    """Write a part of one in percent, two digits after the point, more for what is smaller: 0.0031 is "0.31 %"."""
    decimals = 2 if share == 0 or abs(share) >= 0.0001 else 4  # noqa: PLR2004  # 0.01 %
    return f"{100 * share:.{decimals}f} %"


def number(value: float) -> str:
    """Write any number in about four digits: "1,240", "12.5", "0.0312"."""
    if not isfinite(value):
        return str(value)
    if abs(value) >= THOUSAND or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.4g}"


def duration(seconds: float) -> str:
    """Write a span of time: "15m", "1h30m", "45s"; two units at most."""
    left = round(seconds)
    if left <= 0:
        return "0s"
    parts = []
    for unit, size in _PARTS:
        amount, left = divmod(left, size)
        if amount:
            parts.append(f"{amount}{unit}")
    return "".join(parts[:2])


def countdown(seconds: float) -> str:
    """Write what is left of a time: "04:12", "1:04:12"; never less than nothing."""
    minutes, rest = divmod(max(0, int(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes:02}:{rest:02}"


def seconds_of(text: str) -> float:
    """Read a span of time with its unit ("15m", "1h30m", "500ms") in seconds; raises ValueError for anything else."""
    rest, total = text.strip(), 0.0
    while rest:
        digits = rest[: len(rest) - len(rest.lstrip("0123456789."))]
        rest = rest[len(digits) :]
        unit = rest[: len(rest) - len(rest.lstrip("hdms"))]
        rest = rest[len(unit) :]
        if unit not in _UNITS or not digits:
            break
        total += float(digits) * _UNITS[unit]
    else:
        if text.strip():
            return total
    raise ValueError(f"{text!r} is no time with a unit, such as 15m")


def moment(text: str) -> datetime:
    """Read an RFC 3339 time; raises ValueError."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def clock(at: datetime) -> str:
    """Write a time to the second, in UTC: "2026-11-22T14:05:00Z"."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def clean(text: object) -> str:
    """Give a text of somebody else's in one line without control characters: it must not steer the terminal."""
    return "".join(each if each.isprintable() else " " for each in str(text)).strip()


def _trimmed(value: float, decimals: int) -> str:
    text = f"{value:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
