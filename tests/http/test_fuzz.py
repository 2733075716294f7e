"""A fuzz of the whole API from its own description: no 5xx, and nothing that the description does not promise."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from flagsvc.http.admin import OPERATIONS
from tests.http.service import ADMIN, Service

EXAMPLES = 15
APART = {"createPlan", "putPlan"}
"""Bodies so deep that making them takes minutes; test_plans.py changes whole ones at any place instead."""
HALVES = {"first": OPERATIONS[::2], "second": OPERATIONS[1::2]}
CONFIG: dict[str, Any] = {
    "headers": {"Authorization": f"Bearer {ADMIN}", "Sec-Fetch-Site": "same-origin"},
    "generation": {"max-examples": EXAMPLES, "deterministic": True, "database": "none"},
    "continue-on-failure": True,
    "phases": {"stateful": {"enabled": False}},
    "checks": {
        "positive_data_acceptance": {"enabled": False},
        "negative_data_rejection": {"expected-statuses": [400, 401, 403, 404, 405, 409, 413, 415, 422, 428]},
        "ignored_auth": {"enabled": False},
    },
}
"""Valid bodies may still mean nothing (422), too many items may be too large (413), and the authorisation matrix has
tests of its own.
"""


@pytest.mark.parametrize("half", HALVES)
def test_no_request_finds_a_fault(service: Service, half: str) -> None:
    paths = {operation.path for operation in HALVES[half]}
    config = SchemathesisConfig.from_dict(CONFIG)
    schema = schemathesis.openapi.from_asgi("/openapi.json", service.application, config=config)
    names = [operation.name for operation in HALVES[half] if operation.name not in APART]
    finished = list(_run(schema.include(operation_id=names)))

    failures = [failure for scenario in finished for failure in _failures(scenario)]
    assert not failures, "\n\n".join(failures[:10])
    statuses = Counter(status for scenario in finished for status in _statuses(scenario))
    assert sum(statuses.values()) > 100 * len(paths)
    assert {200, 400, 404} <= statuses.keys()


def _run(schema: Any) -> Iterator[events.ScenarioFinished]:
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError):
            raise event.value
        if isinstance(event, events.FatalError):
            raise event.exception
        if isinstance(event, events.ScenarioFinished):
            yield event


def _statuses(scenario: events.ScenarioFinished) -> Iterator[int]:
    for interaction in scenario.recorder.interactions.values():
        if interaction.response:
            yield interaction.response.status_code


def _failures(scenario: events.ScenarioFinished) -> Iterator[str]:
    for checks in scenario.recorder.checks.values():
        for check in checks:
            if check.failure_info:
                failure = check.failure_info.failure
                yield f"{scenario.recorder.label}: {failure.title}\n{failure.message}\n{check.failure_info.code_sample}"
