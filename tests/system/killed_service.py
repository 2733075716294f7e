"""`flagsvc serve` that kills itself at a named point of the loop that drives rollouts, once a file says so.

The file `kill-at` in its folder has POINT:COUNT; the point is reached when a function is called for the COUNTth time
from then on: before the call, or after it.
"""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flagsvc import cli
from flagsvc.runner.asking import Asker
from flagsvc.runner.lease import Lease
from flagsvc.runner.rollouts import Rollouts
from flagsvc.store.transaction import SqlTransaction
from flagsvc.usecases import transitions

POINTS: dict[str, tuple[Any, str, str]] = {
    "before the lease is renewed": (Lease, "renew", "before"),
    "after the lease was renewed": (Lease, "renew", "after"),
    "before a rollout is driven": (Rollouts, "_drive", "before"),
    "after a rollout was driven": (Rollouts, "_drive", "after"),
    "before a transition": (Rollouts, "_stored", "before"),
    "before the edits": (transitions._Mover, "perform", "before"),
    "after the edits": (transitions._Mover, "perform", "after"),
    "after the deployment was noted": (transitions._Mover, "record", "after"),
    "before the state is stored": (SqlTransaction, "put_rollout", "before"),
    "before the commit": (SqlTransaction, "put_rollout", "after"),
    "after the commit": (Rollouts, "_stored", "after"),
    "before questions are asked": (Asker, "ask", "before"),
    "after questions were asked": (Asker, "ask", "after"),
    "when an answer has come": (Rollouts, "_answer", "before"),
}
"""Name → the class, its method, and whether it is before or after the call."""


def _deadly(call: Callable[..., Any], point: str, when: str) -> Callable[..., Any]:
    calls = 0

    def reached() -> None:
        nonlocal calls
        wanted, _, number = _wish().rpartition(":")
        if wanted == point:
            calls += 1
            if calls == int(number):
                os.kill(os.getpid(), signal.SIGKILL)

    def wrapped(*args: Any, **members: Any) -> Any:
        if when == "before":
            reached()
        answer = call(*args, **members)
        if when == "after":
            reached()
        return answer

    return wrapped


def _wish() -> str:
    try:
        return Path("kill-at").read_text()
    except FileNotFoundError:
        return ""


def main() -> None:
    """Run `flagsvc`, ready to die."""
    for name, (place, method, at) in POINTS.items():
        setattr(place, method, _deadly(getattr(place, method), name, at))
    cli.main()


if __name__ == "__main__":
    main()
