"""Requests of Kayenta's remote judge, as its objects are written by its JSON library."""

import random
from collections.abc import Callable, Sequence
from typing import Any

START_MILLIS = 1_799_999_940_000
STEP_MILLIS = 60_000
SETTINGS = {"environment": "production", "token": "secret"}

Draw = Callable[[int], float]


def series(rate: float, events: int = 1000, steps: int = 60, seed: int = 1) -> tuple[list[Any], list[Any]]:
    """Draw the bad events and all events of some steps."""
    chance = random.Random(seed)  # noqa: S311  # repeatable figures
    bad = [float(sum(chance.random() < rate for _ in range(events))) for _ in range(steps)]
    return bad, [float(events)] * steps


def pair(name: str, control: Sequence[Any] | None, experiment: Sequence[Any] | None, **tags: str) -> dict[str, Any]:
    scope = {"startTimeIso": "2027-01-15T07:59:00Z", "startTimeMillis": START_MILLIS, "stepMillis": STEP_MILLIS}
    return {
        "name": name,
        "id": f"b1946ac9-{name}",
        "tags": tags,
        "values": {"control": control, "experiment": experiment},
        "scopes": {"control": scope, "experiment": scope},
        "attributes": {"control": {"query": "sum(increase(…))"}, "experiment": {"query": "sum(increase(…))"}},
    }


def counts(name: str = "errors", rate: float = 0.01, candidate: float = 0.01, **tags: str) -> list[dict[str, Any]]:
    """Make the two pairs of one metric: the candidate's bad rate beside the baseline's."""
    (bad, total), (bad_candidate, total_candidate) = series(rate), series(candidate, seed=2)
    return [
        pair(f"{name}.bad", bad, bad_candidate, **tags),
        pair(f"{name}.all", total, total_candidate, **tags),
    ]


def metric(name: str, group: str = "Errors") -> dict[str, Any]:
    return {
        "name": name,
        "query": {"type": "prometheus", "serviceType": "prometheus", "customInlineTemplate": "PromQL:…"},
        "groups": [group],
        "analysisConfigurations": {"canary": {"direction": "increase"}},
        "scopeName": "default",
    }


def request(pairs: Sequence[dict[str, Any]], names: Sequence[str] = (), **settings: Any) -> dict[str, Any]:
    """Make a whole request; `settings` are further judgeConfigurations."""
    known = names or list(dict.fromkeys(each["name"] for each in pairs))
    return {
        "canaryConfig": {
            "createdTimestamp": 1569534009252,
            "createdTimestampIso": "2019-09-26T21:40:09.252Z",
            "name": "checkout",
            "description": "",
            "configVersion": "1",
            "applications": ["checkout"],
            "judge": {"name": "RemoteJudge-v1.0", "judgeConfigurations": {**SETTINGS, **settings}},
            "metrics": [metric(name) for name in known],
            "templates": {},
            "classifier": {"groupWeights": {"Errors": 100.0}},
        },
        "scoreThresholds": {"pass": 95.0, "marginal": 75.0},
        "metricSetPairList": list(pairs),
    }
