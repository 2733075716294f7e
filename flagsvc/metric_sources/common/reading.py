"""From a reading to a measurement: whatever goes wrong is `missing` and a sentence, and never half an answer."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import fields
from math import isfinite
from typing import Literal

from flagsvc.domain.analysis.arms import Side, arms_of
from flagsvc.domain.analysis.measurement import Arm, Measurement
from flagsvc.domain.analysis.spec import Metric
from flagsvc.domain.calls import CallError
from flagsvc.outbound.bounded import VISIT_SECONDS, answered_within

MAX_DETAIL = 500
SLACK = 1e-9
_log = logging.getLogger(__name__)

Sides = Mapping[Side, Arm]
Read = Callable[[Mapping[str, str]], Arm]


class NoData(CallError):
    """The source answered, and has nothing for what was asked."""


def measured(metric: Metric, start: float, end: float, read: Callable[[], Sides]) -> Measurement:
    """Read the arms of a window within a few seconds; never raises, and gives either all that `read` gives or none."""
    try:
        _demand_window(start, end)
        with answered_within(VISIT_SECONDS):
            sides = {side: _fit(side, metric, arm) for side, arm in read().items()}
    except NoData as error:
        return _missing(metric, start, end, "no-data", str(error))
    except (CallError, ValueError) as error:
        return _missing(metric, start, end, "unreachable", str(error))
    except Exception as error:  # noqa: BLE001  # a named boundary: nothing that a server sends may stop whoever judges
        _log.exception("a metric could not be read", extra={"metric": metric.name})
        words = f"{type(error).__name__}: a fault of the program, see its log"
        return _missing(metric, start, end, "unreachable", words)
    return Measurement(
        metric=metric.name, start=start, end=end, baseline=sides.get("baseline"), candidate=sides.get("candidate")
    )


def each(metric: Metric, read: Read) -> Sides:
    """Read both arms one after the other, of a value the candidate alone; an error says which arm it was."""
    arms = arms_of(metric)
    asked: tuple[Side, ...] = ("candidate",) if metric.kind == "value" else ("baseline", "candidate")
    return {side: of_side(side, lambda side=side: read(arms[side])) for side in asked}  # type: ignore[misc]


def baseline(metric: Metric, read: Read) -> Sides:
    """Read the baseline alone."""
    variables = arms_of(metric)["baseline"]
    return {"baseline": of_side("baseline", lambda: read(variables))}


def of_side(side: Side, read: Callable[[], Arm]) -> Arm:
    """Read one arm; an error says which it was."""
    try:
        return read()
    except CallError as error:
        raise type(error)(f"{side}: {error}", permanent=error.permanent) from error


def _demand_window(start: float, end: float) -> None:
    if not (isfinite(start) and isfinite(end) and 0 <= start < end):
        raise CallError(f"there is no window from {start} to {end}", permanent=True)


def _missing(
    metric: Metric, start: float, end: float, missing: Literal["unreachable", "no-data"], detail: str
) -> Measurement:
    told = " ".join(detail.split())[:MAX_DETAIL]
    return Measurement(metric=metric.name, start=start, end=end, missing=missing, detail=told)


def _fit(side: Side, metric: Metric, arm: Arm) -> Arm:
    """Pass for numbers that can be: finite, counts not negative, and bad ones a part of all."""
    numbers = {field.name: getattr(arm, field.name) for field in fields(arm)}
    if any(number is not None and not isfinite(number) for number in numbers.values()):
        raise CallError(f"{side}: the answer holds what is no finite number")
    if metric.kind == "value":
        if arm.value is None:
            raise NoData(f"{side}: there is no value")
        return arm
    if arm.events < 0 or arm.squares < 0:
        raise CallError(f"{side}: the answer holds counts below zero")
    if not 0 <= arm.far <= arm.bad <= arm.events * (1 + SLACK):
        raise CallError(
            f"{side}: {arm.bad:g} bad and {arm.far:g} far of {arm.events:g} events: the bad ones must be a part of the "
            f"events, and the far ones of the bad"
        )
    return arm
