"""How long a change takes from the moment at which somebody saves it to the decision of an SDK."""

import time
from collections.abc import Callable

MOST = 10_000


class Board:
    """Editors write on it when they sent what became a revision; SDKs, when they have it. Either may come first."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self.now = now
        self._sent: dict[int, float] = {}
        self._early: dict[int, list[tuple[float, Callable[[float], None]]]] = {}

    def written(self, revision: int, sent: float) -> None:
        """Note when the request of a revision was sent; tells those who had it before the editor was answered."""
        self._sent[revision] = sent
        for arrived, tell in self._early.pop(revision, ()):
            tell(arrived - sent)
        if len(self._sent) > MOST:
            self._sent.pop(next(iter(self._sent)))

    def arrived(self, revision: int, tell: Callable[[float], None]) -> None:
        """Tell an SDK how many seconds its change took, now or as soon as that is known."""
        now = self.now()
        if revision in self._sent:
            tell(now - self._sent[revision])
        elif len(self._early) < MOST:
            self._early.setdefault(revision, []).append((now, tell))


BOARD = Board()
