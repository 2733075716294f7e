"""One client's stream of changes, from its greeting to its end."""

from collections.abc import AsyncIterator, Callable

import anyio

from flagsdk.wire import Position
from flagsvc.http.fanout import FAREWELL, Fanout, Mailbox, Notice

LOOK_SECONDS = 1.5
"""How often a stream asks whether its token still counts: with the age of the token book, well below five seconds."""

LOOKS_PER_HEARTBEAT = 10

_HEARTBEAT = b": still here\n\n"


class Stream:
    """Replays what the client missed, then passes on what comes.

    Every `look_seconds` without news it asks `allowed` again, and every tenth time it sends a comment.
    """

    def __init__(
        self,
        fanout: Fanout,
        environment: str,
        held: Position | None,
        *,
        allowed: Callable[[], bool],
        look_seconds: float,
        retry_milliseconds: int,
    ) -> None:
        self.leaving = anyio.Event()
        self._fanout = fanout
        self._environment = environment
        self._held = held
        self._allowed = allowed
        self._look_seconds = look_seconds
        self._greeting = f"retry: {retry_milliseconds}\n: welcome\n\n".encode()
        self._mailbox: Mailbox | None = None

    async def events(self) -> AsyncIterator[bytes]:
        """Yield the stream, piece by piece, until farewell, a void token, or a client that is too slow."""
        self._mailbox = mailbox = self._fanout.join(self._environment)
        try:
            yield self._greeting
            for notice in self._fanout.replay(self._environment, self._held):
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
