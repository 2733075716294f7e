"""What a fork does to clients: nobody need call anything (os.register_at_fork, Python 3.7)."""

import gc
import os
from _socket import socket
from collections.abc import Iterator
from contextlib import suppress
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any, Protocol, runtime_checkable
from weakref import WeakSet

from flagsdk.uwsgi import advise


@runtime_checkable
class Forked(Protocol):
    """Somebody who has to know that this is another process now."""

    def after_fork(self) -> None:
        """Drop locks, threads and connections: they belong to the parent. Called in the child; must not wait."""


_living: "WeakSet[Forked]" = WeakSet()


def remember(client: Forked) -> None:
    """Tell the client when the process is forked, as long as somebody holds it."""
    _living.add(client)
    advise()


def let_go(*holders: Any) -> None:
    """Close the sockets that these objects hold, in this process alone: nothing is said to the other side.

    The thread that used them is not here any more, but its stack may keep them for ever. They are looked for by way
    of the garbage collector, because no library tells all that it has open, and to close its pool would shut the
    connections of the parent down as well.
    """
    for held in list(_sockets_of(holders)):
        with suppress(OSError):
            os.close(held.detach())
    for holder in holders:
        if isinstance(holder, Forked):
            with suppress(ValueError):  # what cannot be opened now is opened anew from its address
                holder.after_fork()


def _sockets_of(holders: tuple[Any, ...]) -> Iterator[socket]:
    seen, waiting = set[int](), list(holders)
    while waiting:
        thing = waiting.pop()
        if id(thing) in seen or isinstance(thing, _ELSEWHERE):
            continue
        seen.add(id(thing))
        if isinstance(thing, socket):
            yield thing
        else:
            waiting += gc.get_referents(thing)


_ELSEWHERE = (type, ModuleType, FunctionType, CodeType, FrameType, str, bytes, int, float)
"""From here one gets to the whole program, or nowhere."""


def _in_child() -> None:
    for client in list(_living):
        client.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
