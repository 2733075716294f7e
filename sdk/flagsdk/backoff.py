"""How long to wait after a failure: full jitter, drawn between zero and a bound that doubles."""

from collections.abc import Callable

from flagsdk.sources import MOST_REST_SECONDS, drawn

FIRST_SECONDS = 0.1
"""The bound after the first failure; it doubles up to the source's patience."""
LEAST_SECONDS = 0.02
"""A draw of nothing must not become a spin."""


class Backoff:
    """Failures in a row, and the delay that they call for. `chance` gives a number in [0, 1)."""

    def __init__(self, chance: Callable[[], float] = drawn) -> None:
        self._chance = chance
        self.failures = 0
        self._waited = float("-inf")

    def delay(self, patience: float, asked: float = 0.0) -> float:
        """Seconds to wait now; `patience` bounds the draw, `asked` is what the other side wants at least."""
        drawn: float = self._chance() * min(patience, FIRST_SECONDS * 2 ** min(self.failures, 16))
        return max(LEAST_SECONDS, drawn, min(asked, MOST_REST_SECONDS) * (1 + self._chance() / 2))

    def waited(self, now: float) -> None:
        """Say that a wait ended at this moment (monotonic seconds)."""
        self._waited = now

    def worked(self, now: float, patience: float) -> None:
        """Say that it works. Failures are forgotten by and by: who answers once between two is not hammered."""
        if now - self._waited > patience:
            self.failures = 0
