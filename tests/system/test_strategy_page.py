"""The pages about strategies and plans, run as they are written against a running service."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.rollout_examples import EXAMPLES, facts
from tests.support.service import Service
from tests.support.snippets import snippets
from tests.system.test_rollout_pages import run

pytestmark = pytest.mark.servers

SETUP, MAKE, BEGIN = snippets("docs/rollouts/strategies.md", "sh")
[CHECK] = snippets("docs/rollouts/plans.md", "sh")
SPLIT = {"backends": ["stable", "canary"], "stable": "stable", "default": {"serve": "stable"}}
MOVED = f"""
api POST splits '{json.dumps({"key": "checkout", **SPLIT})}'
curl -sS --fail-with-body -X POST "$FLAGSVC/api/v1/flags" -H "Authorization: Bearer $TOKEN" \\
  -H 'Content-Type: application/json' -d '{json.dumps({"key": "new-checkout", "type": "boolean"})}'
api PATCH flags/new-checkout '{json.dumps({"enabled": True, "default": {"serve": "off"}})}'
"""


@pytest.fixture
def service() -> Iterator[Service]:
    made = Service({})
    made.start()
    yield made
    made.close()


def test_the_pages_from_their_first_step_to_their_last(service: Service, tmp_path: Path) -> None:
    setup = f"{SETUP}\ncd {tmp_path}"
    (tmp_path / "facts.json").write_text(json.dumps(facts()["canary"]))
    (tmp_path / "plan.json").write_text((EXAMPLES / "canary.json").read_text())
    [example] = (json.loads(text) for text in snippets("docs/rollouts/plans.md", "json"))
    run(service, setup, MOVED)

    [made] = run(service, setup, MAKE)
    stored, checked, begun = run(service, setup, BEGIN)

    assert {"key": "checkout-canary", **made["plan"]} == json.loads((EXAMPLES / "canary.json").read_text())
    assert stored["document"]["key"] == "checkout-canary"
    assert {finding["code"] for finding in checked["findings"]} >= {"no-baseline", "other-cohorts"}
    assert begun["document"]["plan"]["analysis"]["metrics"][0]["query"]["key"] == "checkout"
    _, again = run(service, setup, f"api POST plans '{json.dumps(example)}'\n{CHECK}")
    assert "rollout-active" in {finding["code"] for finding in again["findings"]}
