"""Waiting for what somebody else does, within bounds."""

import time
from collections.abc import Callable

AWAIT_SECONDS = 3.0
PAUSE_SECONDS = 0.25


def awaited(done: Callable[[], bool]) -> bool:
    """Look at once and then every PAUSE_SECONDS until it is done; False when it is not after AWAIT_SECONDS."""
    until = time.monotonic() + AWAIT_SECONDS
    while not done():
        if time.monotonic() + PAUSE_SECONDS > until:
            return False
        time.sleep(PAUSE_SECONDS)
    return True
