"""The context of the request, task or command that is under way: set by an integration, read by whoever asks a flag."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any

from flagsdk.core.context import Context

__all__ = ["ContextLike", "current_context", "merged", "use_context"]

ContextLike = Mapping[str, Any] | str | None
"""A Context, any other mapping, a targeting key alone, or nothing."""

_NOTHING: Mapping[str, Any] = MappingProxyType({})
_current: ContextVar[Mapping[str, Any]] = ContextVar("flagsdk_context")


def current_context() -> Context:
    """Give the context that is in force here, empty when none is; a copy, so that changing it changes nothing else."""
    return as_context(_current.get(None))


@contextmanager
def use_context(context: ContextLike) -> Iterator[Context]:
    """Put a context in force for a block, in place of the one before; `use_context(merged(…))` adds to that one.

    It holds for this thread or task, and for what they start by asyncio or with a copied contextvars.Context.
    Raises TypeError for what is no context.
    """
    chosen = as_context(context)
    token = _current.set(chosen)
    try:
        yield chosen
    finally:
        _current.reset(token)


def merged(context: ContextLike = None) -> Context:
    """Give the context in force with these attributes on top; where both have one, the given one counts."""
    whole = current_context()
    whole.update(as_context(context))
    return whole


def in_force(*contexts: ContextLike) -> Any:
    """Give what a getter is to be asked by: the context in force with these on top. Never raises.

    Not to be changed: with nothing on top it is the very one in force. What is no context at all is given back as it
    is, and evaluation says so.
    """
    current = _current.get(_NOTHING)
    if len(contexts) == 1 and contexts[0] is None:  # by far the most frequent
        return current
    given = [context for context in contexts if context is not None]
    if not given:
        return current
    whole = Context()
    whole.update(current)
    for context in given:
        try:
            whole.update(as_context(context))
        except Exception:  # noqa: BLE001 - a read never raises, whatever the mapping does
            return context
    return whole


def as_context(context: ContextLike) -> Context:
    """Copy whatever a getter takes for a context; raises TypeError for anything else."""
    if context is None or isinstance(context, str):
        return Context(context)
    if not isinstance(context, Mapping):
        raise TypeError(f"a context is a mapping, a targeting key or None, not {type(context).__name__}")
    whole = Context()
    whole.update(context)
    return whole
