"""The operators of conditions: one table from name to meaning."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import eq, ge, gt, le, lt
from typing import Any

from .instants import instant_of
from .model import Holds
from .networks import address_of, network_of
from .patterns import BadPattern, search_of
from .values import plain
from .versions import version_of

One = Callable[[Any], bool | None]
"""Test of a single exact value (never a list, never None): None where the value is of the wrong type."""
Compare = Callable[[Any, Any], bool]
EXISTS = "exists"


class BadOperand(ValueError):
    """A value of the condition that the operator cannot use; the text says which and why."""


@dataclass(frozen=True, slots=True)
class Operands:
    """The values of a condition, and how their letters compare."""

    values: tuple[Any, ...]
    ignore_case: bool = False

    def fold(self, text: str) -> str:
        """Give the text as it is compared: in lower case (full Unicode mapping) where case is ignored."""
        return text.lower() if self.ignore_case else text

    def require(self, wanted: str, *types: type) -> None:
        """Pass when every value is of exactly one of the types; else raise BadOperand."""
        for value in self.values:
            if type(value) not in types:
                raise BadOperand(f"{value!r:.80} is not {wanted}")


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator: `prepare` does what can be done before a context is seen, and raises BadOperand.

    `operand` is the kind of its values: scalar, text, number, instant, version, network, pattern or none.
    """

    name: str
    operand: str
    prepare: Callable[[Operands], One]
    folds_case: bool = False


def prepare(name: str, values: Sequence[Any], *, ignore_case: bool = False) -> Holds:
    """Prepare an operator of the table over its values; raises KeyError for an unknown name and BadOperand."""
    one = OPERATORS[name].prepare(Operands(tuple(values), ignore_case))
    if name == EXISTS:
        return lambda value: value is not None
    return lambda value: _holds(one, value)


def _holds(one: One, value: object) -> bool | None:
    """Elements of the wrong type are skipped; an empty list does not hold."""
    exact = plain(value)
    if exact is None:
        return None
    if type(exact) is not list:
        return one(exact)
    answers = [one(element) for element in exact if element is not None]
    if True in answers:
        return True
    return None if exact and False not in answers else False


def _equals(operands: Operands) -> One:
    operands.require("a string, a number or a boolean", str, int, float, bool)
    texts = frozenset(operands.fold(value) for value in operands.values if type(value) is str)
    numbers = frozenset(value for value in operands.values if type(value) in (int, float))
    booleans = frozenset(value for value in operands.values if type(value) is bool)
    same_type = {bool: booleans, int: numbers, float: numbers}

    def one(value: Any) -> bool:
        if type(value) is str:
            return operands.fold(value) in texts
        return value in same_type.get(type(value), ())

    return one


def _text(matches: Compare) -> Callable[[Operands], One]:
    """Operators on strings: `matches(value, operand)` for any operand."""

    def prepared(operands: Operands) -> One:
        operands.require("a string", str)
        parts = tuple(map(operands.fold, operands.values))

        def one(value: Any) -> bool | None:
            if type(value) is not str:
                return None
            text = operands.fold(value)
            return any(matches(text, part) for part in parts)

        return one

    return prepared


def _number(compare: Compare) -> Callable[[Operands], One]:
    """Operators on numbers; a boolean is none, and NaN compares with nothing."""

    def prepared(operands: Operands) -> One:
        operands.require("a number", int, float)

        def one(value: Any) -> bool | None:
            if type(value) not in (int, float) or value != value:  # noqa: PLR0124  # only NaN differs from itself
                return None
            return any(compare(value, operand) for operand in operands.values)

        return one

    return prepared


def _parsed(
    read: Callable[[str], Any], left: Callable[[str], Any], compare: Compare, wanted: str
) -> Callable[[Operands], One]:
    """Operators on texts that stand for something: `read` reads the operands, `left` the value; None = unreadable."""

    def prepared(operands: Operands) -> One:
        operands.require(wanted, str)
        rights = tuple(_readable(read, value, wanted) for value in operands.values)

        def one(value: Any) -> bool | None:
            if type(value) is not str or (parsed := left(value)) is None:
                return None
            return any(compare(parsed, right) for right in rights)

        return one

    return prepared


def _readable(read: Callable[[str], Any], value: str, wanted: str) -> Any:
    if (parsed := read(value)) is None:
        raise BadOperand(f"{value!r:.80} is not {wanted}")
    return parsed


def _matches(operands: Operands) -> One:
    operands.require("a regular expression", str)
    try:
        searches = [search_of(value, ignore_case=operands.ignore_case) for value in operands.values]
    except BadPattern as fault:
        raise BadOperand(str(fault)) from fault

    def one(value: Any) -> bool | None:
        if type(value) is not str:
            return None
        answers = [search(value) for search in searches]
        return None if None in answers else True in answers

    return one


def _inside(address: Any, network: Any) -> bool:
    version, number = address
    family, first, last = network
    return bool(version == family and first <= number <= last)


def _version(compare: Compare) -> Callable[[Operands], One]:
    return _parsed(version_of, version_of, compare, "a semantic version")


def _instant(compare: Compare) -> Callable[[Operands], One]:
    return _parsed(instant_of, instant_of, compare, "a date-time with an offset")


OPERATORS = {
    operator.name: operator
    for operator in (
        Operator("equals", "scalar", _equals, folds_case=True),
        Operator("in", "scalar", _equals, folds_case=True),
        Operator("contains", "text", _text(lambda text, part: part in text), folds_case=True),
        Operator("startsWith", "text", _text(str.startswith), folds_case=True),
        Operator("endsWith", "text", _text(str.endswith), folds_case=True),
        Operator("matches", "pattern", _matches, folds_case=True),
        Operator("lessThan", "number", _number(lt)),
        Operator("lessThanOrEqual", "number", _number(le)),
        Operator("greaterThan", "number", _number(gt)),
        Operator("greaterThanOrEqual", "number", _number(ge)),
        Operator("before", "instant", _instant(lt)),
        Operator("after", "instant", _instant(gt)),
        Operator("semverEquals", "version", _version(eq)),
        Operator("semverLessThan", "version", _version(lt)),
        Operator("semverLessThanOrEqual", "version", _version(le)),
        Operator("semverGreaterThan", "version", _version(gt)),
        Operator("semverGreaterThanOrEqual", "version", _version(ge)),
        Operator("inCidr", "network", _parsed(network_of, address_of, _inside, "a network")),
        Operator(EXISTS, "none", lambda operands: lambda value: True),
    )
}
"""Every operator this reader knows, by the name that a condition writes."""
