"""What visitors really got, counted by the second and by version. Written by one thread, read by any."""

import threading
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field

KEPT_SECONDS = 60
RATE_SECONDS = 3
"""Over how many whole seconds "now" is: fewer are too few requests for a share of 5 %."""
SERVER_ERROR = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request of one visitor: when it was sent, what came back. No answer at all is status 0, version ""."""

    sent: float
    user: str
    status: int = 0
    version: str = ""
    features: frozenset[str] = frozenset()

    @property
    def failed(self) -> bool:
        """Whether the visitor got no page."""
        return self.status == 0 or self.status >= SERVER_ERROR


@dataclass(slots=True)
class Second:
    """The visits that were sent within one second."""

    at: int
    visits: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    features: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By flag and version: how many had it on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What is known at one moment. Rates and shares are those of the last whole seconds, `history` is by second."""

    per_second: float = 0.0
    visits: int = 0
    """How many visits rates and shares are made of."""
    shares: Mapping[str, float] = field(default_factory=dict)
    error_rates: Mapping[str, float] = field(default_factory=dict)
    history: Mapping[str, tuple[float | None, ...]] = field(default_factory=dict)
    """Version → error rate of each of the last seconds, oldest first; None where it had no visits."""
    features: Mapping[tuple[str, str], int] = field(default_factory=dict)
    unanswered: int = 0
    unsent: int = 0
    total: int = 0


class Tally:
    """Counts visits. Visitors who go back to a version that they had left are counted: nobody should, in a ramp."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seconds: deque[Second] = deque(maxlen=KEPT_SECONDS)
        self._places: dict[str, tuple[float, str]] = {}
        self._last: dict[str, float] = {}
        self._chapter = Chapter()
        self._unanswered = self._unsent = self._total = 0

    def add(self, visit: Visit) -> None:
        """Count one visit."""
        with self._lock:
            self._total += 1
            self._unanswered += visit.status == 0
            second = self._second(int(visit.sent))
            if second is not None:
                second.visits[visit.version] += 1
                second.failed[visit.version] += visit.failed
                second.features.update((feature, visit.version) for feature in visit.features)
            self._last[visit.version] = max(visit.sent, self._last.get(visit.version, 0.0))
            self._follow(visit)
            self._chapter.add(visit)

    def skip(self) -> None:
        """Count a request that was due and not sent, because too many were on their way."""
        with self._lock:
            self._unsent += 1

    def begin(self) -> None:
        """Begin to count anew what belongs to one release."""
        with self._lock:
            self._chapter = Chapter()

    def last_seen(self, version: str) -> float:
        """Tell when the last visit that this version answered was sent, by the visits' clock; 0.0 before the first."""
        with self._lock:
            return self._last.get(version, 0.0)

    def chapter(self) -> "Chapter":
        """Give a copy of what belongs to the release since `begin`."""
        with self._lock:
            return self._chapter.copy()

    def read(self, now: float, seconds: int = KEPT_SECONDS) -> Reading:
        """Sum up what is known; `now` by the same clock as the visits."""
        with self._lock:
            kept = {second.at: second for second in self._seconds}
            totals = {"unanswered": self._unanswered, "unsent": self._unsent, "total": self._total}
        recent = [kept[at] for at in range(int(now) - RATE_SECONDS, int(now)) if at in kept]
        visits = sum((second.visits for second in recent), Counter[str]())
        failed = sum((second.failed for second in recent), Counter[str]())
        whole = visits.total()
        return Reading(
            per_second=whole / RATE_SECONDS,
            visits=whole,
            shares={version: count / whole for version, count in sorted(visits.items())},
            error_rates={version: failed[version] / count for version, count in visits.items()},
            history=_history([kept.get(at) for at in range(int(now) - seconds, int(now))]),
            features=sum((second.features for second in recent), Counter[tuple[str, str]]()),
            **totals,
        )

    def _second(self, at: int) -> Second | None:
        """Find the second, which is nearly always the last one; None when it is too long ago."""
        if not self._seconds or self._seconds[-1].at < at:
            self._seconds.append(Second(at))
        return next((second for second in reversed(self._seconds) if second.at == at), None)

    def _follow(self, visit: Visit) -> None:
        sent, before = self._places.get(visit.user, (0.0, ""))
        if visit.version and visit.sent > sent:  # an answer that was overtaken says nothing of where they are now
            self._places[visit.user] = (visit.sent, visit.version)
            self._chapter.move(visit.user, before, visit.version)


@dataclass(slots=True)
class Chapter:
    """What belongs to one release: requests and errors by version, who moved, and flags by version."""

    visits: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    features: Counter[tuple[str, str]] = field(default_factory=Counter)
    left: dict[str, set[str]] = field(default_factory=dict)
    came_back: set[str] = field(default_factory=set)
    last: dict[str, float] = field(default_factory=dict)
    """Version → when the last request that it answered was sent."""

    def add(self, visit: Visit) -> None:
        """Count one visit."""
        self.visits[visit.version] += 1
        self.failed[visit.version] += visit.failed
        self.last[visit.version] = max(visit.sent, self.last.get(visit.version, 0.0))
        self.features.update((feature, visit.version) for feature in visit.features)

    def move(self, user: str, before: str, after: str) -> None:
        """Note where a visitor went."""
        if before in {"", after}:
            return
        left = self.left.setdefault(user, set())
        if after in left:
            self.came_back.add(user)
        left.add(before)

    def copy(self) -> "Chapter":
        """Give one that nobody goes on writing to."""
        left = {user: set(versions) for user, versions in self.left.items()}
        counts = Counter(self.visits), Counter(self.failed), Counter(self.features)
        return Chapter(*counts, left, set(self.came_back), dict(self.last))


def _history(seconds: list[Second | None]) -> dict[str, tuple[float | None, ...]]:
    versions = sorted({version for second in seconds if second for version in second.visits})
    return {version: tuple(_rate(second, version) for second in seconds) for version in versions}


def _rate(second: Second | None, version: str) -> float | None:
    if second is None or not second.visits[version]:
        return None
    return second.failed[version] / second.visits[version]
