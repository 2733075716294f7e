"""One subscription to the replica, fanned out in memory to every open stream of this process."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from flagsdk.core import Snapshot
from flagsdk.wire import Change, Position, Whole, change_json

WAITING = 64
"""Notices that may wait for one client. A slower one is cut: it comes back and resumes from where it was."""


SPARED = 5
"""One in so many streams is not for browsers, whose token anybody can read: it is left to SDKs and the console."""


class Replica(Protocol):
    """What the feed needs of the replica; everything is answered from memory."""

    def snapshot(self, environment: str) -> Snapshot | None:
        """Snapshot of an environment; None when it is unknown or not loaded yet."""

    def whole(self, environment: str) -> Whole | None:
        """Give the same snapshot as it travels, signed where there is a key; None as for `snapshot`."""

    def recent(self, environment: str) -> Sequence[Change]:
        """Last changes of the present epoch, oldest first, without a gap; the newest led to `snapshot(environment)`."""

    def subscribe(self, callback: Callable[[str, Change | None], None]) -> Callable[[], None]:
        """Call back after each change, with None when a snapshot was replaced as a whole; returns the way out.

        The callback comes from any thread and is quick.
        """


@dataclass(frozen=True, slots=True)
class Notice:
    """Bytes for a stream. `position` is where they lead; None for a notice that leads nowhere."""

    data: bytes
    position: Position | None = None
    last: bool = False


RESYNC = Notice(b"event: resync\ndata:\n\n")
"""The client cannot be led from where it is: it reads the whole again, and this stream goes on from the present."""

FAREWELL = Notice(b"event: farewell\ndata:\n\n", last=True)
"""The service is leaving: come back after the delay that the greeting named."""

_CUT = Notice(b"", last=True)


def notice_of(change: Change) -> Notice:
    """Encode a change as an event, once for all clients."""
    position = Position(change.epoch, change.revision)
    return Notice(f"id: {position}\nevent: change\ndata: {change_json(change)}\n\n".encode(), position)


class Mailbox:
    """The notices that wait for one client; used on the event loop only. `topic`: what it is about."""

    def __init__(self, topic: str) -> None:
        self.topic = topic
        self._notices: deque[Notice] = deque()
        self._arrived = asyncio.Event()

    def put(self, notice: Notice) -> None:
        """Add a notice; the one too many takes the place of all others and ends the stream."""
        if len(self._notices) >= WAITING:
            self._notices.clear()
            notice = _CUT
        self._notices.append(notice)
        self._arrived.set()

    async def take(self, seconds: float) -> Notice | None:
        """Take the next notice; None when none came within `seconds`."""
        if not self._notices:
            self._arrived.clear()
            try:
                async with asyncio.timeout(seconds):
                    await self._arrived.wait()
            except TimeoutError:
                return None
        return self._notices.popleft()


class Fanout:
    """The open streams of this process: at most `limit`. Subscribes to the replica with the first of them.

    The topic of what the replica tells is the environment's key.
    """

    def __init__(self, replica: Replica, limit: int = 1000) -> None:
        self._replica = replica
        self._limit = limit
        self._mailboxes: set[Mailbox] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._unsubscribe: Callable[[], None] | None = None
        self._closed = False

    @property
    def clients(self) -> int:
        """How many streams are open."""
        return len(self._mailboxes)

    @property
    def full(self) -> bool:
        """Whether one more stream has to be refused now."""
        return self._closed or len(self._mailboxes) >= self._limit

    @property
    def crowded(self) -> bool:
        """Whether one more stream of a browser has to be refused now."""
        return self._closed or len(self._mailboxes) >= self._limit - self._limit // SPARED

    def join(self, topic: str) -> Mailbox:
        """Open a mailbox; whatever is posted to the topic from now on arrives in it. Call on the event loop."""
        if self._unsubscribe is None:
            self._loop = asyncio.get_running_loop()
            self._unsubscribe = self._replica.subscribe(self._changed)
        mailbox = Mailbox(topic)
        self._mailboxes.add(mailbox)
        return mailbox

    def leave(self, mailbox: Mailbox) -> None:
        """Forget a mailbox."""
        self._mailboxes.discard(mailbox)

    def post(self, topic: str, notice: Notice) -> None:
        """Hand a notice to every mailbox of a topic; from any thread, returns at once."""
        if self._loop is None or self._loop.is_closed() or not self._mailboxes:
            return
        self._loop.call_soon_threadsafe(self._deliver, topic, notice)

    def close(self) -> None:
        """Bid every client farewell and take no more. Call on the event loop; idempotent."""
        self._closed = True
        if self._unsubscribe:
            self._unsubscribe()
        for mailbox in self._mailboxes:
            mailbox.put(FAREWELL)

    def replay(self, environment: str, held: Position | None) -> list[Notice]:
        """Find what leads a client from `held` to the present: changes, or RESYNC where they do not reach back so far.

        A client that is ahead of this replica is left in peace until the replica has caught up.
        """
        snapshot = self._replica.snapshot(environment)
        if snapshot is None or held is None or held.epoch != snapshot.epoch:
            return [RESYNC]
        if held.revision >= snapshot.revision:
            return []
        changes = [change for change in self._replica.recent(environment) if change.revision > held.revision]
        if not changes or changes[0].revision != held.revision + 1 or changes[0].epoch != held.epoch:
            return [RESYNC]
        return [notice_of(change) for change in changes]

    def _changed(self, environment: str, change: Change | None) -> None:
        """Encode in the replica's thread, and only for somebody."""
        if self._mailboxes:
            self.post(environment, RESYNC if change is None else notice_of(change))

    def _deliver(self, topic: str, notice: Notice) -> None:
        for mailbox in self._mailboxes:
            if mailbox.topic == topic:
                mailbox.put(notice)
