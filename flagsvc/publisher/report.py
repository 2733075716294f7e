"""What the publisher tells the rest of the service. Called from its thread; must be quick and must not raise."""

from typing import Protocol

from flagsvc.domain.records import Head


class Report(Protocol):
    """Metrics and alarms."""

    def redis_up(self, up: bool) -> None:  # noqa: FBT001 - the value of a gauge
        """Redis answered the last question, or it did not."""

    def failed(self, reason: str) -> None:
        """Count a turn that failed; `reason` is one of `REASONS`."""

    def published(self, environment: str, revision: int, seconds: float) -> None:
        """Take the time: a change is in Redis, `seconds` after its commit (by the clocks of both hosts).

        Not called where the whole copy was written anew: that heals, and says nothing of how fast changes travel.
        """

    def database_behind(self, environment: str, published: Head, head: Head) -> None:
        """Redis holds more than the database: a higher revision of the same epoch, or a later epoch.

        A restore or a failover lost it. Mint a new epoch in the store: readers accept its lower revision. Until then
        the publisher leaves a higher revision alone; over a later epoch it writes, but readers who know it do not
        follow.
        """


REASONS = ("redis", "refused", "half-applied", "database", "fault")
"""Redis does not answer; it refuses (memory full, read-only, no permission); one command of a MULTI failed; the store
is unavailable; a fault of our own."""


class Silent:
    """Reports nothing."""

    def redis_up(self, up: bool) -> None:  # noqa: FBT001 - the value of a gauge
        """Ignore."""

    def failed(self, reason: str) -> None:
        """Ignore."""

    def published(self, environment: str, revision: int, seconds: float) -> None:
        """Ignore."""

    def database_behind(self, environment: str, published: Head, head: Head) -> None:
        """Ignore."""
