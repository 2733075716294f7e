"""The strict check of how a rollout is judged; whether a query can be asked is for its metric source."""

from flagsdk.core.validate.cursor import Cursor
from flagsdk.core.validate.shapes import Check, Member, Shape, is_list, is_object
from flagsvc.domain.rollouts.check_gates import MAX_WAIT
from flagsvc.domain.rollouts.check_parts import duration, free, is_number, name, number, objects, one_of, unique, whole

MAX_METRICS = 20
MAX_ERROR = 0.5
MAX_RATIO = 100.0
MAX_VALUE = 1e300
HOUR = 3_600.0
KINDS = ("errors", "latency", "mean", "ratio", "value")
COUNTED = ("errors", "latency")
"""Kinds that the sequential test judges, so that something can be proven about them."""
GUARDS = {
    "errors": number(1, MAX_RATIO),
    "latency": number(1, MAX_RATIO),
    "mean": number(0, 10, between=True),
    "ratio": number(0, 10, between=True),
    "value": number(0, 0),
}
_OWN = {
    "minimum": ("value",),
    "maximum": ("value",),
    "breaches": ("value",),
    "bound": ("latency",),
    "better": ("mean", "ratio"),
}
"""Members that only metrics of some kinds have."""


def analysis(place: Cursor) -> None:
    """Check an analysis."""
    if is_object(place, ANALYSIS):
        _can_be_proven(place)


def _metrics(place: Cursor) -> None:
    if not is_list(place, MAX_METRICS, least=1):
        return
    for item in place.items():
        if is_object(item, METRIC):
            _fits_its_kind(item)
    named = (item for item in objects(place) if isinstance(item.value.get("name"), str))
    unique(((item.at("name"), item.value["name"]) for item in named), "The metric")


def _fits_its_kind(metric: Cursor) -> None:
    kind = metric.value.get("kind")
    if kind not in KINDS:
        return
    for member, kinds in _OWN.items():
        if kind not in kinds and metric.value.get(member) is not None:
            words = " or ".join(map(repr, kinds))
            metric.at(member).report("misplaced", f"Only a metric of kind {words} has {member!r}.")
    if "guard" in metric.value:
        GUARDS[kind](metric.at("guard"))
    if kind == "value":
        _has_limits(metric)


def _has_limits(metric: Cursor) -> None:
    least, most = metric.value.get("minimum"), metric.value.get("maximum")
    if least is None and most is None:
        detail = "A metric of kind 'value' needs 'minimum', 'maximum' or both: nothing else says what is bad."
        metric.report("missing", detail)
    elif is_number(least) and is_number(most) and least > most:
        metric.at("minimum").report("out-of-range", "'minimum' may not be more than 'maximum'.")


def _can_be_proven(place: Cursor) -> None:
    kinds = {metric.value.get("kind") for metric in objects(place.at("metrics")) if _has_kind(metric)}
    if place.value.get("advanceWhen") == "proven" and kinds and not kinds & set(COUNTED):
        detail = "Nothing can be proven about means, ratios and values: add a metric of errors or latency, or use "
        place.at("advanceWhen").report("nothing-to-prove", detail + "'no_alarm'.")


def _has_kind(metric: Cursor) -> bool:
    return isinstance(metric.value.get("kind"), str)


def _any(place: Cursor) -> None:
    """Leave what depends on the kind to `_fits_its_kind`."""


_LIMIT: Check = number(-MAX_VALUE, MAX_VALUE)

METRIC: Shape = {
    "name": Member(name, required=True),
    "kind": Member(one_of(*KINDS), required=True),
    "source": Member(name, required=True),
    "query": Member(free),
    "guard": Member(_any),
    "weight": Member(number(0.001, 1_000)),
    "of": Member(one_of("requests", "units")),
    "better": Member(one_of("higher", "lower")),
    "minimum": Member(_LIMIT, nullable=True),
    "maximum": Member(_LIMIT, nullable=True),
    "breaches": Member(whole(1, 100)),
    "bound": Member(duration(0, HOUR)),
}

ANALYSIS: Shape = {
    "metrics": Member(_metrics, required=True),
    "alpha": Member(number(0, MAX_ERROR, between=True)),
    "beta": Member(number(0, MAX_ERROR, between=True)),
    "proveRatio": Member(number(1.01, MAX_RATIO)),
    "nullRatio": Member(number(1, MAX_RATIO)),
    "every": Member(duration(1, HOUR)),
    "warmup": Member(duration(0, HOUR)),
    "advanceWhen": Member(one_of("no_alarm", "proven", "proven_or_no_alarm")),
    "evidence": Member(one_of("step", "rollout")),
    "onUnknown": Member(one_of("rollback", "hold", "pause")),
    "unknownFor": Member(duration(1, MAX_WAIT)),
    "minEvents": Member(whole(1)),
}
