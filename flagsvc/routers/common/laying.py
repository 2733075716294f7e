"""Laying something on the shelf, for routers whose edges fetch by themselves."""

from flagsvc.domain.errors import Unavailable
from flagsvc.domain.routing.errors import RouterError
from flagsvc.ports import Shelf


def lay(shelf: Shelf, router: str, version: str, content: str) -> None:
    """Put, with a database that does not answer as a temporary RouterError."""
    try:
        shelf.put(router, version, content)
    except Unavailable as error:
        raise RouterError("the database does not answer: nothing could be laid ready for the edges") from error
