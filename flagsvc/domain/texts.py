"""What any JSON value must be like before it may be stored: finite, of bounded depth, and real Unicode without NUL."""

import math
from collections.abc import Iterator
from typing import Any

from flagsvc.domain.errors import Fault
from flagsvc.domain.members import pointer_to

MAX_DEPTH = 64
MAX_INTEGER = 10**300


def text_faults(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[Fault]:
    """Find everything in a parsed JSON value that no store keeps and no reader reads."""
    if len(path) > MAX_DEPTH:
        yield Fault("", "too-deep", f"Nesting is limited to {MAX_DEPTH} levels.")
    elif isinstance(value, dict):
        for name, member in value.items():
            yield from _of_text(name, path)
            yield from text_faults(member, (*path, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from text_faults(item, (*path, index))
    elif isinstance(value, str):
        yield from _of_text(value, path)
    else:
        yield from _of_number(value, path)


def is_clean(text: str) -> bool:
    """Tell whether a text can be stored: no NUL, no lone surrogate."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def storable(text: str, most: int) -> str:
    """Give a text of somebody else's as it can be stored: what no store keeps replaced, and cut after `most`."""
    clean = text.replace("\0", "\ufffd").encode(errors="replace").decode()
    return clean if len(clean) <= most else f"{clean[:most]}…"


def _of_text(text: str, path: tuple[str | int, ...]) -> Iterator[Fault]:
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        yield Fault(_printable(path), "not-unicode", "A lone surrogate is not Unicode text.")
    if "\0" in text:
        yield Fault(_printable(path), "nul", "NUL is not allowed in a text.")


def _of_number(value: Any, path: tuple[str | int, ...]) -> Iterator[Fault]:
    if isinstance(value, float) and not math.isfinite(value):
        yield Fault(_printable(path), "not-finite", "A number must be finite.")
    if isinstance(value, int) and abs(value) > MAX_INTEGER:
        yield Fault(_printable(path), "too-large", "An integer has at most 300 digits.")


def _printable(path: tuple[str | int, ...]) -> str:
    return pointer_to(*path).encode(errors="replace").decode()
