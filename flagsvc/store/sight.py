"""What every reader of the store has: one connection, inside one transaction."""

from sqlalchemy import Connection


class Sight:
    """Something seen through a connection; whoever made the connection ends it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def connection(self) -> Connection:
        """The connection, for the rest of the store."""
        return self._connection
