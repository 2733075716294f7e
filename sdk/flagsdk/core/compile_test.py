"""Tests of attributes as expressions: a fast form for values of the exact type, and a function for all others."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .compile_source import Source
from .model import Test
from .operators import EXISTS

MAX_MEMO = 4096
MAX_MEMO_TEXT = 256
IS_TEXT = "type({first}) is str"
IS_NUMBER = "(type({first}) is int or type({value}) is float)"

Slow = Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class Form:
    """Templates of an expression: `fast` where `guard` holds, else `slow(value)`; {k} is the constant.

    {first} is the first mention of the value (it may read it), {value} every later one.
    """

    slow: Slow
    guard: str = ""
    fast: str = ""
    constant: Any = None

    def text(self, source: Source, value: str, first: str) -> str:
        """Fill in the names."""
        if not self.guard:
            return f"{source.bind(self.slow)}({first})"
        guard = self.guard.format(first=first, value=value)
        fast = self.fast.format(value=value, k=source.bind(self.constant))
        return f"({fast} if {guard} else {source.bind_rare(self.slow)}({value}))"


@dataclass(frozen=True, slots=True)
class Goal:
    """A test and the answer that is asked for: unknown is never it."""

    test: Test
    want: bool

    def slow(self, value: Any) -> bool:
        """Whether the answer for any value whatever is the wanted one."""
        return self.test.holds(value) is self.want

    def folded(self) -> tuple[Any, ...]:
        """Give the operands, strings as they are compared."""
        values = self.test.values
        if not self.test.ignore_case:
            return values
        return tuple(value.lower() if type(value) is str else value for value in values)

    def fast(self, guard: str, operator: str, constant: Any) -> Form:
        """Form whose operator is a template over {value}, already folded, and {k}."""
        value = "{value}.lower()" if self.test.ignore_case else "{value}"
        return Form(self.slow, guard, operator.replace("{value}", value), constant)


class Memo(dict[str, bool]):
    """Answers of an operator that parses texts, kept by text; bounded, so that strange callers cannot fill memory."""

    __slots__ = ("_slow",)

    def __init__(self, slow: Slow) -> None:
        super().__init__()
        self._slow = slow

    def __missing__(self, text: str) -> bool:
        answer = self._slow(text)
        if len(text) <= MAX_MEMO_TEXT:
            if len(self) >= MAX_MEMO:
                self.clear()
            self[text] = answer
        return answer


def form_of(test: Test, *, want: bool) -> Form:
    """Give the form of "the operator's answer is `want`"."""
    goal = Goal(test, want)
    return _FORMS[test.operator](goal) if test.values or test.operator == EXISTS else Form(goal.slow)


def _exists(goal: Goal) -> Form:
    return Form(goal.slow)


def _equals(goal: Goal) -> Form:
    texts = frozenset(value for value in goal.folded() if type(value) is str)
    if not texts:
        return Form(goal.slow)
    if len(texts) == 1:
        return goal.fast(IS_TEXT, "{value} == {k}" if goal.want else "{value} != {k}", next(iter(texts)))
    return goal.fast(IS_TEXT, "{value} in {k}" if goal.want else "{value} not in {k}", texts)


def _contains(goal: Goal) -> Form:
    if len(goal.test.values) > 1:
        return Form(goal.slow)
    return goal.fast(IS_TEXT, "{k} in {value}" if goal.want else "{k} not in {value}", goal.folded()[0])


def _starts_with(goal: Goal) -> Form:
    return goal.fast(IS_TEXT, "{value}.startswith({k})" if goal.want else "not {value}.startswith({k})", goal.folded())


def _ends_with(goal: Goal) -> Form:
    return goal.fast(IS_TEXT, "{value}.endswith({k})" if goal.want else "not {value}.endswith({k})", goal.folded())


def _bound(symbol: str, opposite: str, nearest: Callable[[Any], Any]) -> Callable[[Goal], Form]:
    """Order of numbers: below one of several is below the greatest; NaN is neither below nor not below."""

    def form(goal: Goal) -> Form:
        operator = f"{{value}} {symbol if goal.want else opposite} {{k}}"
        return Form(goal.slow, IS_NUMBER, operator, nearest(goal.test.values))

    return form


def _memo(goal: Goal) -> Form:
    return Form(goal.slow, IS_TEXT, "{k}[{value}]", Memo(goal.slow))


_FORMS: dict[str, Callable[[Goal], Form]] = {
    "equals": _equals,
    "in": _equals,
    "contains": _contains,
    "startsWith": _starts_with,
    "endsWith": _ends_with,
    "matches": _memo,
    "lessThan": _bound("<", ">=", max),
    "lessThanOrEqual": _bound("<=", ">", max),
    "greaterThan": _bound(">", "<=", min),
    "greaterThanOrEqual": _bound(">=", "<", min),
    "before": _memo,
    "after": _memo,
    "semverEquals": _memo,
    "semverLessThan": _memo,
    "semverLessThanOrEqual": _memo,
    "semverGreaterThan": _memo,
    "semverGreaterThanOrEqual": _memo,
    "inCidr": _memo,
    EXISTS: _exists,
}
"""One form for each operator; those that parse texts remember their answers."""
