"""Random documents that the admin API takes, and contexts that fit into a request.

They come from the strategies of the core's tests, drawn with a seed, and cut down to what may be stored or sent.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from openfeature.evaluation_context import EvaluationContext

from flagsdk import Context
from flagsdk.core.context import TARGETING_KEY
from flagsdk.core.validate import problems_of
from flagsvc.http.strict_json import Unreadable, parse
from tests.core.strategies import KEYS, VARIANTS, comparisons, conditions, contexts, flags, segments, serves

TYPES = ("boolean", "string", "integer", "float", "object")
VALUES: Mapping[str, Sequence[Any]] = {
    "boolean": [True, False] * 4,
    "string": [name.upper() for name in VARIANTS],
    "integer": [7 * number for number in range(len(VARIANTS))],
    "float": [number / 2 for number in range(len(VARIANTS))],
    "object": [{"name": name, "list": [1, 0.5, None]} for name in VARIANTS],
}


@dataclass(frozen=True)
class Drawn:
    """What was drawn: documents in an order in which they can be created, and contexts."""

    segments: list[dict[str, Any]]
    flags: list[dict[str, Any]]
    contexts: list[EvaluationContext]


def drawn(number: int, *, flag_count: int, context_count: int) -> Drawn:
    """Draw with that seed; the same one gives the same."""
    audiences: dict[str, dict[str, Any]] = {}
    for document in (document for key in KEYS for document in _draw(segments(key), number, 20)):
        name = f"segment/{document['key']}"
        if name not in audiences and document.get("when") and not _faulty(document, audiences):
            audiences[name] = document
    known = dict(audiences)
    rough = zip(_draw(flags("flag"), number, flag_count), cycle(TYPES), strict=False)
    kept = [_sound(document, kind, index, known) for index, (document, kind) in enumerate(rough)]
    rules = _draw(
        st.builds(lambda when, serve: {"when": when, **serve}, conditions | comparisons(), serves()), number, 600
    )
    for flag, rule in zip(cycle(kept[flag_count // 5 :]), rules, strict=False):  # the first ones have none
        _keep(flag, "rules", [*flag["rules"], {**_weighed(rule), "id": f"r{len(flag['rules'])}"}], known)
    return Drawn(list(audiences.values()), kept, _sendable(_draw(contexts, number, 3 * context_count))[:context_count])


def request_of(flag: Mapping[str, Any], environment: str) -> dict[str, Any]:
    """Write the request that creates a flag with its configuration in one environment."""
    definition = {name: flag[name] for name in ("key", "type", "variants")}
    configuration = {
        name: flag[name] for name in ("enabled", "offVariant", "prerequisites", "targets", "rules", "default")
    }
    return {**definition, "environments": {environment: configuration}}


def _draw(strategy: SearchStrategy[Any], number: int, count: int) -> list[Any]:
    found: list[Any] = []

    @seed(number)
    @settings(max_examples=count, phases=[Phase.generate], database=None, suppress_health_check=list(HealthCheck))
    @given(strategy)
    def collect(value: Any) -> None:
        found.append(value)

    collect()
    return found


def _sound(rough: dict[str, Any], kind: str, index: int, known: dict[str, Any]) -> dict[str, Any]:
    """Give the flag a type and a key, and those of its parts that may be stored."""
    key = f"{kind}-{index}"
    flag = {
        "key": key, "type": kind, "variants": dict(zip(VARIANTS, VALUES[kind], strict=False)),
        "enabled": rough["enabled"] or index % 3 > 0, "offVariant": rough["offVariant"], "salt": "s",
        "prerequisites": [], "targets": [], "rules": [], "default": {"serve": rough["offVariant"]},
    }  # fmt: skip
    parents = [name.partition("/")[2] for name in known if name.startswith("flag/")]
    for parent, part in zip(parents[-3:], rough["prerequisites"], strict=False):
        _keep(flag, "prerequisites", [{**part, "flag": parent}], known)
    for part in rough["targets"]:
        _keep(flag, "targets", [*flag["targets"], part], known)
    _keep(flag, "default", _weighed(rough["default"]), known)
    known[f"flag/{key}"] = flag
    return flag


def _faulty(segment: dict[str, Any], known: Mapping[str, Any]) -> bool:
    return not _is_readable(segment) or bool(problems_of("segment", segment, known))


def _is_readable(value: Any) -> bool:
    """Whether the service's own parser reads it back as it is."""
    try:
        return bool(parse(json.dumps(value, allow_nan=False).encode()) == value)
    except (TypeError, ValueError, RuntimeError, OSError, Unreadable):
        return False


def _keep(flag: dict[str, Any], member: str, value: Any, known: Mapping[str, Any]) -> None:
    """Put a part in, if the flag can be stored with it."""
    tried = {**flag, member: value}
    if _is_readable(tried) and not problems_of("flag", tried, {**known, f"flag/{flag['key']}": tried}):
        flag[member] = value


def _weighed(part: dict[str, Any]) -> dict[str, Any]:
    """Say a split by weights, as the API takes it."""
    if "split" not in part:
        return part
    weights: Counter[str] = Counter()
    for variant, start, end in part["split"]["allocation"]:
        weights[variant] += end - start
    return {**part, "split": {**part["split"], "weights": dict(weights)}}


def _sendable(rough: Sequence[Any]) -> list[EvaluationContext]:
    """Take the contexts that a request can carry as they are; half of those without a unit get one."""
    found: list[EvaluationContext] = []
    for context in rough:
        if type(context) in (dict, Context) and _is_readable(context):
            attributes = {name: value for name, value in context.items() if name != TARGETING_KEY}
            given = context.get(TARGETING_KEY)
            unit = given if isinstance(given, str) else f"user-{len(found)}" if len(found) % 2 else None
            found.append(EvaluationContext(unit, attributes))
    return found
