"""How long to wait for a database: one number, and what each kind of waiting may have of it."""

from typing import NamedTuple


class Patience(NamedTuple):
    """Seconds that each kind of wait may take; those of one write on PostgreSQL stay below `total`, together."""

    total: float

    @property
    def connect(self) -> float:
        """For each answer while a connection is made."""
        return 0.4 * self.total

    @property
    def ping(self) -> float:
        """For the check of a connection before its use."""
        return 0.3 * self.total

    @property
    def pool(self) -> float:
        """For a connection that somebody else has."""
        return 0.3 * self.total

    @property
    def write(self) -> float:
        """For each answer within a write."""
        return 0.7 * self.total

    @property
    def read(self) -> float:
        """For each answer within a read, which may be long."""
        return 3 * self.total

    @property
    def lock_milliseconds(self) -> int:
        """For a lock that somebody else holds. The server gives up before we do: a lock is no silence."""
        return int(600 * self.total)

    @property
    def turn(self) -> float:
        """For the one writer that SQLite admits at a time; it is at work, not silent."""
        return 5 * self.total
