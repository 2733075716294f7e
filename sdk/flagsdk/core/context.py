"""The evaluation context: a targeting key and attributes, and how an attribute is found in it."""

from collections.abc import Mapping
from typing import Any

TARGETING_KEY = "targetingKey"


class Context(dict[str, Any]):
    """A context as a dictionary: `Context("user-42", country="DE")` is `{"targetingKey": "user-42", "country": "DE"}`.

    The targeting key may be left out. Values are strings, numbers, booleans, lists and nested objects, never coerced.
    """

    __slots__ = ()

    def __init__(self, targeting_key: str | None = None, /, **attributes: Any) -> None:
        super().__init__(attributes)
        if targeting_key is not None:
            self[TARGETING_KEY] = targeting_key


class Unreadable(Exception):
    """The context is not a mapping, so nothing can be read from it."""


class Readable:
    """A mapping that may raise, seen as one that does not: what cannot be read is missing."""

    __slots__ = ("_context",)

    def __init__(self, context: Mapping[str, Any]) -> None:
        self._context = context

    def get(self, name: str) -> Any:
        """Value of the attribute, or None."""
        return _read(self._context, name)


def readable(context: object) -> Readable:
    """Wrap a context so that reading it never raises; Unreadable when it is no mapping at all."""
    if isinstance(context, Readable):
        return context
    if not issubclass(type(context), Mapping):
        raise Unreadable(f"a context is an object, not {type(context).__name__}")
    return Readable(context)  # type: ignore[arg-type]  # issubclass() above does not narrow


def lookup(context: Any, path: str) -> Any:
    """Value of an attribute or None: the whole name as a key wins, else the dotted path through nested objects.

    Raises whatever reading the context itself raises; nested objects that cannot be read are missing.
    """
    value = context.get(path)
    if value is not None or "." not in path:
        return value
    first, *rest = path.split(".")
    value = context.get(first)
    for name in rest:
        if not issubclass(type(value), Mapping):
            return None
        value = _read(value, name)
    return value


def found(context: Any, path: str) -> Any:
    """Value of an attribute or None, as evaluation sees it: what cannot be read is missing. Never raises."""
    try:
        return lookup(context, path)
    except Exception:  # noqa: BLE001  # evaluation is a boundary: see Readable
        return lookup(Readable(context), path)


def _read(mapping: Mapping[str, Any], name: str) -> Any:
    try:
        return mapping.get(name)
    except Exception:  # noqa: BLE001  # evaluation is a boundary: a mapping that raises has no such attribute
        return None


def text_of(value: object) -> str | None:
    """Give the value as an exact `str` when it is a string (subclasses included), else None."""
    if type(value) is str:
        return value
    return str.__str__(value) if issubclass(type(value), str) else None


def unit_of(value: object) -> str | None:
    """Give the value as a unit: a non-empty string, else None (a missing unit)."""
    return text_of(value) or None
