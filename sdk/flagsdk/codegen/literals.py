"""Python text for JSON values: literals only, so that no value, name or description can become code."""

import math
from typing import Any

from flagsdk.codegen.layout import Group, Part, labelled

_QUOTE, _APOSTROPHE = '"', "'"


def text_literal(text: str) -> str:
    """Write a text as a string literal, in the quotes that need fewer escapes; what cannot be seen is escaped."""
    body = repr(text + _QUOTE)[1:-2].replace("\\'", "'")  # with a quote in it, repr escapes apostrophes only
    quote = _QUOTE if text.count(_QUOTE) <= text.count(_APOSTROPHE) else _APOSTROPHE
    return quote + body.replace(quote, "\\" + quote) + quote


def literal(value: Any) -> Part:
    """Write a JSON value as an expression that gives an equal value of the same types."""
    if isinstance(value, str):
        return text_literal(value)
    if isinstance(value, dict):
        return Group("{", tuple(labelled(f"{text_literal(name)}: ", literal(value[name])) for name in value), "}")
    if isinstance(value, list):
        return Group("[", tuple(literal(item) for item in value), "]")
    return _float(value) if isinstance(value, float) else repr(value)


def _float(value: float) -> str:
    if math.isinf(value):
        return "1e999" if value > 0 else "-1e999"  # JSON can say it, and no name is needed
    return repr(value).replace("e+", "e")
