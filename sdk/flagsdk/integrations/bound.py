"""The getters of a client, asked for the context of the request or task at hand."""

from collections.abc import Callable
from typing import Any

from flagsdk.client import FlagClient
from flagsdk.deciding import ContextLike
from flagsdk.decisions import Decisions
from flagsdk.integrations.context import merged
from flagsdk.reading import STABLE


class BoundFlags:
    """Reads like `FlagClient`; a context that is given is put over the current one, member by member.

    The client is found anew at each call, so whoever holds this holds no client. Reads never block and never raise.
    """

    def __init__(self, client: Callable[[], FlagClient]) -> None:
        self._client = client

    @property
    def client(self) -> FlagClient:
        """The client itself: its status, its listeners."""
        return self._client()

    def is_enabled(self, key: str, context: ContextLike = None) -> bool:
        """Value of a boolean flag; False where there is none."""
        return self._client().is_enabled(key, _over(context))

    def get_boolean(self, key: str, context: ContextLike = None, default: bool = False) -> bool:  # noqa: FBT001, FBT002 - the value of a flag
        """Value of a boolean flag, or `default`."""
        return self._client().get_boolean(key, _over(context), default)

    def get_string(self, key: str, context: ContextLike = None, default: str = "") -> str:
        """Value of a string flag, or `default`."""
        return self._client().get_string(key, _over(context), default)

    def get_integer(self, key: str, context: ContextLike = None, default: int = 0) -> int:
        """Value of an integer flag, or `default`."""
        return self._client().get_integer(key, _over(context), default)

    def get_float(self, key: str, context: ContextLike = None, default: float = 0.0) -> float:
        """Value of a float or integer flag, or `default`."""
        return self._client().get_float(key, _over(context), default)

    def get_object(self, key: str, context: ContextLike = None, default: Any = None) -> Any:
        """Value of an object flag, as a copy, or `default`."""
        return self._client().get_object(key, _over(context), default)

    def value(self, key: str, default: Any = "", context: ContextLike = None) -> Any:
        """Value of a flag of the default's type, or the default: for templates, which know no getters."""
        for kind, getter in _GETTERS:
            if isinstance(default, kind):
                return getter(self, key, context, default)
        return self.get_object(key, context, default)

    def cohort(self, key: str, context: ContextLike = None, default: str = STABLE) -> str:
        """Backend of a traffic split, or `default`."""
        return self._client().cohort(key, _over(context), default)

    def evaluate_all(self, context: ContextLike = None) -> Decisions:
        """Decide every flag, by key."""
        return self._client().evaluate_all(_over(context))


def _over(context: ContextLike) -> Any:
    """Put a context over the present one. What is none goes on as it is: the client says so in its own way."""
    try:
        return merged(context)
    except Exception:  # noqa: BLE001 - a read never raises
        return context


_GETTERS: tuple[tuple[type, Callable[..., Any]], ...] = (
    (bool, BoundFlags.get_boolean),
    (str, BoundFlags.get_string),
    (int, BoundFlags.get_integer),  # after bool, which is one of its kinds
    (float, BoundFlags.get_float),
)
