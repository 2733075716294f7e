"""The face for applications: one client, one background thread, answers from memory."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal, Self

from flagsdk.core.snapshot import Snapshot
from flagsdk.follower import CLOSE_SECONDS, Follower
from flagsdk.listeners import Callback, Listeners
from flagsdk.options import chosen_source, source_from
from flagsdk.reading import Reading
from flagsdk.sources import Source
from flagsdk.usage import Usage, Use

START_SECONDS = 5.0
STALE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Status:
    """How a client stands.

    "starting": no snapshot yet, defaults are served. "ready": current. "stale": the last good snapshot is served, and
    the source has not confirmed it for a while. "closed": likewise, for good. `age_seconds` counts from the last time
    that the source confirmed the snapshot, infinite before the first; `fault` is what is wrong now, in words.
    """

    state: Literal["starting", "ready", "stale", "closed"]
    source: str
    environment: str | None
    epoch: str | None
    revision: int | None
    age_seconds: float
    fault: str
    faults: int


class FlagClient(Reading):
    """Evaluates flags and traffic splits of one environment.

    Making one connects to nothing; the background thread starts with the first use. Reads never block and never raise.
    Use it as a context manager (`with` or `async with`), which waits for the first snapshot, or call `wait_ready`.
    """

    def __init__(  # noqa: PLR0913 - each is one way to say where from, by its name
        self,
        source: str | Source | None = None,
        *,
        redis: str | None = None,
        url: str | None = None,
        file: str | None = None,
        environment: str = "",
        token: str = "",
        start_seconds: float = START_SECONDS,
        stale_seconds: float = STALE_SECONDS,
    ) -> None:
        """Name one source: an address of any kind, `redis=`, `url=` (with `token=`) or `file=`.

        `start_seconds` is how long `with` waits for the first snapshot; `stale_seconds` the age from which the status
        says "stale". Raises ValueError for an address that cannot be used.
        """
        super().__init__()
        if source is None or isinstance(source, str):
            addresses = {"source": source, "redis": redis, "url": url, "file": file}
            source = chosen_source(addresses, environment=environment, token=token)
        self._source = source
        self._start_seconds = start_seconds
        self._stale_seconds = stale_seconds
        self._usage = Usage()
        self._listeners = Listeners()
        self._arrived = threading.Event()
        self._starting = threading.Lock()
        self._follower: Follower | None = None
        self._closed = False

    @classmethod
    def from_env(cls, **options: Any) -> Self:
        """Make a client from the FLAGSDK_* variables (`flagsdk.options.VARIABLES`); `options` as for the class."""
        return cls(source_from(), **options)

    @property
    def ready(self) -> bool:
        """Whether a snapshot is there to answer from."""
        return self._in_force.snapshot is not None

    @property
    def status(self) -> Status:
        """How the client stands; costs nothing."""
        follower, snapshot = self._follower, self._in_force.snapshot
        age = time.monotonic() - follower.standing.confirmed if follower else float("inf")
        return Status(
            state=self._state(age),
            source=self._source.name,
            environment=snapshot.environment if snapshot else None,
            epoch=snapshot.epoch if snapshot else None,
            revision=snapshot.revision if snapshot else None,
            age_seconds=age,
            fault=follower.standing.fault if follower else "",
            faults=(follower.standing.faults if follower else 0) + self._reading_faults + self._listeners.faults,
        )

    def wait_ready(self, seconds: float = START_SECONDS) -> bool:
        """Wait for the first snapshot, at most `seconds` and no longer than until `close`; True when it is there."""
        self._awake()
        self._arrived.wait(seconds)
        return self.ready

    def on_change(self, keys: Iterable[str], callback: Callback) -> Callable[[], None]:
        """Call `callback(changed)` from the background thread when a change reaches some of these flags.

        `changed` are those of `keys` whose document, segments or prerequisites changed; the first snapshot counts, too.
        Returns the function that ends it.
        """
        remove = self._listeners.add(keys, callback)
        self._awake()
        return remove

    def usage(self) -> Mapping[Use, int]:
        """How often each variant was served, by flag (or traffic split), variant and revision, since the start."""
        return self._usage.totals()

    def close(self) -> None:
        """End the thread and the connections within five seconds. Reads go on from the last snapshot. Idempotent."""
        with self._starting:
            self._closed = True
            follower = self._follower
        if follower:
            follower.close(CLOSE_SECONDS)
        else:
            self._source.close()
        self._arrived.set()  # or never: nobody need wait any longer

    def __enter__(self) -> Self:
        self.wait_ready(self._start_seconds)
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        import asyncio  # noqa: PLC0415 - programs without it need not load it

        await asyncio.to_thread(self.wait_ready, self._start_seconds)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None
    ) -> None:
        import asyncio  # noqa: PLC0415 - programs without it need not load it

        await asyncio.to_thread(self.close)

    def _awake(self) -> None:
        """Start the thread, once. The lock is taken by the first reads at most."""
        if self._follower is not None or self._closed:
            return
        with self._starting:
            if self._follower is None and not self._closed:
                follower = Follower(self._source, self._install, self._in_force.snapshot)
                follower.start()
                self._follower = follower

    def _install(self, snapshot: Snapshot, changed: frozenset[str]) -> None:
        """Put a snapshot in force, then tell whoever wants to know."""
        previous = self._in_force.snapshot
        self._put_in_force(snapshot)
        self._arrived.set()
        self._usage.follow(snapshot)
        self._listeners.tell(previous, snapshot, changed)

    def _state(self, age: float) -> Literal["starting", "ready", "stale", "closed"]:
        if self._closed:
            return "closed"
        if self._in_force.snapshot is None:
            return "starting"
        return "stale" if age > self._stale_seconds else "ready"
