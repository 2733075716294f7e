"""Answers of another shape than documented."""

from collections.abc import Iterator
from contextlib import contextmanager

from flagsvc.domain.routing.errors import RouterError


@contextmanager
def understood(who: str) -> Iterator[None]:
    """Turn what comes of reading an answer of another shape into a RouterError that says who answered; a decorator."""
    try:
        yield
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise RouterError(
            f"{who} answered in another shape than expected ({type(error).__name__}): is this its address?"
        ) from error
