"""What a fork does to clients: nobody need call anything (os.register_at_fork, Python 3.7)."""

import os
from typing import Protocol
from weakref import WeakSet


class Forked(Protocol):
    """Somebody who has to know that this is another process now."""

    def after_fork(self) -> None:
        """Drop locks, threads and connections: they belong to the parent. Called in the child; must not wait."""


_living: "WeakSet[Forked]" = WeakSet()


def remember(client: Forked) -> None:
    """Tell the client when the process is forked, as long as somebody holds it."""
    _living.add(client)


def _in_child() -> None:
    for client in list(_living):
        client.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
