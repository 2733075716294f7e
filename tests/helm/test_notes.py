"""What Helm prints after an install: commands that find what they are for, and what somebody should know tonight."""

from typing import Any

import pytest

from tests.support.chart.engine import Engine
from tests.support.chart.values import POSTGRESQL, values_of

HELD = "no pod may go"


def test_the_first_token_is_looked_for_in_pods_of_the_service_alone(engine: Engine) -> None:
    """Pods of a Job or of `helm test` that failed stay, and have no container of that name: kubectl would give up."""
    release = engine.render(values_of("migrations-hook"))
    line = next(line for line in release.notes.splitlines() if " logs " in line)
    labels = line.split(" -l ")[1].split()[0].split(",")
    found = {
        pod.owner for pod in release.pods if set(labels) <= {f"{k}={v}" for k, v in pod.metadata["labels"].items()}
    }

    assert found == {release.server.owner}
    assert [one["name"] for one in release.server.spec["containers"]] == [line.split(" -c ")[1].split()[0]]


BUDGET = "podDisruptionBudget"


@pytest.mark.parametrize(
    "change",
    [
        {"replicas": 1, BUDGET: {"minAvailable": 1}},
        {"replicas": 9, "autoscaling": {"enabled": True}, BUDGET: {"minAvailable": 2}},
        {BUDGET: {"minAvailable": "100%"}},
        {BUDGET: {"maxUnavailable": 0}},
        {BUDGET: {"maxUnavailable": "0%"}},
    ],
)
def test_a_budget_that_would_hold_up_every_drain_is_told(engine: Engine, change: dict[str, Any]) -> None:
    assert HELD in engine.render({**POSTGRESQL, **change}).notes


@pytest.mark.parametrize(
    "values",
    [
        POSTGRESQL,
        {**POSTGRESQL, "replicas": 3, BUDGET: {"minAvailable": 2}},
        {**POSTGRESQL, BUDGET: {"maxUnavailable": 0, "enabled": False}},
        {BUDGET: {"maxUnavailable": 0}},
    ],
)
def test_no_budget_is_told_of_that_lets_pods_go_or_is_not_made(engine: Engine, values: dict[str, Any]) -> None:
    assert HELD not in engine.render(values).notes
