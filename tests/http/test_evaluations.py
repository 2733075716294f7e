"""Every decision, and every step of an explanation, has the shape that is described."""

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel

from flagsvc.http.schemas.evaluations import Evaluation
from flagsvc.http.schemas.flags import FlagWritten
from tests.http.service import API, CONFIGURATION, PRODUCTION, Service

IN_GERMANY = {"attribute": "country", "op": "in", "values": ["DE"]}
HALF = {"split": {"weights": {"on": 50_000, "off": 50_000}}}
EVERYTHING = {
    "enabled": True,
    "prerequisites": [{"flag": "theme", "variants": ["light", "dark", "auto"]}],
    "targets": [{"variant": "on", "units": ["vip"]}],
    "rules": [
        {"when": {"all": [IN_GERMANY, {"not": {"any": [{"segment": "beta"}, IN_GERMANY]}}]}, "serve": "on"},
        {"when": {"segment": "beta"}, "serve": "on"},
    ],
    "default": {"serve": None, **HALF},
}
CONTEXTS: list[dict[str, Any]] = [
    {"targetingKey": "vip"},
    {"targetingKey": "user-1"},
    {"targetingKey": "u", "country": "DE"},
    {"targetingKey": "u", "country": "AT"},
    {},
]


def _models(value: Any) -> Iterator[BaseModel]:
    if isinstance(value, BaseModel):
        yield value
        for name in type(value).model_fields:
            yield from _models(getattr(value, name))
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _models(each)


def _asked(service: Service, body: dict[str, Any]) -> Evaluation:
    answer = service.ok("POST", f"{PRODUCTION}/evaluate", {"explain": True, **body})
    found = Evaluation.model_validate(answer)
    assert [model for model in _models(found) if model.model_extra] == []
    return found


@pytest.mark.parametrize("context", CONTEXTS)
def test_every_step_is_described(service: Service, context: dict[str, Any]) -> None:
    service.ok("PATCH", f"{PRODUCTION}/flags/theme", {"enabled": True})
    service.ok("PATCH", CONFIGURATION, EVERYTHING)

    found = _asked(service, {"flag": "new-checkout", "context": context})

    assert found.trace is not None
    steps = [step.step for step in found.trace.steps]
    assert steps[:3] == ["enabled", "prerequisite", "target"]
    assert found.trace.decision == found.decision


def test_splits_and_flags_that_are_off_are_described_too(service: Service) -> None:
    split = _asked(service, {"split": "checkout", "context": {"targetingKey": "u"}})
    off = _asked(service, {"flag": "theme", "context": {"targetingKey": "u"}})

    assert split.decision.bucket is not None
    assert (off.decision.reason, off.trace is not None) == ("DISABLED", True)


def test_a_write_answers_the_document_in_its_shape(service: Service) -> None:
    answer = service.ok("PATCH", f"{API}/flags/theme", {"owner": "web"})

    written = FlagWritten.model_validate(answer)
    assert not written.model_extra
    assert written.document.environments["production"].rules == 0
