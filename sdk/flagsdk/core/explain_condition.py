"""Conditions walked part by part in three-valued logic, with everything that was looked at."""

from collections.abc import Callable, Iterable
from typing import Any

from .context import lookup, readable, unit_of
from .model import All, Any_, Condition, InBucket, InSegment, Not, Segment, Test
from .shown import MAX_ITEMS, shown, shown_text
from .support import Audience, supported
from .values import is_object

Truth = bool | None
Step = dict[str, Any]
WORDS = {True: "true", False: "false", None: "unknown"}


class Walker:
    """Judges conditions for one context; raises Unreadable when the context is not an object and has to be read."""

    def __init__(self, context: Any, audience: Callable[[str], Audience]) -> None:
        self._context = context
        self.audience = audience
        self._thorough = is_object(context)

    def read(self, attribute: str) -> Any:
        """Give an attribute's value or None."""
        try:
            return lookup(self._context, attribute)
        except Exception:  # noqa: BLE001  # evaluation is a boundary: see Readable
            return lookup(readable(self._context), attribute)

    def unit(self, by: str) -> str | None:
        """Give the unit at an attribute, or None."""
        return unit_of(self.read(by))

    def judge(self, condition: Condition) -> tuple[Truth, Step]:
        """Give the condition's truth (None is unknown) and its trace."""
        match condition:
            case All(parts) | Any_(parts):
                return self._group(parts, decisive=isinstance(condition, Any_))
            case Not(part):
                truth, step = self.judge(part)
                return _answer(truth, {"not": step}, negate=True)
            case Test():
                return self._test(condition)
            case InSegment(segment=key, negate=negate):
                truth, step = self._member(supported(self.audience(key)))
                return _answer(truth, step | {"negate": negate}, negate=negate)
            case InBucket():
                return self._bucket(condition)
            case _:
                return _answer(None, {"unsupported": shown_text(condition.detail)})

    def _group(self, parts: Iterable[Condition], *, decisive: bool) -> tuple[Truth, Step]:
        """Every part is shown, even where one has decided; but a context that cannot be read is not read for show."""
        truths, steps = [], []
        for part in parts:
            truth, step = self.judge(part)
            truths.append(truth)
            steps.append(step)
            if truth is decisive and not self._thorough:
                break
        truth = decisive if decisive in truths else None if None in truths else not decisive
        return _answer(truth, {"any" if decisive else "all": steps})

    def _test(self, test: Test) -> tuple[Truth, Step]:
        left = self.read(test.attribute)
        step = {
            "attribute": test.attribute,
            "operator": test.operator,
            "left": shown(left),
            "right": [shown(value) for value in test.values[:MAX_ITEMS]],
            "ignoreCase": test.ignore_case,
            "negate": test.negate,
        }
        if len(test.values) > MAX_ITEMS:
            step["rightCount"] = len(test.values)
        return _answer(test.holds(left), step, negate=test.negate)

    def _member(self, segment: Segment) -> tuple[Truth, Step]:
        unit = self.unit(segment.by)
        step = {"segment": segment.key, "by": segment.by, "unit": shown(unit)}
        if unit in segment.excluded:
            return False, step | {"listed": "excluded"}
        if unit in segment.members:
            return True, step | {"listed": "included"}
        if segment.when is None:
            return None if unit is None else False, step | {"listed": "no"}
        truth, when = self.judge(segment.when)
        return truth, step | {"listed": "no", "when": when}

    def _bucket(self, condition: InBucket) -> tuple[Truth, Step]:
        unit = self.unit(condition.by)
        bucket = place_of(condition.place, unit)
        truth = None if bucket is None else any(start <= bucket < end for start, end in condition.ranges)
        step = {
            "bucket": bucket,
            "by": condition.by,
            "unit": shown(unit),
            "hash": condition.hash,
            "ranges": [list(pair) for pair in condition.ranges[:MAX_ITEMS]],
            "negate": condition.negate,
        }
        return _answer(truth, step, negate=condition.negate)


def place_of(place: Callable[[str], int], unit: str | None) -> int | None:
    """Give the bucket of a unit; None for a missing one, or one that is not valid Unicode."""
    try:
        return None if unit is None else place(unit)
    except UnicodeEncodeError:
        return None


def _answer(truth: Truth, step: Step, *, negate: bool = False) -> tuple[Truth, Step]:
    answer = not truth if negate and truth is not None else truth
    return answer, step | {"outcome": WORDS[answer]}
