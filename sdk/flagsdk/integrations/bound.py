"""The getters of a client that is looked up at each call: for extensions and modules that outlive their client."""

from collections.abc import Callable
from typing import Any

from flagsdk.client import FlagClient
from flagsdk.integrations.context import ContextLike
from flagsdk.integrations.flags import Flags


class BoundFlags(Flags):
    """`Flags` whose client is what `find()` gives at the moment; and `value`, for templates, which know no types."""

    def __init__(self, find: Callable[[], FlagClient]) -> None:
        self._find = find
        self._contexts = ()

    @property
    def client(self) -> FlagClient:  # type: ignore[override]  # found, where the class above holds it
        """The client itself: its status, its listeners."""
        return self._find()

    def value(self, key: str, default: Any = "", context: ContextLike = None) -> Any:
        """Value of a flag of the default's type, or the default."""
        for kind, getter in _GETTERS:
            if isinstance(default, kind):
                return getter(self, key, context, default)
        return self.get_object(key, context, default)


_GETTERS: tuple[tuple[type, Callable[..., Any]], ...] = (
    (bool, Flags.get_boolean),
    (str, Flags.get_string),
    (int, Flags.get_integer),  # after bool, which is one of its kinds
    (float, Flags.get_float),
)
