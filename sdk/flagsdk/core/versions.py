"""Semantic versions, as https://semver.org/spec/v2.0.0.html orders them."""

from typing import Any

MAX_LENGTH = 256
CORE_PARTS = 3
Version = tuple[Any, ...]


def version_of(text: str) -> Version | None:
    """Give a version as a tuple that compares by precedence, or None when the text is none.

    A leading "v" or "V" is dropped, missing minor and patch are 0, build metadata is ignored.
    """
    if len(text) > MAX_LENGTH or not text.isascii():
        return None
    plain, _, build = (text[1:] if text[:1] in ("v", "V") else text).partition("+")
    core, dash, prerelease = plain.partition("-")
    numbers = [_number(part) for part in core.split(".")]
    if len(numbers) > CORE_PARTS or None in numbers or ("+" in text and not _identifiers(build)):
        return None
    numbers += [0] * (CORE_PARTS - len(numbers))
    if not dash:
        return (*numbers, 1)
    marks = [_precedence(part) for part in prerelease.split(".")]
    return None if None in marks else (*numbers, 0, *marks)


def _number(text: str) -> int | None:
    """Digits without a leading zero."""
    return int(text) if text.isdigit() and (text == "0" or text[0] != "0") else None


def _precedence(identifier: str) -> tuple[int, int, str] | None:
    """Numeric identifiers come before alphanumeric ones, and compare as numbers (section 11.4)."""
    if identifier.isdigit():
        number = _number(identifier)
        return None if number is None else (0, number, "")
    return (1, 0, identifier) if _identifiers(identifier) else None


def _identifiers(text: str) -> bool:
    return all(part and part.replace("-", "0").isalnum() for part in text.split("."))
