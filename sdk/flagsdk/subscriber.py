"""A reader that keeps its snapshot current by one background thread: all of a client but waiting and closing."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from flagsdk.core.snapshot import Snapshot
from flagsdk.delivery import Delivery
from flagsdk.disk import DiskCopy
from flagsdk.follower import CLOSE_SECONDS, Follower
from flagsdk.forking import let_go, remember
from flagsdk.ladder import Ladder
from flagsdk.listeners import Callback, Listeners
from flagsdk.measuring import Measuring
from flagsdk.options import duration, from_variables, name_of_copy, origins, service_of
from flagsdk.reporting import REPORT_SECONDS, Reporter, Reporting
from flagsdk.reserve import Bootstrap, Reserve, admitted
from flagsdk.signatures import Verifier
from flagsdk.sources import Source
from flagsdk.staleness import OPEN, Closed, Limits, Then, own_policy
from flagsdk.standing import Held
from flagsdk.status import State, Status, Watchers
from flagsdk.usage import Use

START_SECONDS = 5.0
STALE_SECONDS = 30.0
FORKED = "fork"


class Subscriber(Measuring):
    """Evaluates flags and traffic splits of one environment.

    Making one connects to nothing; the background thread starts with the first use, and again after a fork. Reads never
    block and never raise.
    """

    def __init__(  # noqa: PLR0913 - each is one way to say where from, by its name
        self,
        *sources: str | Source,
        redis: str | None = None,
        url: str | None = None,
        file: str | Path | None = None,
        environment: str = "",
        token: str = "",
        ca_file: str | Path | None = None,
        bootstrap: Bootstrap = None,
        cache_dir: str | Path | None = None,
        offline: bool = False,
        application: str = "",
        report_seconds: float = REPORT_SECONDS,
        public_key: str = "",
        start_seconds: float = START_SECONDS,
        stale_seconds: float = STALE_SECONDS,
        when_stale: Then = "keep",
    ) -> None:
        """Name the sources, best first: addresses of any kind, then `redis=`, `url=` (with `token=`) and `file=`.

        The best that answers is followed; the others stand by. Until the first one answers, the copy in `cache_dir` is
        served, or else the `bootstrap`; `offline` connects to nothing and serves these for good. `ca_file` (PEM) names
        the certificate authorities to trust instead of the system's. With a `public_key` (two with a comma between,
        while keys are rotated) nothing is taken that the service did not sign, and no older epoch.

        `start_seconds` is how long `with` waits for a source. A snapshot that nobody has confirmed for `stale_seconds`
        is stale: decisions say so, and with `when_stale="off"` flags serve their off variant; a flag may have its own
        policy. With the service among the sources, usage and the revision in force are reported to it about every
        `report_seconds` (0: never), under the name `application`; never a unit, never a context. Raises ValueError for
        what cannot be used: an address, a key, a token of another environment; ImportError where an extra is missing.
        """
        super().__init__()
        self._verify = Verifier(public_key).verify if public_key else None
        self._origins = origins(sources, {"redis": redis, "url": url, "file": file}, environment, token, ca_file)
        self._offline = offline
        self._ladder = self._new_ladder()
        disk = DiskCopy(cache_dir, name_of_copy(self._origins, environment)) if cache_dir else None
        self._reserve = Reserve(disk, bootstrap, environment)
        self._start_seconds = duration("start_seconds", start_seconds)
        self._limits = Limits(own_policy(duration("stale_seconds", stale_seconds), when_stale))
        self._reporter = self._new_reporter(application, duration("report_seconds", report_seconds))
        self._outcomes = self._reporter.outcomes if self._reporter else None
        self._listeners = Listeners()
        self._watchers = Watchers()
        self._arrived = threading.Event()
        self._starting = threading.Lock()
        self._follower: Follower | None = None
        self._held: Held | None = None  # what a forked child goes on from
        self._closed = False
        self._forked = False  # whether the ladder is still the parent's
        remember(self)

    @classmethod
    def from_env(cls, **options: Any) -> Self:
        """Make a client from the FLAGSDK_* variables (`flagsdk.options.VARIABLES`); `options` as for the class."""
        arguments = from_variables() | options
        return cls(*arguments.pop("sources"), **arguments)

    @property
    def ready(self) -> bool:
        """Whether a snapshot is there to answer from."""
        return self._in_force.snapshot is not None

    @property
    def status(self) -> Status:
        """How the client stands; costs nothing."""
        follower, snapshot = self._follower, self._in_force.snapshot
        standing = follower.standing if follower else None
        callbacks = self._listeners.faults + self._watchers.faults
        return Status(
            state=self._state(),
            source=standing.source if standing else self._first_source,
            environment=snapshot.environment if snapshot else None,
            epoch=snapshot.epoch if snapshot else None,
            revision=snapshot.revision if snapshot else None,
            age_seconds=self._age_seconds,
            fault=standing.fault if standing else "",
            faults=(standing.faults if standing else 0) + self._reading_faults + callbacks,
        )

    def on_change(self, keys: Iterable[str] | None, callback: Callback) -> Callable[[], None]:
        """Call `callback(changed)` from the background thread when a change reaches some of these flags, or any (None).

        `changed` are those of `keys` whose document, segments or prerequisites changed; the first snapshot counts, too.
        Returns the function that ends it.
        """
        remove = self._listeners.add(keys, callback)
        self._awake()
        return remove

    def on_status(self, callback: Callable[[Status], object]) -> Callable[[], None]:
        """Call `callback(status)` from the background thread when the state changes; returns the function that ends it.

        It is noticed within a few seconds, and is closed by whoever closes the client.
        """
        remove = self._watchers.add(callback)
        self._awake()
        return remove

    def usage(self) -> Mapping[Use, int]:
        """How often each variant was served, by flag (or traffic split), variant and revision, since the start."""
        return self._usage.totals()

    @property
    def reporting(self) -> Reporting | None:
        """How the reports to the service stand; None for a client that makes none."""
        return self._reporter.standing if self._reporter else None

    def after_fork(self) -> None:
        """Begin a new life in a forked child: the snapshot stays, locks, sockets and the thread are the parent's.

        Called by `os.register_at_fork`; the next read starts a thread and connections of this process's own.
        """
        follower = self._follower
        self._held = follower.held if follower else self._held
        self._switching, self._starting = threading.Lock(), threading.Lock()
        self._arrived = threading.Event()
        self._overrides.after_fork()
        self._usage.after_fork()
        if self._reporter:
            self._reporter.after_fork()
        self._follower = None
        let_go(*self._ladder.built_in)
        if not self._closed and not self._offline:
            self._forked = True
            self._shut_for(FORKED, on=True)

    def _wait_ready(self, seconds: float) -> bool:
        self._awake()
        self._arrived.wait(min(seconds, threading.TIMEOUT_MAX))
        return self.ready

    def _close(self) -> None:
        with self._starting:
            self._closed = True
            follower = self._follower
        self._shut_for(FORKED, on=False)
        if follower:
            until = time.monotonic() + CLOSE_SECONDS
            follower.close(CLOSE_SECONDS)
            if self._reporter and not follower.alive:
                self._reporter.close(until - time.monotonic())
        else:
            with suppress(Exception):  # what cannot be opened in a child is not open
                self._own_ladder().close()
        self._arrived.set()  # or never: nobody need wait any longer
        self._watchers.look(self.status)

    def _new_reporter(self, application: str, report_seconds: float) -> Reporter | None:
        service = service_of(self._origins)
        if service is None or self._offline or not report_seconds:
            return None
        delivery = Delivery(service.address, service.token, service.ca_file)
        return Reporter(self._usage, delivery, application=application, report_seconds=report_seconds)

    def _new_ladder(self) -> Ladder:
        if not self._origins and not self._offline:
            raise ValueError("name one source, as an address, redis=, url= or file=; none is given")
        return Ladder(() if self._offline else [origin.open() for origin in self._origins])

    def _own_ladder(self) -> Ladder:
        """Give the ladder, in a forked child one of its own. May raise there, and can then be tried again."""
        if self._forked:
            self._ladder = self._new_ladder()
            self._forked = False
        return self._ladder

    @property
    def _first_source(self) -> str:
        return "offline" if self._offline else self._ladder.current.name

    @property
    def _age_seconds(self) -> float:
        follower = self._follower
        if follower:
            return time.monotonic() - follower.standing.confirmed
        if self._offline:
            return 0.0 if self.ready else float("inf")
        return time.monotonic() - self._held.confirmed if self._held else float("inf")

    def _state(self) -> State:
        if self._closed:
            return "closed"
        if self._in_force.snapshot is None:
            return "starting"
        return "stale" if self._age_seconds > self._limits.own.after_seconds else "ready"

    def _is_stale(self, name: str) -> bool:
        return self._age_seconds > self._limits.of(name).after_seconds

    def _awake(self) -> None:
        """Start the thread, once. Who finds somebody at it does not wait: it may be the same thread, interrupted."""
        if self._follower is not None or self._closed or (self._offline and self._arrived.is_set()):
            return
        starting = self._starting
        if not starting.acquire(blocking=False):
            return
        try:
            if self._follower is None and not self._closed:
                self._begin()
            self._shut_for(FORKED, on=False)
        except Exception:  # noqa: BLE001 - no thread is to be had now: reads go on, the next one tries again
            self._follower = None
            self._reading_faults += 1
        finally:
            starting.release()

    def _begin(self) -> None:
        if self._offline:
            self._serve_reserve()
        else:
            self._follow()

    def _follow(self) -> None:
        ladder, held = self._own_ladder(), self._held
        if held and held.snapshot is not self._in_force.snapshot:  # forked between the two
            self._limits.follow(held.snapshot, frozenset(held.snapshot.documents))
            self._put_in_force(held.snapshot, self._closed_now())
        follower = Follower(ladder, self._install, self._turned, self._reserve, held, verify=self._verify)
        self._follower = follower
        if self.ready:
            self._arrived.set()
        follower.start()
        self._held = None  # or it would keep the old snapshot in memory for good

    def _serve_reserve(self) -> None:
        """Serve what is kept, without a thread."""
        if self.ready:
            return
        for kept in self._reserve.candidates():
            with suppress(Exception):  # the next one may be sound
                self._install(admitted(kept, self._verify), frozenset(kept.whole.documents))
                break
        self._arrived.set()

    def _install(self, snapshot: Snapshot, changed: frozenset[str]) -> None:
        """Put a snapshot in force, then tell whoever wants to know."""
        previous = self._in_force.snapshot
        self._limits.follow(snapshot, changed)
        self._put_in_force(snapshot, self._closed_now())
        self._usage.follow(snapshot)
        if self._reporter:
            held = self._follower.held if self._follower else None
            self._reporter.installed(snapshot, held.whole.at if held else 0)
        self._listeners.tell(previous, snapshot, changed)

    def _turned(self) -> None:
        """Look after what passes with time; called after every turn of the thread."""
        closed = self._closed_now()
        if closed != self._in_force.closed:
            self._put_in_force(self._in_force.snapshot, closed)
        if self.ready:
            self._arrived.set()
        self._watchers.look(self.status)
        if self._reporter and not self._closed:  # the last report is made by who closes
            self._reporter.tick()

    def _closed_now(self) -> Closed:
        return OPEN if self._offline else self._limits.closed(self._age_seconds)
