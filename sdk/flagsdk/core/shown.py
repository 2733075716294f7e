"""Any value as something that JSON can carry, for traces."""

from collections.abc import Mapping
from typing import Any

from .values import OTHER, plain

MAX_TEXT = 200
MAX_ITEMS = 20
MAX_DEPTH = 4
MAX_BITS = 1024


def shown(value: Any, depth: int = 0) -> Any:
    """Give the value in JSON types, shortened where it is long or deep; what JSON has no word for is named in <>."""
    if issubclass(type(value), Mapping):
        return "<object>" if depth == MAX_DEPTH else _object(value, depth)
    exact = plain(value)
    if exact is OTHER:
        return f"<{type(value).__name__}>"
    if type(exact) is list:
        return "<list>" if depth == MAX_DEPTH else [shown(element, depth + 1) for element in _some(value)]
    return _scalar(exact)


def shown_text(text: str) -> str:
    """Give a text that every encoder takes: shortened, lone surrogates replaced."""
    cut = text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}…"
    return cut.encode("utf-8", "replace").decode()


def _scalar(value: Any) -> Any:
    if type(value) is str:
        return shown_text(value)
    if type(value) is float and not -float("inf") < value < float("inf"):
        return f"<{value}>"
    if type(value) is int and value.bit_length() > MAX_BITS:
        return f"<integer of {value.bit_length()} bits>"
    return value


def _some(values: Any) -> list[Any]:
    return [value for _, value in zip(range(MAX_ITEMS), values, strict=False)]


def _object(value: Mapping[Any, Any], depth: int) -> Any:
    try:
        names = [name for name in _some(value) if type(name) is str]
        return {shown_text(name): shown(value[name], depth + 1) for name in names}
    except Exception:  # noqa: BLE001  # a trace is a boundary: an object that cannot be read is shown as such
        return "<object>"
