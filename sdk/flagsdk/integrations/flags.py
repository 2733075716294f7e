"""The getters of a client for whatever is under way: the context in force is put in by itself."""

from typing import Any, TypeVar, overload

from flagsdk.core.decision import Decision
from flagsdk.decisions import Decisions
from flagsdk.integrations.cohort import edge_cohort
from flagsdk.integrations.context import ContextLike, in_force
from flagsdk.reading import STABLE, Object, Reading

__all__ = ["Flags"]

D = TypeVar("D")


class Flags:
    """Reads as `FlagClient` does, by the context in force; a context that is given goes on top, attribute by attribute.

    Reads never block and never raise. One for the whole program is enough: it holds nothing of a request.
    """

    def __init__(self, client: Reading, *contexts: ContextLike) -> None:
        self.client = client
        self._contexts = contexts

    def with_context(self, context: ContextLike) -> "Flags":
        """Give flags that put this context on top as well: what was found out later, as the user who is logged in."""
        return Flags(self.client, *self._contexts, context)

    def is_enabled(self, key: str, context: ContextLike = None) -> bool:
        """Value of a boolean flag; False where there is none."""
        return self.client.is_enabled(key, in_force(*self._contexts, context))

    @overload
    def get_boolean(self, key: str, context: ContextLike = ..., default: bool = ...) -> bool: ...  # noqa: FBT001 - the value of a flag
    @overload
    def get_boolean(self, key: str, context: ContextLike = ..., default: D = ...) -> bool | D: ...
    def get_boolean(self, key: str, context: ContextLike = None, default: Any = False) -> Any:  # noqa: FBT002 - likewise
        """Value of a boolean flag; `default` where there is no such flag or it has another type."""
        return self.client.get_boolean(key, in_force(*self._contexts, context), default)

    @overload
    def get_string(self, key: str, context: ContextLike = ..., default: str = ...) -> str: ...
    @overload
    def get_string(self, key: str, context: ContextLike = ..., default: D = ...) -> str | D: ...
    def get_string(self, key: str, context: ContextLike = None, default: Any = "") -> Any:
        """Value of a string flag; `default` where there is no such flag or it has another type."""
        return self.client.get_string(key, in_force(*self._contexts, context), default)

    @overload
    def get_integer(self, key: str, context: ContextLike = ..., default: int = ...) -> int: ...
    @overload
    def get_integer(self, key: str, context: ContextLike = ..., default: D = ...) -> int | D: ...
    def get_integer(self, key: str, context: ContextLike = None, default: Any = 0) -> Any:
        """Value of an integer flag; `default` where there is no such flag or it has another type."""
        return self.client.get_integer(key, in_force(*self._contexts, context), default)

    @overload
    def get_float(self, key: str, context: ContextLike = ..., default: float = ...) -> float: ...
    @overload
    def get_float(self, key: str, context: ContextLike = ..., default: D = ...) -> float | D: ...
    def get_float(self, key: str, context: ContextLike = None, default: Any = 0.0) -> Any:
        """Value of a float or integer flag; `default` where there is no such flag or it has another type."""
        return self.client.get_float(key, in_force(*self._contexts, context), default)

    @overload
    def get_object(self, key: str, context: ContextLike = ...) -> Object | None: ...
    @overload
    def get_object(self, key: str, context: ContextLike = ..., default: D = ...) -> Object | D: ...
    def get_object(self, key: str, context: ContextLike = None, default: Any = None) -> Any:
        """Value of an object flag, as a copy; `default` where there is no such flag or it has another type."""
        return self.client.get_object(key, in_force(*self._contexts, context), default)

    def get_boolean_details(self, key: str, context: ContextLike = None, default: Any = False) -> Decision:  # noqa: FBT002 - likewise
        """Decide a boolean flag, and say why; `default` is the value where that fails."""
        return self.client.get_boolean_details(key, in_force(*self._contexts, context), default)

    def get_string_details(self, key: str, context: ContextLike = None, default: Any = "") -> Decision:
        """Decide a string flag, and say why; `default` is the value where that fails."""
        return self.client.get_string_details(key, in_force(*self._contexts, context), default)

    def get_integer_details(self, key: str, context: ContextLike = None, default: Any = 0) -> Decision:
        """Decide an integer flag, and say why; `default` is the value where that fails."""
        return self.client.get_integer_details(key, in_force(*self._contexts, context), default)

    def get_float_details(self, key: str, context: ContextLike = None, default: Any = 0.0) -> Decision:
        """Decide a float or integer flag, and say why; `default` is the value where that fails."""
        return self.client.get_float_details(key, in_force(*self._contexts, context), default)

    def get_object_details(self, key: str, context: ContextLike = None, default: Any = None) -> Decision:
        """Decide an object flag, and say why; `default` is the value where that fails."""
        return self.client.get_object_details(key, in_force(*self._contexts, context), default)

    def cohort(self, key: str, context: ContextLike = None, default: str = STABLE) -> str:
        """Backend of a traffic split: the one that the edge chose for this request, where it said so.

        Otherwise, and for a context that is given here, the client decides; `default` where there is no such split.
        """
        chosen = edge_cohort(key) if context is None else None
        return chosen or self.client.cohort(key, in_force(*self._contexts, context), default)

    def evaluate_all(self, context: ContextLike = None) -> Decisions:
        """Decide every flag, by key, and count a use of each."""
        return self.client.evaluate_all(in_force(*self._contexts, context))
