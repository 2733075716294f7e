"""What the publisher says, as metrics and log lines; and the counters that begin at nothing."""

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from typing import get_args

from flagsvc.domain.records import Head
from flagsvc.domain.rollouts.causes import Cause
from flagsvc.http.metrics import Metrics
from flagsvc.publisher.report import REASONS
from flagsvc.runner.notices import Fate

MISSED_TURNS = 3
PATIENCE_SECONDS = 10.0
"""A database that nobody has called behind for so long, and for so many turns, is no longer."""

_log = logging.getLogger(__name__)


def begin_at_nothing(metrics: Metrics, notifiers: Iterable[str]) -> None:
    """Expose what alerts watch before it happens: an increase from no series to 1 is none to Prometheus."""
    for reason in REASONS:
        metrics.publish_failures.labels(reason)
    for cause in get_args(Cause):
        metrics.rollbacks.labels(cause)
    for notifier in notifiers:
        for fate in get_args(Fate):
            metrics.notices.labels(notifier, fate)


class PublicationReport:
    """Implements the publisher's `Report`; called from its thread, and read from others.

    `every_seconds`: how often the publisher looks. `clock`: monotonic seconds.
    """

    def __init__(
        self, metrics: Metrics, every_seconds: float = 1.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._metrics, self._clock = metrics, clock
        self._patience = max(PATIENCE_SECONDS, MISSED_TURNS * every_seconds)
        self._confirmed_at = clock()
        self._behind: Mapping[str, float] = {}
        self.revisions: Mapping[str, int] = {}
        """Environment → revision of the last change that reached Redis."""

    def redis_up(self, up: bool) -> None:  # noqa: FBT001  # the port says so
        """Remember a turn that came to its end. Whether Redis answers is for the sampler to say: it asks more often."""
        if up:
            self._confirmed_at = self._clock()

    @property
    def age_seconds(self) -> float:
        """Since the publisher last came to the end of a turn; since the start before the first."""
        return max(0.0, self._clock() - self._confirmed_at)

    def behind(self) -> Iterable[str]:
        """Give the environments of which Redis holds more than the database, as of the last turns."""
        since = self._clock() - self._patience
        return [name for name, at in self._behind.items() if at >= since]

    def failed(self, reason: str) -> None:
        """Count a failed turn."""
        self._metrics.publish_failures.labels(reason).inc()

    def published(self, environment: str, revision: int, seconds: float) -> None:
        """Remember it, and forget that the database was behind."""
        self.revisions = {**self.revisions, environment: revision}
        self._metrics.publish.observe(seconds)
        self._behind = {name: at for name, at in self._behind.items() if name != environment}

    def database_behind(self, environment: str, published: Head, head: Head) -> None:
        """Say once that committed changes were lost, and what to do."""
        said = environment in self.behind()
        self._behind = {**self._behind, environment: self._clock()}
        if said:
            return
        _log.error(
            "%s: Redis holds revision %d of epoch %s, the database only %d of epoch %s; after a restore run "
            "`flagsvc db new-epoch`",
            environment,
            *(published.revision, published.epoch),
            *(head.revision, head.epoch),
        )
