"""A view behind a flag: itself while the flag is on, something else while it is off."""

from collections.abc import Callable
from functools import wraps
from typing import Any

View = Callable[..., Any]


def guarded(view: View, enabled: Callable[[], bool], otherwise: View, is_async: Callable[[Any], bool]) -> View:
    """Call `view` or `otherwise`, with the same arguments. An asynchronous view stays one, and may have either kind.

    Raises TypeError for a synchronous view with an asynchronous alternative: nobody would await it.
    """
    if not is_async(view):
        if is_async(otherwise):
            raise TypeError("a synchronous view cannot have an asynchronous else_")

        @wraps(view)
        def synchronous(*arguments: Any, **named: Any) -> Any:
            return (view if enabled() else otherwise)(*arguments, **named)

        return synchronous

    @wraps(view)
    async def asynchronous(*arguments: Any, **named: Any) -> Any:
        chosen = view if enabled() else otherwise
        answer = chosen(*arguments, **named)
        return await answer if is_async(chosen) else answer

    return asynchronous
