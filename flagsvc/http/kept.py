"""Something of the store that is kept in memory: read without a lock, replaced as a whole, never very old."""

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Generic, TypeVar

from flagsvc.domain.errors import Refused

T = TypeVar("T")
R = TypeVar("R")
REFRESH_SECONDS = 2.0
"""How old it may grow: what ended on another replica stops working within this time and one refresh."""

LOOK_AGAIN_SECONDS = 0.25
"""How soon after a search in vain the store is searched again: whoever guesses costs no more than that."""

SEEKERS = 12
"""How many may wait at once for a search, each in a thread: a silent store lets them wait for long, and whoever has no
token at all can be one of them. Further ones are told what is known."""


class Kept(Generic[T]):
    """The last good `known`. A failed refresh keeps it, so that reading goes on while the database is away."""

    def __init__(self, load: Callable[[], T], empty: T, monotonic: Callable[[], float]) -> None:
        self.known = empty
        self._load = load
        self._monotonic = monotonic
        self._loaded_at = self._vain_at = float("-inf")
        self._refreshing = threading.Lock()
        self._seekers = threading.Semaphore(SEEKERS)

    def refresh(self) -> None:
        """Read everything again, now. Raises what the store raises and then keeps what there is."""
        with self._refreshing:
            self._read()

    def renew(self) -> None:
        """Read everything again because it was just changed; if that fails, the next `freshen` will."""
        self._loaded_at = float("-inf")
        with suppress(Refused):
            self.refresh()

    def freshen(self) -> None:
        """Read everything again if it is older than REFRESH_SECONDS. For callers that may block.

        While somebody else is reading it does not wait: with a silent store, all callers would wait in a row.
        """
        if self._monotonic() - self._loaded_at > REFRESH_SECONDS and self._refreshing.acquire(blocking=False):
            try:
                self._read()
            finally:
                self._refreshing.release()

    def seek(self, find: Callable[[], R | None]) -> R | None:
        """Find something; what is not there may have come this moment: then read everything again. May block.

        Where SEEKERS wait for that already, it does not.
        """
        found = find()
        return self._sought(find, self._monotonic()) if found is None else found

    def is_worth_a_search(self) -> bool:
        """Tell whether nobody has searched in vain just now."""
        return self._monotonic() - self._vain_at > LOOK_AGAIN_SECONDS

    def _sought(self, find: Callable[[], R | None], missed_at: float) -> R | None:
        if self._seekers.acquire(blocking=False):
            try:
                self._search(find, missed_at)
            finally:
                self._seekers.release()
        return find()

    def _search(self, find: Callable[[], R | None], missed_at: float) -> None:
        with self._refreshing:  # whoever waited here for another's reading finds what that one has read
            if self._loaded_at < missed_at and self._vain_at + LOOK_AGAIN_SECONDS < missed_at:
                with suppress(Refused):
                    self._read()
                if find() is None:
                    self._vain_at = self._monotonic()

    def _read(self) -> None:
        started = self._monotonic()
        self.known = self._load()
        self._loaded_at = started
