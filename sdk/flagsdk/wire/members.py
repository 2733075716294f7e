"""Members of reports, read strictly: texts, numbers, lists of objects and samples, each within its bounds."""

import struct
from base64 import b64decode, b64encode
from collections.abc import Mapping
from math import isfinite
from string import ascii_letters, digits
from typing import Any

from flagsdk.core.sketch import MAX_LEVEL, MOST, WHOLE, Sample
from flagsdk.wire.faults import Corrupt

MAX_TEXT = 100
MAX_NUMBER = 2**53 - 1
MAX_COUNT = 10**10
"""In one row, so that no sum of many rows leaves 64 bits; a client leaves the rest for the next report."""
KINDS = ("flag", "split")
_FIRST, _FURTHER = ascii_letters + digits, frozenset(ascii_letters + digits + "._-")


def is_text(value: object, least: int = 1, most: int = MAX_TEXT) -> bool:
    """Whether a value can be a key, a variant or a name in a report."""
    return isinstance(value, str) and least <= len(value) <= most and "\0" not in value and _is_unicode(value)


def is_key(value: str) -> bool:
    """Whether a text could be the key of a document."""
    return 1 <= len(value) <= MAX_TEXT and value[0] in _FIRST and _FURTHER.issuperset(value)


def text_in(members: Mapping[str, Any], name: str, *, least: int = 1, most: int = MAX_TEXT) -> str:
    """Read a text; raises Corrupt."""
    value = members.get(name)
    if not is_text(value, least, most):
        raise Corrupt(f"{name} is not a text of {least} to {most} characters")
    return str(value)


def number_in(members: Mapping[str, Any], name: str, *, least: int = 0, most: int = MAX_NUMBER) -> int:
    """Read a whole number; raises Corrupt."""
    value = members.get(name)
    if type(value) is not int or not least <= value <= most:
        raise Corrupt(f"{name} is not a whole number from {least} to {most}")
    return value


def decimal_in(members: Mapping[str, Any], name: str, most: float) -> float:
    """Read a number that may have decimals, 0 where it is missing; raises Corrupt beyond ±`most`."""
    value = members.get(name, 0.0)
    if type(value) not in (int, float) or not isfinite(value) or abs(value) > most:
        raise Corrupt(f"{name} is not a number up to {most:g}")
    return float(value)


def rows_in(members: Mapping[str, Any], name: str, most: int) -> list[Mapping[str, Any]]:
    """Read a list of objects; raises Corrupt."""
    rows = members.get(name)
    if not isinstance(rows, list) or len(rows) > most or not all(isinstance(row, dict) for row in rows):
        raise Corrupt(f"{name} is not a list of at most {most} objects")
    return rows


def subject_in(row: Mapping[str, Any]) -> tuple[str, str]:
    """Read kind and key; raises Corrupt."""
    kind = text_in(row, "kind")
    if kind not in KINDS:
        raise Corrupt(f"kind is not one of {', '.join(KINDS)}")
    return kind, text_in(row, "key")


def sample_in(row: Mapping[str, Any]) -> Sample:
    """Read level and hashes; raises Corrupt."""
    return sample_from(number_in(row, "level"), text_in(row, "hashes", least=0, most=6 * MOST))


def sample_from(level: int, text: str) -> Sample:
    """Make a sample from the text of its hashes; raises Corrupt."""
    if len(text) > 6 * MOST:
        raise Corrupt("too many hashes")
    try:
        octets = b64decode(text, validate=True)
        hashes = frozenset(struct.unpack(f">{len(octets) // 4}I", octets))
    except (ValueError, struct.error) as fault:
        raise Corrupt("hashes are not base64 of four bytes each") from fault
    if not 0 <= level <= MAX_LEVEL or len(hashes) > MOST or max(hashes, default=-1) >= WHOLE >> level:
        raise Corrupt("not a sample")
    return Sample(level, hashes)


def hashes_text(sample: Sample) -> str:
    """Write the sorted hashes of a sample, each in four bytes, big-endian, in base64."""
    return b64encode(struct.pack(f">{len(sample.hashes)}I", *sorted(sample.hashes))).decode()


def _is_unicode(text: str) -> bool:
    return text.isascii() or text == text.encode("utf-8", "replace").decode()
