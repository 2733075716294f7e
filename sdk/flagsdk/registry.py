"""Entries that come and go in any thread: no lock, so none can be held while the process is forked."""

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def entered(entries: dict[object, T], entry: T) -> Callable[[], None]:
    """Add an entry, which may be there already; returns the function that removes this one, once.

    Each step is one operation of the dictionary; readers take `list(entries.values())`, which is one, too.
    """
    name = object()
    entries[name] = entry

    def remove() -> None:
        entries.pop(name, None)

    return remove
