"""Documents to write modules from: sensible ones, and whatever a document could hold."""

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from flagsdk.wire import canonical

NASTY = (
    '"""',
    "'''",
    "\\",
    '"',
    "\n    import os",
    "${x}{y}%s",
    "\N{RIGHT-TO-LEFT OVERRIDE}",
    "\0",
    "größe",
    "日本",
    "# type: ignore",
    "a\\",
    '\\"""); print(1)',
    "\N{LINE SEPARATOR}",
)
TEXTS = st.text(max_size=30) | st.sampled_from(NASTY) | st.lists(st.sampled_from(NASTY), max_size=4).map("".join)
WORDS = ("class", "None", "str", "Flags", "Keys", "cast", "self", "a-b", "a.b", "a_b", "1", "_", "__init__", "A_B", "")
KEYS = st.sampled_from(WORDS) | TEXTS | st.from_regex(r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,99}\Z")
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
TYPES: Mapping[str, st.SearchStrategy[Any]] = {
    "boolean": st.booleans(),
    "string": TEXTS,
    "integer": st.integers(),
    "float": NUMBERS.filter(lambda number: abs(number) < 1e308),
    "object": st.dictionaries(KEYS, VALUES, max_size=5) | st.lists(VALUES, max_size=4),
}


def flag(key: str, type_: str, variants: Mapping[str, Any], off: str, **members: Any) -> dict[str, str]:
    """Write one flag that serves its off variant, as a document by name."""
    document = {"key": key, "type": type_, "variants": variants, "offVariant": off, "enabled": True}
    return {f"flag/{key}": canonical(document | {"default": {"serve": off}} | members)}


def split(key: str, *backends: str, **members: Any) -> dict[str, str]:
    """Write one traffic split; the first backend is the stable one."""
    document = {"key": key, "backends": list(backends), "stable": backends[0], "enabled": True}
    return {f"split/{key}": canonical(document | {"default": {"serve": backends[0]}} | members)}


@st.composite
def _flags(draw: st.DrawFn) -> dict[str, str]:
    type_ = draw(st.sampled_from(sorted(TYPES)))
    variants = draw(st.dictionaries(TEXTS, TYPES[type_], min_size=1, max_size=4))
    texts = draw(st.fixed_dictionaries({}, optional=dict.fromkeys(("name", "description", "owner", "expires"), TEXTS)))
    return flag(draw(KEYS), type_, variants, draw(st.sampled_from(sorted(variants))), **texts)


@st.composite
def _splits(draw: st.DrawFn) -> dict[str, str]:
    return split(draw(KEYS), *draw(st.lists(TEXTS, min_size=1, max_size=4, unique=True)), name=draw(TEXTS))


@st.composite
def documents(draw: st.DrawFn) -> dict[str, str]:
    """Draw a few flags and traffic splits, with keys that come close to one another."""
    found = dict[str, str]()
    for one in draw(st.lists(_flags() | _splits(), max_size=6)):
        found |= one
    return found


SENSIBLE = {
    **flag("new-checkout", "boolean", {"on": True, "off": False}, "off", name="New checkout", owner="payments"),
    **flag("theme", "string", {"a": "classic", "b": "it's", "c": 'say "hi"'}, "a", description="Looks. " * 40),
    **flag("greeting", "string", {"a": "x" * 200, "b": ""}, "b"),
    **flag("retries", "integer", {"few": 3, "many": -10}, "few"),
    **flag("rate", "float", {"low": 1, "high": 1e22, "tiny": 1e-7}, "low"),
    **flag(
        "limits",
        "object",
        {"on": {"max-items": 5, "retry": {"times": 3, "wait": [{"s": 1}, {"s": 2.5, "n": None}]}}, "off": {}},
        "off",
    ),
    **flag("page", "object", {"one": {"size": 20, "tags": []}, "two": {"size": None, "tags": ["a"] * 40}}, "two"),
    **flag("hosts", "object", {"none": [], "some": ["a", "b"]}, "none"),
    **flag("mixed", "object", {"list": [1], "object": {"a": 1}}, "list"),
    **flag("shadows", "object", {"value": {"int": 1, "other": 2, "str": "x"}, "wide": {"int": 1}}, "value"),
    **flag("empty", "object", {"value": {}}, "value"),
    **flag("class", "boolean", {"on": True, "off": False}, "on"),
    **flag("a-b", "boolean", {"on": True, "off": False}, "on"),
    **flag("a.b", "boolean", {"on": True, "off": False}, "off"),
    **flag("k" * 60, "string", {"on": "y" * 70, "off": "z" * 80}, "on"),
    **flag("größe", "integer", {"on": 1}, "on", description='Ends the docstring? """ and \\ and "'),
    **split("checkout", "stable", "canary", name="Checkout service"),
    **split("k" * 100, "日本" * 20, "b"),
}
"""Something of everything, for checks that are too slow for many examples."""
