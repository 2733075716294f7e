"""Blocks that are measured: a context manager, and a decorator of plain and async functions."""

import inspect
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import wraps
from types import TracebackType
from typing import Any, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])


class Measured:
    """A block that is being measured."""

    __slots__ = ("ok",)

    def __init__(self) -> None:
        self.ok = True

    def failed(self) -> None:
        """Count the block as not ok, though it raises nothing."""
        self.ok = False


class Block(AbstractContextManager[Measured]):
    """One block, to be entered once; a decorator makes another one for every call."""

    def __init__(self, begin: Callable[[], AbstractContextManager[Measured]]) -> None:
        self._begin = begin

    def __enter__(self) -> Measured:
        self._begun = self._begin()
        return self._begun.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        return self._begun.__exit__(kind, error, trace)

    def __call__(self, function: F) -> F:
        """Decorate: every call is a block. Raises TypeError for a generator, which runs after its call."""
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            raise TypeError("a generator cannot be decorated: use `with` inside it")
        if inspect.iscoroutinefunction(function):

            @wraps(function)
            async def awaited(*args: Any, **kwargs: Any) -> Any:
                with self._begin():
                    return await function(*args, **kwargs)

            return cast("F", awaited)

        @wraps(function)
        def called(*args: Any, **kwargs: Any) -> Any:
            with self._begin():
                return function(*args, **kwargs)

        return cast("F", called)
