"""How a snapshot arrives: the port that every source implements."""

import random
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from flagsdk.wire import Change, Position, Whole

TURN_SECONDS = 2.0
"""How long a source may wait for something new: the thread that asks has other things to do, too."""

MOST_REST_SECONDS = 300.0
"""How long a source is left alone at most, whatever it asks for."""


drawn = random.SystemRandom().random
"""A number in [0, 1) from the system. Programs seed the generator that they share, and forked workers inherit it: all
would then wait equally long and come back at once."""


class SourceFault(Exception):
    """The source cannot be asked now; keep the last good snapshot and try again.

    `retry_after` is the number of seconds that the other side asked for, 0 = it did not say.
    """

    def __init__(self, detail: str, retry_after: float = 0.0) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Resync:
    """The reader's position leads nowhere: read the whole again. `whole` is given where it came with the answer."""

    reason: str
    whole: Whole | None = None


class Source(Protocol):
    """One place that snapshots come from. Used by one thread, except `close`."""

    @property
    def name(self) -> str:
        """What to call it in the status and in logs; holds no secret."""
        ...

    @property
    def patience(self) -> float:
        """The longest bound, in seconds, of a wait between two attempts."""
        ...

    def load(self) -> Whole:
        """Read everything. Raises SourceFault or wire.Refused, after a bounded time."""
        ...

    def follow(self, position: Position) -> list[Change] | Resync | None:
        """Wait about TURN_SECONDS, no longer, for what comes after `position`.

        An empty list says more than "nothing came": the other side has just confirmed that the reader is at the head.
        None says that nothing was heard yet, which proves nothing; silence that lasts too long raises SourceFault.
        """
        ...

    def close(self) -> None:
        """Give everything back and end a `load` or `follow` under way in another thread. Idempotent, never raises."""
        ...


@runtime_checkable
class Resting(Protocol):
    """A source with something open that costs the other side; a source need not be one."""

    def stand_by(self) -> None:
        """Give back what is open, because another source is followed; it may be followed again. Never raises."""
        ...
