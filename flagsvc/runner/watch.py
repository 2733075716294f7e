"""The watcher behind the live stream: one loop per process, which runs only while somebody listens."""

import threading
import time
from collections.abc import Callable, Sequence

from flagsvc.domain.live import News
from flagsvc.ports import Store
from flagsvc.runner.loop import Loop
from flagsvc.usecases.live import Sight, first_sight, hello, next_sight

POLL_SECONDS = 1.0
"""How soon what another replica did is seen; what this one did is seen at once."""

SPACING_SECONDS = 0.2
"""Nobody is told twice about the same rollout or binding within it."""


class Watch:
    """Looks at the store for everybody who listens, and hands news to `publish`, all of one look at once.

    It looks when woken and about every second. While the database is away it goes on trying, and nothing is lost: the
    next look tells what happened since the last. `status` is the health of this process in a word, from memory; a
    change of it is told with or without a database. `publish` comes from the watcher's thread and has to be quick.
    """

    def __init__(
        self,
        store: Store,
        publish: Callable[[Sequence[News]], None],
        status: Callable[[], str],
        *,
        poll_seconds: float = POLL_SECONDS,
        spacing_seconds: float = SPACING_SECONDS,
    ) -> None:
        self._store, self._publish, self._status = store, publish, status
        self._poll_seconds, self._spacing_seconds = poll_seconds, spacing_seconds
        self._listeners, self._counting = 0, threading.Lock()
        self._loop: Loop | None = None
        self._changing = threading.Lock()  # of the loop, which takes as long as the database does
        self._ended = threading.Event()
        self._looked = float("-inf")
        self._sight: Sight  # there from the first look on
        self._word = ""

    def open(self) -> None:
        """Count one who listens; the first one waits for the first look. For worker threads only.

        Raises Unavailable, and counts nobody, when the database does not answer to that look.
        """
        self._count(1)
        try:
            with self._changing:
                if self._loop is None:
                    self._begin()
        except BaseException:
            self._count(-1)
            raise

    def leave(self) -> None:
        """Count one less who listens; when it was the last, the loop ends by itself. Returns at once."""
        self._count(-1)

    def opening(self) -> Sequence[News]:
        """Give what somebody is told first: where everything stands, and the health. Only between open and leave."""
        return [hello(self._sight), _health(self._word)]

    def wake(self) -> None:
        """Look now, because something was committed. Returns at once, never raises, from any thread."""
        loop = self._loop
        if loop is not None:
            loop.wake()

    def stop(self) -> None:
        """End for good; waits for a look that is under way, but not for long."""
        self._ended.set()
        loop = self._loop
        if loop is not None:
            loop.stop(seconds=0.5)

    @property
    def is_running(self) -> bool:
        """Whether the loop runs: while somebody listens, and for a moment after."""
        return self._loop is not None

    def _count(self, step: int) -> None:
        with self._counting:
            self._listeners += step

    def _begin(self) -> None:
        self._word = self._status()
        with self._store.reading() as view:
            self._sight = first_sight(view)
        self._loop = Loop("live stream", self._turn, self._poll_seconds)
        if not self._ended.is_set():
            self._loop.start()

    def _turn(self) -> None:
        if self._is_left():
            return
        self._space()
        self._look_at_health()
        self._look_at_store()

    def _is_left(self) -> bool:
        with self._changing:
            if self._listeners or self._loop is None:
                return False
            self._loop.finish()
            self._loop = None
            return True

    def _space(self) -> None:
        """Keep looks apart; those who woke us meanwhile are served by this one."""
        self._ended.wait(max(0.0, self._looked + self._spacing_seconds - time.monotonic()))
        self._looked = time.monotonic()

    def _look_at_health(self) -> None:
        word = self._status()
        if word != self._word:
            self._word = word
            self._publish([_health(word)])

    def _look_at_store(self) -> None:
        with self._store.reading() as view:
            self._sight, news = next_sight(view, self._sight)
        if news:
            self._publish(news)


def _health(word: str) -> News:
    return News("health", {"status": word})
