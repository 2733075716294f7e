"""Conditions as Python expressions that are true exactly when the condition is true (or exactly when it is false)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from .compile_source import INDENT, Source, built
from .compile_test import IS_TEXT, Form, Slow, form_of
from .context import unit_of
from .model import All, Any_, Condition, InBucket, InSegment, Not, Segment, Test
from .support import Audience, supported

Known = frozenset[str]
"""Variables that are certainly assigned at some point of the generated code."""
NOBODY = Any_(())


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression, and the variables that are assigned once it came out true or false."""

    text: str
    if_true: Known
    if_false: Known


class Conditions:
    """Turns supported conditions into expressions over one source; `audience` gives the segments they name."""

    def __init__(self, source: Source, audience: Callable[[str], Audience]) -> None:
        self.source = source
        self._audience = audience

    def expression(self, condition: Condition, known: Known, *, want: bool) -> Expression:
        """Give the expression for "the condition is `want`"; unknown is neither true nor false."""
        match condition:
            case All(parts):
                return self._group(parts, known, want=want, every=want)
            case Any_(parts):
                return self._group(parts, known, want=want, every=not want)
            case Not(part):
                return self.expression(part, known, want=not want)
            case Test(attribute=attribute, negate=negate):
                return self._leaf(attribute, known, form_of(condition, want=want is not negate))
            case InBucket(by=by, negate=negate):
                return self._leaf(by, known, Form(in_bucket(condition, want=want is not negate)))
            case InSegment(segment=key, negate=negate):
                return self._in_segment(key, known, want=want is not negate)
            case _:
                raise AssertionError(f"{condition.detail}: a rule with an unsupported condition is never compiled")

    def _group(self, parts: Iterable[Condition], known: Known, *, want: bool, every: bool) -> Expression:
        """Join the parts by `and` (every) or `or`; a part is evaluated once those before it came out `every`."""
        texts, after, ends = [], known, []
        for part in parts:
            expression = self.expression(part, after, want=want)
            texts.append(expression.text)
            after, end = (
                (expression.if_true, expression.if_false) if every else (expression.if_false, expression.if_true)
            )
            ends.append(end)
        if not texts:
            return Expression(str(every), known, known)
        text = f"({(' and ' if every else ' or ').join(texts)})"
        early = frozenset.intersection(*ends)
        return Expression(text, after, early) if every else Expression(text, early, after)

    def _leaf(self, attribute: str, known: Known, form: Form) -> Expression:
        variable, first = self.mention(attribute, known)
        text = form.text(self.source, variable, first)
        known |= {variable}
        return Expression(text, known, known)

    def mention(self, attribute: str, known: Known) -> tuple[str, str]:
        """Give the variable of an attribute, and its first mention, which reads it unless it is known already."""
        variable = self.source.variable(attribute)
        return variable, variable if variable in known else f"({variable} := {self.source.read(attribute)})"

    def _in_segment(self, key: str, known: Known, *, want: bool) -> Expression:
        audience = self._audience(key)
        segment = supported(audience)
        if segment.when is None:
            return self._leaf(segment.by, known, listed(segment, want=want))
        self.source.reads = True
        test = self.source.bind(segment_test(audience, self._audience, want=want))
        return Expression(f"{test}(context)", known, known)


def segment_test(audience: Audience, others: Callable[[str], Audience], *, want: bool) -> Slow:
    """Give the compiled test for "the context is in the segment" (or "is not"), made once."""
    if want not in audience.tests:
        audience.tests.setdefault(want, _segment_test(audience, others, want=want))
    return audience.tests[want]


def _segment_test(audience: Audience, others: Callable[[str], Audience], *, want: bool) -> Slow:
    """Excluded units are out and included ones in; the condition decides about all others, and without a unit."""
    segment, conditions = supported(audience), Conditions(Source(), others)
    value, first = conditions.mention(segment.by, frozenset())
    condition = conditions.expression(segment.when or NOBODY, frozenset((value,)), want=want)
    lines = (
        f"unit = {value} if type({first}) is str else unit_of({value})",
        f"if unit and unit in {conditions.source.bind(segment.members)}:",
        f"{INDENT}return {want}",
        f"if unit and unit in {conditions.source.bind(segment.excluded)}:",
        f"{INDENT}return {not want}",
        f"return {condition.text}",
    )
    return built(conditions.source, "holds", lines)


def listed(segment: Segment, *, want: bool) -> Form:
    """Form of membership of a segment that only lists units; without a unit it is unknown."""
    members = segment.members

    def slow(value: Any) -> bool:
        unit = unit_of(value)
        return unit is not None and (unit in members) is want

    return Form(slow, IS_TEXT, "{value} in {k}" if want else "{value} and {value} not in {k}", members)


def in_bucket(condition: InBucket, *, want: bool) -> Slow:
    """Test of a unit's bucket; without a unit that can be hashed it is unknown."""
    place, ranges = condition.place, condition.ranges

    def slow(value: Any) -> bool:
        if (unit := unit_of(value)) is None:
            return False
        try:
            bucket = place(unit)
        except UnicodeEncodeError:
            return False
        return any(start <= bucket < end for start, end in ranges) is want

    return slow
