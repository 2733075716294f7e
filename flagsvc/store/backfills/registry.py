"""The backfills that there are, oldest first. Each is a file and a line here, and goes when no old row can be left."""

from typing import Protocol

from sqlalchemy import Connection

from flagsvc.store.backfills.document_copies import DocumentCopies


class Backfill(Protocol):
    """One of them. Rows say by themselves whether they are done: a batch that is taken again changes nothing."""

    name: str
    revision: str
    """The migration that made it necessary."""

    def left(self, connection: Connection) -> int:
        """Count the rows that are not done."""

    def batch(self, connection: Connection, place: str, most: int) -> tuple[int, str]:
        """Do at most `most` rows after a place, in order, in the caller's transaction.

        Gives how many were changed, and the place to go on from; "" when there is nothing after it.
        """


BACKFILLS: tuple[Backfill, ...] = (DocumentCopies(),)
