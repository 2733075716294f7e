"""Waiting for what has to arrive: asked again and again, and told how long it took."""

import time
from collections.abc import Callable

from flagsvc.ctl.failure import WAITED, Failure, Unreachable

PAUSE_SECONDS = 0.05


class NotYet(Failure):
    """It has not arrived so far. In the end it has not arrived in time."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail, WAITED)


def until(seen: Callable[[], str], seconds: float) -> str:
    """Look until `seen` no longer raises NotYet, and give what it saw.

    After `seconds` the last NotYet is raised. A service that does not answer meanwhile is asked again, too: what it
    holds is what is waited for. Any other Failure is raised at once.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            return seen()
        except NotYet as missing:
            if time.monotonic() >= deadline:
                raise Failure(f"not within {seconds:g} s: {missing.detail}", WAITED) from None
        except Unreachable as lost:
            if time.monotonic() >= deadline:
                raise Failure(f"not within {seconds:g} s: {lost.detail}", WAITED) from None
        time.sleep(PAUSE_SECONDS)
