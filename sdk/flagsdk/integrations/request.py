"""What a request brings: its own context, and what its edge said. Shared by all web frameworks."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from flagsdk.core.context import TARGETING_KEY, Context
from flagsdk.integrations.cohort import Held, use_cohorts
from flagsdk.integrations.context import ContextLike, as_context, use_context

__all__ = ["use_request"]

_log = logging.getLogger("flagsdk")


@contextmanager
def use_request(context: ContextLike, edge: Held) -> Iterator[Context]:
    """Put a request's context and its edge's decision in force for a block.

    A context without a targeting key takes the unit that the edge hashed, so that every flag that shares a salt with
    the split agrees with the edge.
    """
    whole = as_context(context)
    if edge.unit and not whole.get(TARGETING_KEY):
        whole[TARGETING_KEY] = edge.unit
    with use_cohorts(edge), use_context(whole):
        yield whole


def no_context(fault: Exception) -> None:
    """Say that the program's `context_of` failed: the request goes on without a context."""
    _log.error("flagsdk: context_of failed; the request goes on without a context", exc_info=fault)
