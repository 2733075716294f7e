"""What a failed statement means for the caller: try again, come back later, or a bug."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, IntegrityError

from flagsvc.domain.errors import Unavailable

LOCKED = "55P03"  # lock_not_available
LOST_RACES = frozenset({"40001", "40P01"})  # serialization_failure, deadlock_detected
READ_ONLY = frozenset({"25006"})  # read_only_sql_transaction: a standby, or a primary that was demoted
GONE = ("08", "57P")  # connection exceptions, operator intervention

HELD = "Another write holds this environment: try again."
SENTENCES = {
    LOCKED: HELD,
    "57014": "The database is too slow to answer: try again.",
    "25006": "The database is read-only now: try again.",
}


class LostRace(Exception):
    """The transaction lost against another one and left nothing: do all of it again."""


class Damaged(Exception):
    """The database must not be used as it is; the message says what is wrong and what to do."""


@contextmanager
def in_words() -> Iterator[None]:
    """Let what the driver raises in the block leave it as `translated` says."""
    try:
        yield
    except DBAPIError as error:
        raise translated(error) from error


def translated(error: DBAPIError) -> Exception:
    """Give the exception to raise instead: LostRace, Unavailable, or the error itself when it is our own fault."""
    state = state_of(error)
    if isinstance(error, IntegrityError) or state in LOST_RACES:
        return LostRace(str(error.orig))
    if _is_absence(error, state):
        return Unavailable(SENTENCES.get(state, "The database does not answer: try again."), cause=_first_line(error))
    return error


def state_of(error: DBAPIError) -> str:
    """SQLSTATE of a PostgreSQL error, "" when the server did not say."""
    return getattr(error.orig, "sqlstate", None) or ""


def is_disconnect(error: DBAPIError) -> bool:
    """Tell whether the connection went away, so that the outcome of a COMMIT is not known."""
    return not state_of(error) or state_of(error).startswith(GONE)


def _is_absence(error: DBAPIError, state: str) -> bool:
    # OperationalError is psycopg's class for resources, shutdown and connections, and SQLite's for busy, full and I/O.
    kind = type(error.orig).__mro__
    return (
        state in SENTENCES or any(base.__name__ == "OperationalError" for base in kind) or error.connection_invalidated
    )


def _first_line(error: DBAPIError) -> str:
    return (str(error.orig).splitlines() or ["no reason given"])[0]
