"""What the publisher says, as metrics and log lines."""

import logging
from collections.abc import Mapping

from flagsvc.domain.records import Head
from flagsvc.http.metrics import Metrics

_log = logging.getLogger(__name__)


class PublicationReport:
    """Implements the publisher's `Report`; called from its thread."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._behind: set[str] = set()
        self.revisions: Mapping[str, int] = {}
        """Environment → revision of the last change that reached Redis."""

    def redis_up(self, up: bool) -> None:  # noqa: FBT001  # the port says so
        """Leave it to the sampler, which asks more often."""

    def failed(self, reason: str) -> None:
        """Count a failed turn."""
        self._metrics.publish_failures.labels(reason).inc()

    def published(self, environment: str, revision: int, seconds: float) -> None:
        """Remember it, and forget that the database was behind."""
        self.revisions = {**self.revisions, environment: revision}
        self._behind.discard(environment)

    def database_behind(self, environment: str, published: Head, head: Head) -> None:
        """Say once that committed changes were lost, and what to do."""
        if environment in self._behind:
            return
        self._behind.add(environment)
        _log.error(
            "%s: Redis holds revision %d of epoch %s, the database only %d of epoch %s; after a restore run "
            "`flagsvc db new-epoch`",
            environment,
            *(published.revision, published.epoch),
            *(head.revision, head.epoch),
        )
