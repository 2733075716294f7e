"""Patches that do not fit: a 4xx problem, and nothing is stored."""

import json
from typing import Any

import pytest

from tests.http.service import CONFIGURATION, Service, problem

HEADERS = {"Content-Type": "application/json-patch+json"}


@pytest.mark.parametrize(
    "patch",
    [
        [{"op": "add", "path": "/nowhere/deep", "value": 1}],
        [{"op": "remove", "path": "/nowhere"}],
        [{"op": "test", "path": "/enabled", "value": "x"}],
        [{"op": "replace", "path": "/rules/0", "value": {}}],
        [{"op": "add", "path": "/enabled/x", "value": 1}],
        [{"op": "add", "path": "/rules/99999999999999999999", "value": 1}],
        [{"op": "add", "path": "/rules/-1", "value": 1}],
        [{"op": "add", "path": "/enabled"}],
        [{"op": "move", "path": "/rules"}],
        [{"op": "move", "from": "", "path": "/rules/-"}],
        [{"op": "replace", "path": "", "value": []}],
        [{"op": "replace", "path": "", "value": 5}],
        [{"op": "remove", "path": ""}],
        [{"op": "add", "path": "/~2", "value": 1}],
        [{"op": "replace", "path": "/rules", "value": "x"}],
        [{"op": "replace", "path": "/default", "value": []}],
        [{"op": "replace", "path": "/default", "value": {"split": 5}}],
        [{"op": "replace", "path": "/targets", "value": [5]}],
        [{"op": "replace", "path": "/prerequisites", "value": [{}]}],
        [{"op": "replace", "path": "/rules", "value": [{"when": 5}]}],
        [{"op": "replace", "path": "/rules", "value": [{"id": [], "when": {"all": 5}, "serve": {}}]}],
        [{"op": "replace", "path": "/offVariant", "value": {}}],
    ],
    ids=repr,
)
def test_bad_patches(service: Service, patch: Any) -> None:
    with service.untouched():
        answer = service.request("PATCH", CONFIGURATION, content=json.dumps(patch).encode(), headers=HEADERS)

    assert answer.status_code == 422, answer.text
    assert answer.json()["code"] in {"invalid", "patch-failed"}


def test_a_patch_cannot_double_the_document_again_and_again(service: Service) -> None:
    patch = [{"op": "copy", "from": "/rules", "path": f"/rules/{index}"} for index in range(40)]

    with service.untouched():
        answer = service.request("PATCH", CONFIGURATION, content=json.dumps(patch).encode(), headers=HEADERS)

    problem(answer, 400, "malformed")
