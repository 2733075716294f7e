"""The loop: woken after a commit, and every few seconds anyway, it makes the copies in Redis equal to the database."""

import logging
import random
import threading
import time
from collections.abc import Callable, Iterable

from redis import RedisError, ResponseError, WatchError

from flagsdk.redis_link import parse
from flagsdk.redis_link.connecting import Limits, Links
from flagsdk.wire import Sign, unsigned
from flagsvc.domain.errors import Refused
from flagsvc.ports import Store
from flagsvc.publisher.copy import HalfApplied
from flagsvc.publisher.reconcile import Reconciler
from flagsvc.publisher.report import Report, Silent

CONNECT_SECONDS = 1.0
TIMEOUT_SECONDS = 5.0  # writing ten thousand documents anew takes a server well under a second
RACES = 8
DEEP_EVERY = 10
BACKOFF_SECONDS = (0.1, 2.0)  # first and longest; each wait is drawn between nothing and the present bound
CLOSE_SECONDS = 5.0

_log = logging.getLogger(__name__)


class RedisPublisher:
    """Publishes every environment of the store. Implements the port `Publisher`; several replicas may run one each."""

    def __init__(  # noqa: PLR0913 - most are given by name, and only by tests
        self,
        url: str,
        store: Store,
        report: Report | None = None,
        *,
        sign: Sign = unsigned,
        every_seconds: float = 2.0,
        now: Callable[[], float] = time.time,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._links = Links(parse(url), Limits(CONNECT_SECONDS, TIMEOUT_SECONDS), "flagsvc")
        self._store = store
        self._report = report or Silent()
        self._sign = sign
        self._every_seconds = every_seconds
        self._now = now
        self._chance = chance
        self._reconcilers: dict[str, Reconciler] = {}
        self._woken = threading.Condition()
        self._dirty: set[str] = set()
        self._closed = False
        self._failures = 0
        self._turns = 0
        self._thread = threading.Thread(target=self._run, name="flagsvc-publisher", daemon=True)

    def start(self) -> None:
        """Start the loop; nothing is asked of Redis before."""
        self._thread.start()

    def wake(self, environment: str) -> None:
        """Publish the environment at once; only sets a mark."""
        with self._woken:
            self._dirty.add(environment)
            self._woken.notify()

    def close(self, seconds: float = CLOSE_SECONDS) -> None:
        """Let the turn under way finish, within `seconds`; idempotent."""
        with self._woken:
            self._closed = True
            self._woken.notify()
        if self._thread.is_alive():
            self._thread.join(seconds)
        self._links.disconnect()

    def turn(self, environments: Iterable[str] | None = None) -> bool:
        """Reconcile these environments, or all; True when every copy is at its head."""
        try:
            with self._store.reading() as view:
                known = view.heads()
            chosen = known if environments is None else [name for name in environments if name in known]
            deep = self._turns % DEEP_EVERY == 0
            self._reconcile_all(chosen, deep=deep and environments is None)
            self._turns += environments is None
            self._report.redis_up(up=True)
        except Exception as fault:  # noqa: BLE001 - the loop must outlive every fault; each is counted and logged
            self._failed(fault)
            return False
        if self._failures:
            _log.warning("redis: publication works again")
        self._failures = 0
        return True

    def _run(self) -> None:
        due = 0.0
        while not self._closed:
            with self._woken:
                dirty, self._dirty = self._dirty, set()
            everything = time.monotonic() >= due
            if everything:
                due = time.monotonic() + self._every_seconds
            if not everything and not dirty:
                self._sleep(due - time.monotonic(), until_woken=True)
            elif not self.turn(None if everything else dirty):
                due = 0.0
                self._sleep(self._backoff(), until_woken=False)

    def _sleep(self, seconds: float, *, until_woken: bool) -> None:
        with self._woken:
            self._woken.wait_for(lambda: self._closed or (until_woken and bool(self._dirty)), seconds)

    def _reconcile_all(self, environments: Iterable[str], *, deep: bool) -> None:
        """In a cluster, a node that is away keeps only its own environments waiting. Raises the first fault."""
        faults: list[RedisError] = []
        for environment in environments:
            try:
                self._reconcile(environment, deep=deep)
            except RedisError as fault:
                faults.append(fault)
                if not self._links.scattered:
                    break
        if faults:
            raise faults[0]

    def _reconcile(self, environment: str, *, deep: bool) -> None:
        reconciler = self._reconcilers.get(environment)
        if reconciler is None:
            reconciler = Reconciler(environment, self._store, self._report, self._now, self._sign)
            self._reconcilers[environment] = reconciler
        for _ in range(RACES):
            try:
                return reconciler.turn(self._links.to(environment), deep=deep)
            except WatchError:
                continue  # another replica wrote first: look again
            except HalfApplied as fault:
                self._report.failed("half-applied")
                _log.error("redis: a command inside MULTI failed, writing %s anew: %s", environment, fault)
                return reconciler.rewrite(self._links.to(environment))
        raise WatchError(f"{environment}: lost {RACES} races in a row")

    def _failed(self, fault: Exception) -> None:
        reason = next(reason for kinds, reason in _REASONS if isinstance(fault, kinds))
        self._report.failed(reason)
        if isinstance(fault, RedisError | OSError):
            self._links.disconnect()  # look for the server again: another may hold the keys, or be the master
        if reason == "redis":
            self._report.redis_up(up=False)
        if not self._failures or reason == "fault":
            _log.error("publication failed (%s): %s", reason, fault, exc_info=reason == "fault")
        self._failures += 1

    def _backoff(self) -> float:
        first, longest = BACKOFF_SECONDS
        return float(self._chance() * min(longest, first * 2 ** min(self._failures, 16)))


_REASONS: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str], ...] = (
    ((ResponseError, WatchError, HalfApplied), "refused"),
    ((RedisError, OSError), "redis"),
    (Refused, "database"),
    (Exception, "fault"),
)
