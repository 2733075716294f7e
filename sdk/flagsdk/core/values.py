"""Values of a context as the operators see them: exact built-in types, whatever the caller's classes do."""

from collections.abc import Mapping
from typing import Any


class Other:
    """An object, or a value outside JSON: present, but of no type that an operator asks for."""

    __slots__ = ()


OTHER = Other()
_SCALARS = frozenset((str, int, float, bool))
_LISTS = (list, tuple, set, frozenset)


def plain(value: Any) -> Any:
    """Give the value as exact str, int, float, bool, list of such, OTHER, or None. Never raises."""
    if value is None or type(value) in _SCALARS:
        return value
    if issubclass(type(value), _LISTS):
        return _elements(value)
    return _scalar(value)


def _elements(value: Any) -> Any:
    try:
        return [_scalar(element) for element in value]
    except Exception:  # noqa: BLE001  # evaluation is a boundary: a list that cannot be walked is no list
        return OTHER


def _scalar(value: Any) -> Any:
    kind = type(value)
    if value is None or kind in _SCALARS:
        return value
    if issubclass(kind, str):
        return str.__str__(value)
    if issubclass(kind, int):
        return int.__int__(value)
    return float.__float__(value) if issubclass(kind, float) else OTHER


def is_object(value: object) -> bool:
    """Whether the value is a nested object."""
    return issubclass(type(value), Mapping)
