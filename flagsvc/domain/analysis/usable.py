"""Whether a window says anything at all. What a source gives is anybody's: every float is possible."""

from math import isfinite

from flagsvc.domain.analysis.measurement import Arm, Measurement
from flagsvc.domain.analysis.spec import Metric

LEAST_EVENTS, MOST_EVENTS = 1e-6, 1e15
MOST_TOTAL, MOST_SQUARES = 1e100, 1e200


def is_window(measurement: Measurement) -> bool:
    """Whether it is a span of time: finite, and its end behind its start."""
    return isfinite(measurement.start) and isfinite(measurement.end) and measurement.start < measurement.end


def silence_of(metric: Metric, measurement: Measurement) -> str:
    """Why a window holds no data, as a clause; empty when it does.

    Zero bad events are data. No events at all on a side are none: nobody can tell health from a lack of traffic.
    """
    if measurement.missing:
        fact = "the source could not be read" if measurement.missing == "unreachable" else "the source has no data"
        return f"{fact} ({measurement.detail})" if measurement.detail else fact
    if metric.kind == "value":
        return _silence_of_value(measurement.candidate)
    return _silence_of_arm(metric, "candidate", measurement.candidate) or _silence_of_arm(
        metric, "baseline", measurement.baseline
    )


def baseline_silence_of(metric: Metric, measurement: Measurement) -> str:
    """Why a window holds no counts of the baseline; the candidate's need not be there."""
    if measurement.missing == "unreachable" or metric.kind not in {"errors", "latency"}:
        return "the source could not be read" if measurement.missing else "it is not counted"
    return _silence_of_arm(metric, "baseline", measurement.baseline)


def _silence_of_value(arm: Arm | None) -> str:
    if arm is None or arm.value is None:
        return "the source has no data"
    return "" if isfinite(arm.value) else "the value is no number"


def _silence_of_arm(metric: Metric, side: str, arm: Arm | None) -> str:
    if arm is None:
        return f"the {side} has no data"
    if not (arm.events == 0 or LEAST_EVENTS <= arm.events <= MOST_EVENTS):
        return f"the {side}'s events are no count: {arm.events!r}"
    if arm.events == 0:
        return f"the {side} had no events"
    flaw = _flaw_of_counts(arm) if metric.kind in {"errors", "latency"} else _flaw_of_sums(metric, arm)
    return f"the {side}'s {flaw}" if flaw else ""


def _flaw_of_counts(arm: Arm) -> str:
    if not 0 <= arm.bad <= arm.events:
        return f"bad events are no part of its events: {arm.bad!r} of {arm.events!r}"
    return "" if 0 <= arm.far <= arm.bad else f"far events are no part of its bad ones: {arm.far!r} of {arm.bad!r}"


def _flaw_of_sums(metric: Metric, arm: Arm) -> str:
    if not abs(arm.total) <= MOST_TOTAL or not 0 <= arm.squares <= MOST_SQUARES:
        return f"sums are no numbers: total {arm.total!r}, squares {arm.squares!r}"
    least = arm.total * arm.total / arm.events
    unsquared = metric.kind == "ratio" and arm.squares == 0
    return "" if unsquared or arm.squares >= least * (1 - 1e-9) else "sum of squares is too small for its total"
