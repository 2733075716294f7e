"""One client's stream of changes, from its greeting to its end."""

from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass

import anyio

from flagsdk.wire import Position
from flagsvc.http.fanout import FAREWELL, Fanout, Mailbox, Notice
from flagsvc.http.problem import Problem

LOOK_SECONDS = 1.5
"""How often a stream asks whether its token still counts: with the age of the token book, well below five seconds."""

LOOKS_PER_HEARTBEAT = 10

SEND_SECONDS = 10.0
GRACE_SECONDS = 3.0
RETRY_MILLISECONDS = (500, 2000)
"""A client adds up to a half: a broken stream is back within three seconds, which leaves two of five for the rest."""

_HEARTBEAT = b": still here\n\n"


@dataclass(frozen=True, slots=True)
class Subject:
    """What a stream is about: its topic, what a client has to know first, and where it stands (None: nowhere).

    `replay(held)` is asked after the mailbox was opened, so that nothing falls between.
    """

    topic: str
    replay: Callable[[Position | None], Iterable[Notice]]
    held: Position | None = None


class Stream:
    """Replays what the client missed, then passes on what comes.

    Every `look_seconds` without news it asks `allowed` again, and every tenth time it sends a comment.
    """

    def __init__(
        self,
        fanout: Fanout,
        subject: Subject,
        *,
        allowed: Callable[[], bool],
        look_seconds: float,
        retry_milliseconds: int,
    ) -> None:
        self.leaving = anyio.Event()
        self._fanout = fanout
        self._subject = subject
        self._held = subject.held
        self._allowed = allowed
        self._look_seconds = look_seconds
        self._greeting = f"retry: {retry_milliseconds}\n: welcome\n\n".encode()
        self._mailbox: Mailbox | None = None

    async def events(self) -> AsyncIterator[bytes]:
        """Yield the stream, piece by piece, until farewell, a void token, or a client that is too slow."""
        self._mailbox = mailbox = self._fanout.join(self._subject.topic)
        try:
            yield self._greeting
            for notice in self._subject.replay(self._held):
                yield self._pass(notice)
            quiet = 0
            while self._allowed():
                notice_or_none = await mailbox.take(self._look_seconds)
                if notice_or_none is None:
                    quiet += 1
                    if quiet % LOOKS_PER_HEARTBEAT == 0:
                        yield _HEARTBEAT
                elif not self._passed(notice_or_none):
                    yield self._pass(notice_or_none)
                if notice_or_none and notice_or_none.last:
                    return
        finally:
            self._fanout.leave(mailbox)

    async def end_with_server(self) -> None:
        """Say farewell when the server begins to shut down; runs beside `events`."""
        await self.leaving.wait()
        if self._mailbox:
            self._mailbox.put(FAREWELL)

    def _pass(self, notice: Notice) -> bytes:
        self._held = notice.position or self._held
        return notice.data

    def _passed(self, notice: Notice) -> bool:
        """Tell whether the replay has brought it already: joining comes first, so that nothing can fall between."""
        held, position = self._held, notice.position
        if held is None or position is None:
            return False
        return position.epoch == held.epoch and position.revision <= held.revision


def demand_room(fanout: Fanout, retry_milliseconds: int) -> None:
    """Pass where one more stream can be opened; raises Problem, with when to come back."""
    if fanout.full:
        after = {"Retry-After": str(-(-retry_milliseconds // 1000))}
        raise Problem("too-many-streams", "no further stream can be opened here now", headers=after)


def retry_milliseconds(chance: Callable[[], float]) -> int:
    """Draw a delay of its own for every client, so that they do not come back all at once."""
    least, most = RETRY_MILLISECONDS
    return int(least + chance() * (most - least))
