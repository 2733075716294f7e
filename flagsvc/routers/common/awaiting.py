"""Waiting for what somebody else does, within bounds, and acting only upon what was read a moment ago."""

import time
from collections.abc import Callable

from flagsvc.domain.routing.errors import RouterError

AWAIT_SECONDS = 3.0
PAUSE_SECONDS = 0.25
FRESH_SECONDS = 3.0
"""No longer than the lease of who tells routers is kept unused before its end: after that another may have acted."""


def awaited(done: Callable[[], bool]) -> bool:
    """Look at once and then every PAUSE_SECONDS until it is done; False when it is not after AWAIT_SECONDS."""
    until = time.monotonic() + AWAIT_SECONDS
    while not done():
        if time.monotonic() + PAUSE_SECONDS > until:
            return False
        time.sleep(PAUSE_SECONDS)
    return True


def demand_fresh(seconds: float) -> None:
    """Pass when what was read no longer than `seconds` ago may be acted upon by something that is relative.

    A process that stood still in between would undo what another replica did meanwhile.
    """
    if seconds > FRESH_SECONDS:
        raise RouterError(f"what was read is {seconds:.1f} s old by now, too old to swap by: it is read again")
