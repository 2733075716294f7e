"""Date-times with an offset, as RFC 3339 section 5.6 writes them."""

from datetime import date

Instant = tuple[int, str]
DATE_LENGTH = 10
TIME_END = 19
OFFSET_LENGTH = 6
MAX_LENGTH = 128
_SEPARATORS = {4: "-", 7: "-", 13: ":", 16: ":"}


def instant_of(text: str) -> Instant | None:
    """Give a date-time as (seconds, digits of the fraction), which compares exactly; None when the text is none.

    "T" and "Z" may be small and a space may stand for the "T"; a leap second counts as the second that follows it.
    """
    if not TIME_END < len(text) <= MAX_LENGTH or not text.isascii() or text[DATE_LENGTH] not in "Tt ":
        return None
    if any(text[place] != mark for place, mark in _SEPARATORS.items()):
        return None
    fraction, offset = _tail(text[TIME_END:])
    day, seconds = _day(text), _clock(text[11:13], text[14:16], text[17:19])
    if fraction is None or offset is None or day is None or seconds is None:
        return None
    return day * 86_400 + seconds - offset, fraction.rstrip("0")


def _tail(text: str) -> tuple[str | None, int | None]:
    """Fraction digits and offset in seconds."""
    end = -1 if text[-1] in "Zz" else -OFFSET_LENGTH
    fraction, offset = text[:end], text[end:]
    digits = fraction[1:]
    if fraction and (fraction[0] != "." or not digits.isdigit()):
        return None, None
    return digits, _offset(offset)


def _offset(text: str) -> int | None:
    if len(text) == 1:
        return 0
    if len(text) != OFFSET_LENGTH or text[0] not in "+-" or text[3] != ":":
        return None
    seconds = _clock(text[1:3], text[4:6], "00")
    return seconds if seconds is None or text[0] == "+" else -seconds


def _day(text: str) -> int | None:
    year, month, day = text[:4], text[5:7], text[8:10]
    if not (year + month + day).isdigit():
        return None
    try:
        return date(int(year), int(month), int(day)).toordinal()
    except ValueError:
        return None


def _clock(hours: str, minutes: str, seconds: str) -> int | None:
    if not (hours + minutes + seconds).isdigit():
        return None
    hour, minute, second = int(hours), int(minutes), int(seconds)
    return hour * 3600 + minute * 60 + second if hour < 24 and minute < 60 and second <= 60 else None  # noqa: PLR2004  # a clock
