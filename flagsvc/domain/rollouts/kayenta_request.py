"""What Kayenta asks its remote judge, read with everything that is wrong. Shape: kayenta-judge, RemoteJudgeRequest."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import nan
from typing import Any

from flagsvc.domain.errors import Fault

ARMS = ("control", "experiment")
WORST, BEST = 0.0, 100.0
_CONFIG = ("canaryConfig", "judge", "judgeConfigurations")
_MINUTE_MILLIS = 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One metric on both sides: what Kayenta read of it, NaN where it read nothing. Times are Unix seconds."""

    name: str
    id: str
    tags: Mapping[str, str]
    groups: tuple[str, ...]
    start: float
    step: float
    control: tuple[float, ...]
    experiment: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeRequest:
    """What Kayenta asks: `settings` are the judgeConfigurations, `names` those of the metrics that are configured."""

    settings: Mapping[str, str]
    passing: float
    marginal: float
    names: tuple[str, ...]
    pairs: tuple[Pair, ...]


def settings_of(body: Any) -> Mapping[str, str]:
    """Read the texts among the judgeConfigurations, which are all that is looked at before the token is known."""
    settings = _at(body, _CONFIG)
    return (
        {name: value for name, value in settings.items() if isinstance(value, str)}
        if isinstance(settings, dict)
        else {}
    )


def request_of(body: Any) -> JudgeRequest | list[Fault]:
    """Read a request; what cannot be read or judged comes back as faults, each with its place."""
    faults = [*_threshold_faults(body), *_shape_faults(body)]
    if faults:
        return faults
    config = body["canaryConfig"]
    groups = {metric["name"]: tuple(metric.get("groups") or ()) for metric in config["metrics"]}
    thresholds = body["scoreThresholds"]
    return JudgeRequest(
        settings=settings_of(body),
        passing=float(thresholds["pass"]),
        marginal=float(thresholds["marginal"]),
        names=tuple(groups),
        pairs=tuple(_pair(each, groups) for each in body["metricSetPairList"]),
    )


def _threshold_faults(body: Any) -> Iterator[Fault]:
    thresholds = body.get("scoreThresholds") if isinstance(body, dict) else None
    marginal, passing = (_number(thresholds, name) for name in ("marginal", "pass"))
    if marginal is None or passing is None:
        yield Fault("/scoreThresholds", "wrong-type", "This must be an object with the numbers pass and marginal.")
    elif not WORST < marginal < passing <= BEST:
        detail = "This must be 0 < marginal < pass <= 100: unknown is the marginal bound, and must be neither of both."
        yield Fault("/scoreThresholds", "wrong-value", detail)


def _number(members: Any, name: str) -> float | None:
    value = members.get(name) if isinstance(members, dict) else None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _shape_faults(body: Any) -> Iterator[Fault]:
    if not isinstance(_at(body, _CONFIG), dict):
        detail = "This must be an object with environment and token, and rollout where its verdict is asked for."
        yield Fault("/canaryConfig/judge/judgeConfigurations", "wrong-type", detail)
    metrics = _at(body, ("canaryConfig", "metrics"))
    if not isinstance(metrics, list) or not all(map(_is_metric, metrics)):
        yield Fault("/canaryConfig/metrics", "wrong-type", "This must be a list of metrics with names and groups.")
    pairs = _at(body, ("metricSetPairList",))
    if not isinstance(pairs, list):
        yield Fault("/metricSetPairList", "wrong-type", "This must be a list.")
        return
    for index, pair in enumerate(pairs):
        if not _is_pair(pair):
            yield Fault(f"/metricSetPairList/{index}", "wrong-type", "This is no pair of series with their scopes.")


def _is_metric(metric: Any) -> bool:
    if not isinstance(metric, dict) or not isinstance(metric.get("name"), str):
        return False
    groups = metric.get("groups") or []
    return isinstance(groups, list) and all(isinstance(group, str) for group in groups)


def _is_pair(pair: Any) -> bool:
    if not isinstance(pair, dict) or not all(isinstance(pair.get(name), str) for name in ("name", "id")):
        return False
    tags, values = pair.get("tags") or {}, pair.get("values")
    if not isinstance(tags, dict) or not all(isinstance(tag, str) for tag in tags.values()):
        return False
    return isinstance(values, dict) and all(_is_series(values.get(arm)) for arm in ARMS) and _span(pair) is not None


def _is_series(series: Any) -> bool:
    return series is None or (isinstance(series, list) and all(_is_value(value) for value in series))


def _is_value(value: Any) -> bool:
    return value is None or value in ("NaN", "Infinity", "-Infinity") or type(value) in (int, float)


def _span(pair: Mapping[str, Any]) -> tuple[float, float] | None:
    """Give start and step in seconds of a pair's experiment."""
    scope = _at(pair, ("scopes", "experiment"))
    start, step = (scope.get(name) if isinstance(scope, dict) else None for name in ("startTimeMillis", "stepMillis"))
    if type(start) is not int or type(step) is not int or not 0 < step <= 1440 * _MINUTE_MILLIS:
        return None
    return start / 1000, step / 1000


def _pair(pair: Mapping[str, Any], groups: Mapping[str, tuple[str, ...]]) -> Pair:
    start, step = _span(pair) or (0.0, 60.0)
    return Pair(
        name=pair["name"],
        id=pair["id"],
        tags=pair.get("tags") or {},
        groups=groups.get(pair["name"], ()),
        start=start,
        step=step,
        control=_series(pair["values"].get("control")),
        experiment=_series(pair["values"].get("experiment")),
    )


def _series(values: Sequence[Any] | None) -> tuple[float, ...]:
    return tuple(float(value) if type(value) in (int, float) else nan for value in values or ())


def _at(value: Any, path: Sequence[str]) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value
