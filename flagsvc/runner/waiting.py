"""Those who wait on an event loop for something that happens in another thread."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress


class Waiting:
    """`until` waits, `wake` lets everybody look again. Waiting holds no thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._events: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}
        self._closed = False

    def __len__(self) -> int:
        return len(self._events)

    def wake(self) -> None:
        """Let everybody who waits look again. Returns at once, never raises, from any thread."""
        with self._lock:
            waiting = list(self._events.items())
        for event, loop in waiting:
            with suppress(RuntimeError):  # a loop that was closed: nobody waits there any more
                loop.call_soon_threadsafe(event.set)

    def close(self) -> None:
        """End every wait, now and from now on."""
        self._closed = True
        self.wake()

    async def until(self, holds: Callable[[], bool], seconds: float) -> None:
        """Return when it holds, at the close, or after `seconds`; it is asked again at each `wake`."""
        event = asyncio.Event()
        with self._lock:
            self._events[event] = asyncio.get_running_loop()
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    while not (self._closed or holds()):
                        await event.wait()
                        event.clear()
        finally:
            with self._lock:
                del self._events[event]
