"""Source text of generated functions: only generated names and fixed words; all else is bound as a constant."""

from bisect import bisect
from collections.abc import Callable, Iterable
from types import CodeType
from typing import Any

from mmh3 import hash as murmur3_of_text
from mmh3 import mmh3_32_uintdigest as murmur3_of_bytes

from .context import TARGETING_KEY, lookup, unit_of

MAX_FACTORIES = 4096
INDENT = "    "
NOTING = ".note(place)"
"""How a line ends that notes a unit in a sketch."""

_FACTORIES: dict[str, Callable[..., Any]] = {}
_SHAPES: dict[CodeType, str] = {}
_GLOBALS: dict[str, Any] = {
    "__builtins__": {"Exception": Exception},
    "TARGETING_KEY": TARGETING_KEY,
    "bisect": bisect,
    "bool": bool,
    "float": float,
    "int": int,
    "lookup": lookup,
    "murmur3_of_bytes": murmur3_of_bytes,
    "murmur3_of_text": murmur3_of_text,
    "str": str,
    "type": type,
    "unit_of": unit_of,
}
"""All that generated code can name besides its own constants and variables."""


class Source:
    """Names for the constants and variables of one function under construction.

    Constants are k0, k1, … and become parameters of a factory, hence closure cells; each costs every call a little, so
    what is rarely needed shares one, the tuple `rare`. Variables are v0, v1, …, one for each attribute that is read.
    """

    def __init__(self) -> None:
        self.constants: list[Any] = []
        self._rare: list[Any] = []
        self.reads = False
        self._attributes: dict[str, str] = {}
        self._variables: dict[str, str] = {}

    def bind(self, constant: Any) -> str:
        """Name a constant. Equal ones have names of their own, so that the shape does not depend on values."""
        self.constants.append(constant)
        return f"k{len(self.constants) - 1}"

    def bind_rare(self, constant: Any) -> str:
        """Give the expression for a constant that few calls need."""
        self._rare.append(constant)
        return f"rare[{len(self._rare) - 1}]"

    @property
    def parameters(self) -> dict[str, Any]:
        """All constants by the names that the generated code knows them by."""
        named = {f"k{index}": constant for index, constant in enumerate(self.constants)}
        return named | {"rare": tuple(self._rare)} if self._rare else named

    def variable(self, attribute: str) -> str:
        """Name the variable that holds an attribute's value."""
        return self._variables.setdefault(attribute, f"v{len(self._variables)}")

    def read(self, attribute: str) -> str:
        """Give the expression that reads an attribute from the context."""
        self.reads = True
        if attribute == TARGETING_KEY:
            return "context.get(TARGETING_KEY)"
        if attribute not in self._attributes:
            self._attributes[attribute] = self.bind(attribute)
        name = self._attributes[attribute]
        return f"lookup(context, {name})" if "." in attribute else f"context.get({name})"


def built(source: Source, name: str, body: Iterable[str]) -> Callable[..., Any]:
    """Make the function `name(context)` with that body, its constants bound."""
    inner = [f"{INDENT * 2}{line}" for line in body]
    parameters = source.parameters
    head = (f"def factory({', '.join(parameters)}):", f"{INDENT}def {name}(context):")
    made: Callable[..., Any] = factory_of("\n".join((*head, *inner, f"{INDENT}return {name}")))(**parameters)
    _SHAPES[made.__code__] = "\n".join(inner)
    return made


def shape_of(function: Callable[..., Any]) -> str:
    """Give the body of a generated function, in which only constants are missing; "" for any other function."""
    return _SHAPES.get(getattr(function, "__code__", None), "")  # type: ignore[arg-type]  # None is no key


def factory_of(text: str) -> Callable[..., Any]:
    """Give the factory that a source text defines; equal texts share one, so a known shape costs one lookup."""
    factory = _FACTORIES.get(text)
    if factory is None:
        if len(_FACTORIES) >= MAX_FACTORIES:
            _FACTORIES.clear()
            _SHAPES.clear()
        factory = _FACTORIES.setdefault(text, _compiled(text))
    return factory


def _compiled(text: str) -> Callable[..., Any]:
    defined: dict[str, Any] = {}
    # The text holds nothing but the fixed words of this package and the names k0, v0 …: no user's text ever reaches it.
    exec(compile(text, "<flag>", "exec"), _GLOBALS, defined)  # noqa: S102  # generated code is what makes a call cost 0.1 µs
    factory: Callable[..., Any] = defined["factory"]
    return factory
